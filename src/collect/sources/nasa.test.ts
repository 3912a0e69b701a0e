import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { Replay, type ReplayOptions } from '../../../test/support/replay/server.js';
import { findShared } from '../../../test/support/shared-data.js';
import { createFetcher } from '../http/fetcher.js';
import type { Offer } from '../source.js';
import { nasaSource, type NasaOptions } from './nasa.js';

let replay: Replay;
afterEach(() => replay.close());

const names = ['asteroid', 'comet', 'galaxy', 'nebula', 'planet', 'star'];
const byName = names.map((name) => ({ class: name, terms: [name] }));

async function start(options: ReplayOptions = {}) {
  replay = await Replay.start({ real: false, side: 64, ...options });
  const fetcher = createFetcher({ named: [replay.origin], rate: 10_000, atOnce: 8, attempts: 3, backoff: 1 });
  return (more: Partial<NasaOptions> = {}) => nasaSource(fetcher, { classes: byName, mirror: replay.origin, ...more });
}

async function all(source: ReturnType<typeof nasaSource>, wanted = (_: string) => true, most = Infinity): Promise<Offer[]> {
  const offers: Offer[] = [];
  for await (const offer of source.offers({ wanted })) {
    offers.push(offer);
    if (offers.length >= most) break;
  }
  return offers;
}
const ids = (offers: readonly Offer[]) => offers.map(({ sourceId }) => sourceId);
const codeOf = (offer: Offer) =>
  offer.read(undefined).then(
    () => 'read',
    (error: unknown) => (error as { code: string }).code,
  );
const result = (id: string, more: object = {}) => ({
  href: `http://images-assets.nasa.gov/image/${id}/collection.json`,
  data: [{ nasa_id: id, title: 'A comet', media_type: 'image', ...more }],
});
const answer = (items: readonly unknown[], total = items.length) => ({
  body: Buffer.from(JSON.stringify({ collection: { items, metadata: { total_hits: total } } })),
});

describe('offers of NASA’s image library', () => {
  it('come from every class in turn, whole, once and in the same order again', async () => {
    const source = await start({ perClass: 120 });
    const offers = await all(source());
    expect(offers).toHaveLength(720);
    expect(new Set(ids(offers)).size).toBe(720);
    expect(offers.slice(0, 6).map(({ labels }) => labels[0]?.class)).toEqual(names);
    expect(replay.log).toHaveLength(12);
    expect(ids(await all(source()))).toEqual(ids(offers));
    expect(offers.every(({ title, keywords, licence, url }) => title && keywords && licence && url)).toBe(true);
    expect(offers[0]).toMatchObject({
      labels: [
        { kind: 'label', class: 'asteroid', origin: 'search', by: 'asteroid', confidence: undefined },
        { kind: 'label', class: 'asteroid', origin: 'keyword', by: 'title and keywords', confidence: undefined },
      ],
    });
  });

  it('end class by class where no more are wanted, and ask for no page that is not needed', async () => {
    const source = await start({ perClass: 250 });
    const counts = new Map<string, number>();
    const most = (name: string) => (name === 'comet' ? 120 : 5);
    const offers: Offer[] = [];
    for await (const offer of source().offers({ wanted: (name) => (counts.get(name) ?? 0) < most(name) })) {
      const name = offer.labels.at(-1)?.class ?? '';
      counts.set(name, (counts.get(name) ?? 0) + 1);
      offers.push(offer);
    }
    expect(Object.fromEntries(counts)).toEqual({ asteroid: 5, comet: 120, galaxy: 5, nebula: 5, planet: 5, star: 5 });
    expect(replay.log).toHaveLength(7);
  });

  it('take the terms of a class in turn, page by page', async () => {
    const source = await start({ counts: { planet: 400 }, perClass: 0 });
    const classes = [{ class: 'planet', terms: ['jupiter', 'saturn'] }];
    await all(source({ classes }));
    const asked = replay.log.map(({ url }) => new URL(url, replay.origin).searchParams);
    expect(asked.map((of) => `${of.get('q') ?? ''} ${of.get('page') ?? ''}`).slice(0, 2)).toEqual(['jupiter 1', 'saturn 1']);
    expect(asked.every((of) => of.get('media_type') === 'image' && of.get('page_size') === '100')).toBe(true);
  });

  it('are restricted to years and a centre where that is asked for', async () => {
    const source = await start({ perClass: 40 });
    const offers = await all(source({ years: { from: 2000, until: 2003 }, center: 'JPL' }));
    expect(offers.length).toBeGreaterThan(2);
    expect(offers.every(({ date = '' }) => date >= '2000' && date < '2004')).toBe(true);
  });

  it('of what two classes find come again, with the further label', async () => {
    const source = await start({ counts: { planet: 60 }, perClass: 0 });
    const classes = [
      { class: 'giant', terms: ['jupiter'] },
      { class: 'world', terms: ['planet'] },
    ];
    const offers = await all(source({ classes }));
    const twice = ids(offers).filter((id, at, list) => list.indexOf(id) !== at);
    const jupiters = replay.library.items.filter(({ text }) => text.includes('jupiter'));
    expect(twice.sort()).toEqual(jupiters.map(({ id }) => id).sort());
    const [first, second] = offers
      .filter(({ sourceId }) => sourceId === twice[0])
      .map(({ labels }) => labels.map((label) => label.class));
    expect([first, second].flat().sort()).toEqual(['giant', 'world']);
  });

  it('of more than a search gives are found year by year', async () => {
    const source = await start({ counts: { star: 250 }, perClass: 0 });
    replay.failAlways(/page=2&page_size=100$/, { status: 400, body: Buffer.from('{"reason":"Please refine your search."}') });
    const classes = [{ class: 'star', terms: ['star'] }];
    const offers = await all(source({ classes }));
    expect(new Set(ids(offers)).size).toBe(250);
    expect(offers).toHaveLength(250);
    expect(replay.asked('year_start=1990&year_end=1990')).toHaveLength(1);
  });

  it('end where a service gives the same page for every number, or no further one', async () => {
    const source = await start();
    const classes = [{ class: 'comet', terms: ['comet'] }];
    replay.failAlways('/search', answer([result('a'), result('b')], 5000));
    expect(ids(await all(source({ classes })))).toEqual(['a', 'b']);
    expect(replay.log).toHaveLength(2);
    replay.heal();
    const hundred = Array.from({ length: 100 }, (_, at) => result(`x${at}`));
    replay.fail('/search', { body: Buffer.from(JSON.stringify({ collection: { items: hundred } })) }, 'not-found');
    expect(await all(source({ classes }))).toHaveLength(100);
    // Pages of another length than asked for, one of them of bad results alone.
    replay.heal();
    const pages = [['a', 'b', 'c'], ['', ''], ['d']].map((page) =>
      answer(
        page.map((id) => result(id)),
        6,
      ),
    );
    replay.fail('/search', ...pages);
    const offers = await all(source({ classes }));
    expect(ids(offers).filter((id) => id.length === 1)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are made of what can be read: a bad result alone is refused', async () => {
    const source = await start();
    const items = [result('a'), { data: [{ title: 'no name' }] }, result('v', { media_type: 'video' }), 7, result('b')];
    replay.failAlways('/search', answer(items));
    const offers = await all(source({ classes: [{ class: 'comet', terms: ['comet'] }] }));
    expect(new Set(ids(offers)).size).toBe(5);
    expect(ids(offers)).toEqual(expect.arrayContaining(['a', 'b']));
    expect(await Promise.all(offers.slice(1, 4).map(codeOf))).toEqual(['nasa/item', 'nasa/media', 'nasa/item']);
  });

  it('survive pages that come broken once, and say what came where they always do', async () => {
    const source = await start({ perClass: 3 });
    replay.fail('/search', 'error-500', 'html', 'changed-fields', 'truncated', 'empty', 'changed-fields');
    expect(await all(source())).toHaveLength(18);
    replay.failAlways('/search', 'changed-fields');
    await expect(all(source())).rejects.toMatchObject({
      code: 'collect/answer',
      message: expect.stringContaining('"collection_v2"') as string,
    });
  });

  it('stop with the signal', async () => {
    const source = await start({ perClass: 3 });
    const stopping = new AbortController();
    const offers = source().offers({ wanted: () => true, signal: stopping.signal });
    const taken: Offer[] = [];
    const reading = (async () => {
      for await (const offer of offers) {
        taken.push(offer);
        stopping.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(taken).toHaveLength(1);
  });

  it('need a class and a right mirror', async () => {
    const source = await start();
    expect(() => source({ classes: [] })).toThrow(expect.objectContaining({ code: 'nasa/classes' }) as Error);
    expect(() => source({ mirror: 'nowhere' })).toThrow(expect.objectContaining({ code: 'collect/origin' }) as Error);
  });
});

describe('what words speak against', () => {
  it('comes last, or is refused where only the sky is asked for', async () => {
    const source = await start();
    const items = [
      result('sky'),
      result('art', { title: "Comet, Artist's Concept" }),
      result('lab', { title: 'Stardust team', center: 'GRC' }),
      result('pad', { title: 'Comet NEOWISE', center: 'KSC' }),
      result('else', { title: 'Crab Nebula' }),
      result('none', { title: 'View' }),
    ];
    replay.failAlways('/search', answer(items));
    const classes = [{ class: 'comet', terms: ['comet'] }];
    const offers = await all(source({ classes, skyOnly: true }));
    expect(ids(offers)).toEqual(['sky', 'art', 'lab', 'pad', 'else', 'none']);
    const against = await Promise.all([1, 2, 4].map((at) => codeOf(offers[at]!)));
    expect(against).toEqual(['nasa/not-sky', 'nasa/not-sky', 'nasa/other-object']);
    expect(replay.asked('/image/')).toHaveLength(0);
    expect(offers.map(({ labels }) => labels.length)).toEqual([2, 0, 0, 2, 0, 1]);
    const everything = await all(source({ classes }));
    expect(ids(everything)).toEqual(['sky', 'pad', 'none', 'art', 'lab', 'else']);
    expect(everything.map(({ labels }) => labels.map(({ origin }) => origin).join())).toEqual([
      'search,keyword',
      'search,keyword',
      'search',
      'search',
      'search',
      'search',
    ]);
  });

  const isThere = findShared('nasa_images_api') !== undefined;
  it.skipIf(!isThere)('is most of what the real answers to "stars" and "planets" hold', async () => {
    const source = await start({ real: true, perClass: 0 });
    const classes = ['planet', 'star'].map((name) => ({ class: name, terms: [name] }));
    const offers = await all(source({ classes, skyOnly: true }));
    const kept = offers.filter(({ labels }) => labels.length > 0);
    expect(new Set(ids(offers)).size).toBe(200);
    expect(new Set(ids(kept)).size).toBe(31);
    expect(offers.find(({ sourceId }) => sourceId === 'GSFC_20171208_Archive_e000282')?.labels.at(-1)?.class).toBe('star');
    const everything = await all(source({ classes }));
    expect(new Set(ids(everything)).size).toBe(200);
    // Of each class those that are refused otherwise come last.
    for (const name of classes.map((one) => one.class)) {
      const isKept = everything
        .filter(({ labels }) => labels[0]?.class === name)
        .map(({ sourceId }) => kept.some((offer) => offer.sourceId === sourceId));
      expect(isKept).toEqual(isKept.toSorted((a, b) => Number(b) - Number(a)));
    }
    expect(kept.find(({ title }) => title?.includes('Heavy Metal'))?.description).not.toMatch(/<a|&amp;/);
  });
});

describe('a picture of NASA’s image library', () => {
  it('is the file of the wanted size, by two requests', async () => {
    const source = await start({ perClass: 1, side: 856 });
    const sides: number[] = [];
    for (const size of ['small', 'medium', 'thumb'] as const) {
      const [offer] = await all(source({ size, classes: [{ class: 'star', terms: ['star'] }] }));
      const before = replay.log.length;
      const { bytes, url } = await offer!.read(undefined);
      // The search names the thumbnail.
      expect(replay.log.length - before).toBe(size === 'thumb' ? 1 : 2);
      expect(url).toMatch(/^https:\/\/images-assets\.nasa\.gov\/image\/REPLAY-star-00000\/REPLAY-star-00000~\w+\.jpg$/);
      const { width, height } = await sharp(bytes).metadata();
      sides.push(Math.max(width, height));
    }
    expect(sides[0]).toBe(640);
    expect(sides[1]).toBeGreaterThan(640);
    expect(sides[2]).toBe(160);
  });

  it('costs one request where the search names its file', async () => {
    const source = await start({ perClass: 1, side: 856 });
    const [held] = replay.library.items;
    const files = ['orig', 'small', 'thumb'].map((size) => ({
      href: `https://images-assets.nasa.gov/image/${held!.id}/${held!.id}~${size}.jpg`,
      render: 'image',
    }));
    replay.failAlways('/search', answer([{ ...result(held!.id), links: files }]));
    const classes = [{ class: 'comet', terms: ['comet'] }];
    const [small] = await all(source({ classes, size: 'small' }));
    const before = replay.log.length;
    expect((await small!.read(undefined)).url).toMatch(/~small\.jpg$/);
    expect(replay.log.length - before).toBe(1);
    // One that is gone is looked up in the list.
    replay.fail('~small', 'not-found');
    replay.fail('~orig', 'not-found');
    const [again] = await all(source({ classes, size: 'small' }));
    await expect(again!.read(undefined).then(({ url }) => url)).rejects.toMatchObject({ code: 'nasa/absent' });
    // A size that it does not name is looked up too.
    const [medium] = await all(source({ classes, size: 'medium' }));
    expect((await medium!.read(undefined)).url).toMatch(/~orig\.jpg$/);
    expect(replay.asked('collection.json').length).toBe(2);
  });

  it('has a name with spaces, signs and letters of any kind', async () => {
    const source = await start({ counts: { comet: 10 }, perClass: 0 });
    const offers = await all(source({ classes: [{ class: 'comet', terms: ['comet'] }] }));
    const odd = offers.filter(({ sourceId }) => !/^[\w-]+$/.test(sourceId));
    expect(odd).toHaveLength(2);
    expect(ids(odd).join(' ')).toMatch(/Ó.*%/);
    for (const offer of odd) expect((await offer.read(undefined)).bytes.length).toBeGreaterThan(100);
  });

  it('is tried in another size where its file is gone, and again where a page of HTML comes', async () => {
    const source = await start({ perClass: 1, side: 856 });
    const classes = [{ class: 'star', terms: ['star'] }];
    const [offer] = await all(source({ classes, size: 'small' }));
    replay.fail('~small', 'forbidden');
    expect((await offer!.read(undefined)).url).toMatch(/~orig\.jpg$/);
    replay.fail('~small', 'html', 'html-disguised', 'error-503');
    expect((await offer!.read(undefined)).url).toMatch(/~small\.jpg$/);
    replay.fail('collection.json', 'changed-fields', 'html', { body: Buffer.from('{}') });
    expect((await offer!.read(undefined)).url).toMatch(/~small\.jpg$/);
    replay.failAlways('~', 'html');
    await expect(offer!.read(undefined)).rejects.toMatchObject({ code: 'collect/answer' });
  });

  it('is refused where it has no file that is taken', async () => {
    const source = await start();
    replay.failAlways('/search', answer([result('a')]));
    replay.failAlways('collection.json', { body: Buffer.from('["a~thumb.jpg","metadata.json"]'), status: 200, headers: {} });
    const [offer] = await all(source({ classes: [{ class: 'comet', terms: ['comet'] }] }));
    await expect(offer!.read(undefined)).rejects.toMatchObject({ code: 'nasa/no-file' });
    replay.heal();
    replay.failAlways('collection.json', { body: Buffer.from('["file:///etc/passwd~orig.jpg"]'), status: 200, headers: {} });
    await expect(offer!.read(undefined)).rejects.toMatchObject({ code: 'nasa/absent' });
  });
});
