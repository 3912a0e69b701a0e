import { afterEach, describe, expect, it, vi } from 'vitest';
import { Replay, type ReplayOptions } from '../../../test/support/replay/server.js';
import { createFetcher } from '../http/fetcher.js';
import type { Offer } from '../source.js';
import { apodChunk, apodSource, easternDay, type ApodApiOptions } from './apod-api.js';

let replay: Replay;
afterEach(async () => {
  vi.unstubAllEnvs();
  await replay.close();
});

async function start(options: ReplayOptions = {}) {
  replay = await Replay.start({ real: false, perClass: 0, side: 64, ...options });
  const fetcher = createFetcher({ named: [replay.origin], rate: 10_000, attempts: 2, backoff: 1 });
  return (more: ApodApiOptions = {}) => apodSource(fetcher, { mirror: replay.origin, ...more });
}

async function all(source: ReturnType<typeof apodSource>, wanted = (_: string) => true): Promise<Offer[]> {
  const offers: Offer[] = [];
  for await (const offer of source.offers({ wanted })) offers.push(offer);
  return offers;
}
const codeOf = (offer: Offer) =>
  offer.read(undefined).then(
    () => 'read',
    (error: unknown) => (error as { code: string }).code,
  );
const days = (offers: readonly Offer[]) => offers.map(({ sourceId }) => sourceId);
const calls = () => replay.asked('/planetary/apod').map(({ url }) => new URL(url, replay.origin).searchParams);
const answer = (entries: unknown) => ({ body: Buffer.from(JSON.stringify(entries)), status: 200 });
const entry = (date: string, more: object = {}) => ({
  date,
  title: 'The Crab Nebula',
  url: 'https://apod.nasa.gov/apod/image/2001/crab.jpg',
  media_type: 'image',
  ...more,
});

describe('offers of APOD', () => {
  it('are the days in their order, a hundred a request, without those that never were', async () => {
    const source = await start();
    const offers = await all(source({ until: '1995-12-31' }));
    expect(days(offers).slice(0, 3)).toEqual(['1995-06-16', '1995-06-20', '1995-06-21']);
    expect(days(offers).at(-1)).toBe('1995-12-31');
    expect(offers).toHaveLength(196);
    expect(new Set(days(offers)).size).toBe(196);
    expect(calls().map((of) => of.get('start_date'))).toEqual(['1995-06-16', '1995-06-20', '1995-09-28']);
    expect(
      calls().every(
        (of) => Date.parse(of.get('end_date') ?? '') - Date.parse(of.get('start_date') ?? '') < apodChunk * 86_400_000,
      ),
    ).toBe(true);
  });

  it('say what the service says, and a label by the title', async () => {
    const source = await start();
    const offers = await all(source({ since: '2001-01-01', until: '2001-01-31' }));
    const pictures = offers.filter(({ title }) => title !== undefined);
    expect(pictures.length).toBeGreaterThan(20);
    for (const { title = '', labels, date, sourceId, url } of pictures) {
      expect(labels).toEqual([
        { kind: 'label', class: title.split(' ')[1], origin: 'keyword', by: 'title', confidence: undefined },
      ]);
      expect(date).toBe(sourceId);
      expect(url).toBe(`https://apod.nasa.gov/apod/ap${sourceId.slice(2).replaceAll('-', '')}.html`);
    }
    const stated = pictures.filter(({ copyright }) => copyright !== undefined);
    expect(new Set(stated.map(({ copyright }) => copyright))).toEqual(new Set(['A. Photographer', 'A. Photographer & Friends']));
    expect(stated.every(({ licence }) => licence?.startsWith('Copyright'))).toBe(true);
  });

  it('leave out videos, one by one, and classes that are not wanted', async () => {
    const source = await start();
    const offers = await all(source({ since: '2001-01-01', until: '2001-04-10' }), (name) => name !== 'comet');
    const refused = offers.filter(({ title }) => title === undefined);
    expect(refused.length).toBeGreaterThan(5);
    expect(new Set(await Promise.all(refused.map(codeOf)))).toEqual(new Set(['apod/video']));
    expect(offers.some(({ labels }) => labels[0]?.class === 'comet')).toBe(false);
    expect(replay.asked('/image/')).toHaveLength(0);
  });

  it('are the same from answers with changed fields, and from a single entry', async () => {
    const classic = await start();
    const range = { since: '2001-01-01', until: '2001-02-10' };
    const before = await all(classic(range));
    await replay.close();
    const changed = await start({ apod: 'changed' });
    const after = await all(changed(range));
    const plain = (offers: readonly Offer[]) =>
      offers.map(({ sourceId, title, labels, copyright }) => ({ sourceId, title, labels, copyright }));
    expect(plain(after)).toEqual(plain(before));
    expect(days(await all(changed({ since: '2001-01-05', until: '2001-01-05' })))).toEqual(['2001-01-05']);
    for (const offer of after.filter(({ title }) => title).slice(0, 6)) expect(await codeOf(offer)).toBe('read');
    replay.failAlways(
      '/planetary',
      answer({ results: [{ publishedDate: '2001-01-05', name: 'A comet', imageUrl: '//apod.nasa.gov/a.jpg' }] }),
    );
    const [renamed] = await all(changed({ since: '2001-01-05', until: '2001-01-05' }));
    expect(renamed).toMatchObject({ sourceId: '2001-01-05', title: 'A comet', labels: [{ class: 'comet' }] });
  });

  it('of odd entries are refused alone; another shape is an error that says what came', async () => {
    const source = await start();
    const range = { since: '2001-01-01', until: '2001-01-03' };
    const odd = [
      entry('2001-01-01', { title: '<b>Comet &amp; Co</b>' }),
      { title: 'no day', url: 'x.jpg' },
      7,
      entry('2001-01-03', { url: 'https://x.org/a.mp4' }),
    ];
    replay.failAlways('/planetary', answer(odd));
    const offers = await all(source(range));
    expect(offers[0]?.title).toBe('Comet & Co');
    expect(await Promise.all(offers.slice(1).map(codeOf))).toEqual(['apod/entry', 'apod/entry', 'apod/video']);
    replay.heal();
    replay.failAlways('/planetary', 'changed-fields');
    await expect(all(source(range))).rejects.toMatchObject({
      code: 'collect/answer',
      message: expect.stringContaining('"date_v2"') as string,
    });
    replay.heal();
    replay.fail('/planetary', 'changed-fields', 'html', 'changed-fields', 'truncated');
    expect(await all(source(range))).toHaveLength(3);
  });

  it('have no label where the title names none, two, or a drawing', async () => {
    const source = await start();
    const titles = ['The Sky', 'A Comet and a Galaxy', 'A Galaxy: an Illustration', 'M31: The Andromeda Galaxy'];
    replay.failAlways('/planetary', answer(titles.map((title, at) => entry(`2001-01-0${at + 1}`, { title }))));
    const offers = await all(source({ since: '2001-01-01', until: '2001-01-04' }));
    expect(offers.map(({ labels }) => labels[0]?.class)).toEqual([undefined, undefined, undefined, 'galaxy']);
    expect(await all(source({ since: '2001-01-01', until: '2001-01-04' }), (name) => name !== '')).toHaveLength(1);
  });

  it('end where the service has no further day, with a day that is not there yet', async () => {
    const source = await start({ today: '2001-03-10' });
    const offers = await all(source({ since: '2001-01-01', until: '2002-01-01' }));
    expect(days(offers).at(-1)).toBe('2001-03-10');
    expect(offers).toHaveLength(69);
    const today = easternDay(new Date());
    expect(await all(source({ since: today }))).toEqual([]);
    await expect(all(source({ since: '2001-03-11', until: '2001-03-12' }))).rejects.toMatchObject({ code: 'collect/http' });
  });

  it('go round a day on which the service fails', async () => {
    const source = await start();
    for (let day = 1; day <= 30; day++) {
      // Whatever range holds the ninth of January.
      const start = `2001-01-${String(day).padStart(2, '0')}`;
      if (day <= 9) replay.failAlways(new RegExp(`start_date=${start}&end_date=2001-01-(09|[123])`), 'error-500');
    }
    const offers = await all(source({ since: '2001-01-01', until: '2001-01-30' }));
    expect(offers).toHaveLength(30);
    expect(await codeOf(offers[8]!)).toBe('collect/failed');
    expect(days(offers)[8]).toBe('2001-01-09');
    replay.failAlways('/planetary', 'error-500');
    await expect(all(source({ since: '2001-01-01', until: '2005-01-30' }))).rejects.toMatchObject({ code: 'collect/failed' });
  });

  it('need days that are days', async () => {
    const source = await start();
    for (const wrong of [{ since: '2001-02-30' }, { until: 'today' }, { since: '2001-01-02', until: '2001-01-01' }]) {
      expect(() => source(wrong)).toThrow(expect.objectContaining({ code: 'apod/days' }) as Error);
    }
  });
});

describe('the key', () => {
  it('is that of the environment, and no message shows it', async () => {
    const source = await start({ keys: ['secret-key'] });
    vi.stubEnv('NASA_API_KEY', 'secret-key');
    const range = { since: '2001-01-01', until: '2001-01-01' };
    expect(await all(source(range))).toHaveLength(1);
    replay.failAlways('/planetary', 'changed-fields');
    const error: unknown = await all(source(range)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'collect/answer' });
    expect(String(error)).not.toContain('secret-key');
  });

  it('DEMO_KEY has low limits, which the message says with the way out', async () => {
    const source = await start({ limit: 2 });
    vi.stubEnv('NASA_API_KEY', '');
    const says = expect.stringMatching(/DEMO_KEY allows 30 requests an hour.*NASA_API_KEY/) as string;
    await expect(all(source({ until: '1996-12-31' }))).rejects.toMatchObject({ code: 'collect/quota', message: says });
    expect(calls()[0]?.get('api_key')).toBe('DEMO_KEY');
    await expect(all(source({ until: '1996-12-31', apiKey: 'wrong' }))).rejects.toMatchObject({ code: 'collect/forbidden' });
  });
});

describe('a picture of APOD', () => {
  it('is the one of the page or the one behind it, else the other', async () => {
    const source = await start();
    const range = { since: '2001-01-02', until: '2001-01-02' };
    const [standard] = await all(source(range));
    const [high] = await all(source({ ...range, size: 'high' }));
    expect((await standard!.read(undefined)).url).toBe('https://apod.nasa.gov/apod/image/0101/010102.jpg');
    expect((await high!.read(undefined)).url).toBe('https://apod.nasa.gov/apod/image/0101/010102_big.jpg');
    replay.fail('/image/', 'not-found');
    expect((await high!.read(undefined)).url).toMatch(/010102\.jpg$/);
    replay.failAlways('/image/', 'not-found');
    expect(await codeOf(standard!)).toBe('apod/absent');
  });

  it('comes from a mirror that the environment names, with the service’s path or without', async () => {
    const source = await start();
    vi.stubEnv('MESSIER_APOD_API', `${replay.origin}/planetary/apod/`);
    const [offer] = await all(source({ since: '2001-01-02', until: '2001-01-02', mirror: undefined }));
    expect(await codeOf(offer!)).toBe('read');
  });
});

describe('the day in Washington', () => {
  it('begins five hours after that in Greenwich, four in summer', () => {
    expect(easternDay(new Date('2024-01-10T04:59:00Z'))).toBe('2024-01-09');
    expect(easternDay(new Date('2024-01-10T05:00:00Z'))).toBe('2024-01-10');
    expect(easternDay(new Date('2024-07-10T04:00:00Z'))).toBe('2024-07-10');
  });
});
