/** The polite fetcher against a server that fails as real ones do. */
import { inspect } from 'node:util';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { failures, type Failure } from '../../../test/support/replay/failures.js';
import { Replay, type ReplayOptions } from '../../../test/support/replay/server.js';
import { MessierError } from '../../core/errors.js';
import { createFetcher } from './fetcher.js';
import type { FetcherOptions } from './types.js';
import { userAgent } from './user-agent.js';

const replays: Replay[] = [];
const fetchers: { close(): void }[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const fetcher of fetchers.splice(0)) fetcher.close();
  for (const replay of replays.splice(0)) await replay.close();
});

const picture = '/image/REPLAY-comet-00000/REPLAY-comet-00000~orig.jpg';
const search = '/search?q=comet';
const page = z.object({ collection: z.object({ items: z.array(z.object({ href: z.string() })) }) });
const plain = (text: string, headers: Record<string, string> = {}) => ({ status: 200, headers, body: Buffer.from(text) });

async function start(options: ReplayOptions = {}): Promise<Replay> {
  const replay = await Replay.start({ real: false, perClass: 2, side: 200, ...options });
  replays.push(replay);
  return replay;
}

function fetcherFor(replay: Replay, options: FetcherOptions = {}) {
  const fetcher = createFetcher({ named: [replay.origin], rate: 1000, backoff: 1, attempts: 4, stall: 10_000, ...options });
  fetchers.push(fetcher);
  return { fetcher, at: (path: string) => replay.origin + path };
}

const both = async (options?: ReplayOptions, own?: FetcherOptions) => {
  const replay = await start(options);
  return { replay, ...fetcherFor(replay, own) };
};

const gaps = (replay: Replay, pattern: string): number[] => {
  const times = replay.asked(pattern).map(({ at }) => at);
  return times.slice(1).map((at, n) => at - (times[n] ?? 0));
};

const errorOf = async (job: Promise<unknown>): Promise<MessierError> => {
  const error = await job.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof MessierError) return error;
  throw new Error('a MessierError was expected', { cause: error });
};

describe('bytes', () => {
  it('brings a picture, says what and whence it is, and introduces itself', async () => {
    const { replay, fetcher, at } = await both();
    const { bytes, url, type, headers } = await fetcher.bytes(at(picture), { accept: 'image/*' });
    expect((await sharp(bytes).metadata()).format).toBe('jpeg');
    expect([url, type, headers['content-length']]).toEqual([at(picture), 'image/jpeg', String(bytes.length)]);
    expect(userAgent).toMatch(/^messier\/\d+\.\d+\.\d+/);
    expect(replay.log).toMatchObject([{ method: 'GET', agent: userAgent, headers: { accept: 'image/*' } }]);
    expect(fetcher.used).toBe(1);
  });

  it.each<[Failure, FetcherOptions?]>([
    ['error-500'],
    ['error-502'],
    ['error-503'],
    [{ status: 408 }],
    [{ status: 425 }],
    [{ status: 429 }],
    ['truncated'],
    ['chunks-cut'],
    ['reset'],
    ['stall', { stall: 300 }],
    ['silent', { stall: 300 }],
    ['drip', { longest: 400 }],
    [{ headers: { 'content-encoding': 'gzip' } }],
  ])('tries again after %s', async (failure, options) => {
    const { replay, fetcher, at } = await both({}, options);
    replay.fail('/image/', failure);
    expect((await sharp((await fetcher.bytes(at(picture))).bytes).metadata()).format).toBe('jpeg');
    expect(replay.log).toHaveLength(2);
    expect(fetcher.used).toBe(2);
  });

  it.each<[Failure, string]>([
    ['not-found', 'collect/http'],
    [{ status: 410 }, 'collect/http'],
    [{ status: 204 }, 'collect/http'],
    [{ status: 304 }, 'collect/http'],
    ['forbidden', 'collect/forbidden'],
    [{ status: 401 }, 'collect/forbidden'],
    ['to-metadata', 'collect/private-address'],
    ['to-loopback', 'collect/private-address'],
    ['to-file', 'collect/address'],
    [{ status: 302, headers: { location: 'http://' } }, 'collect/address'],
    [{ status: 302, headers: { location: 'https://me:secret@nasa.gov/' } }, 'collect/address'],
    ['bomb', 'collect/size'],
    [{ headers: { 'content-encoding': 'zstd' } }, 'collect/encoding'],
    ['quota', 'collect/quota'],
    [{ status: 429, headers: { 'retry-after': '3600' } }, 'collect/quota'],
    [{ status: 503, headers: { 'retry-after': '3600' } }, 'collect/failed'],
  ])('gives up at once after %s: %s', async (failure, code) => {
    const { replay, fetcher, at } = await both();
    replay.failAlways('/image/', failure);
    expect((await errorOf(fetcher.bytes(at(picture)))).code).toBe(code);
    expect(replay.log).toHaveLength(1);
  });

  it('gives up after the last attempt, and says why', async () => {
    const { replay, fetcher, at } = await both();
    replay.failAlways('/image/', 'truncated');
    const { code, message } = await errorOf(fetcher.bytes(at(picture)));
    expect([code, replay.log.length]).toEqual(['collect/failed', 4]);
    expect(message).toMatch(/after 4 attempts: the connection failed: aborted/);
    await expect(fetcher.bytes('http://127.0.0.1:1/', {})).rejects.toMatchObject({ code: 'collect/private-address' });
    const lonely = createFetcher({ allowPrivate: true, attempts: 1 }).bytes('http://127.0.0.1:1/');
    await expect(lonely).rejects.toMatchObject({ code: 'collect/failed' });
  });

  it('takes no more bytes than allowed, promised, sent or unpacked', async () => {
    const large = gzipSync(Buffer.alloc(100_000));
    const { replay, fetcher, at } = await both({
      more: {
        '/packed': { status: 200, headers: { 'content-encoding': 'gzip' }, body: large },
        '/exact': plain('x'.repeat(1000)),
      },
    });
    const size = { code: 'collect/size' };
    await expect(fetcher.bytes(at('/packed'), { maxBytes: 99_999 })).rejects.toMatchObject(size);
    expect((await fetcher.bytes(at('/packed'), { maxBytes: 100_000 })).bytes).toHaveLength(100_000);
    await expect(fetcher.bytes(at('/exact'), { maxBytes: 999 })).rejects.toMatchObject(size);
    expect((await fetcher.bytes(at('/exact'), { maxBytes: 1000 })).bytes).toHaveLength(1000);
    replay.fail('/exact', 'drip');
    await expect(fetcher.bytes(at('/exact'), { maxBytes: 999 })).rejects.toMatchObject(size);
  });

  it('unpacks what is packed, in every way that it says', async () => {
    const text = 'galaxy '.repeat(1000);
    const packed = {
      gzip: gzipSync(text),
      'x-gzip': gzipSync(text),
      deflate: deflateSync(text),
      DEFLATE: deflateRawSync(text),
      br: brotliCompressSync(text),
    };
    const more = Object.fromEntries(
      Object.entries(packed).map(([encoding, body]) => [
        `/${encoding}`,
        { status: 200, headers: { 'content-encoding': encoding }, body },
      ]),
    );
    const empty = { '/none': { status: 200, headers: { 'content-encoding': 'deflate' }, body: Buffer.alloc(0) } };
    const { replay, fetcher, at } = await both({ more: { ...more, ...empty } });
    for (const path of Object.keys(more)) expect(Buffer.from((await fetcher.bytes(at(path))).bytes).toString()).toBe(text);
    expect((await fetcher.bytes(at('/none'))).bytes).toHaveLength(0);
    expect(replay.log[0]?.headers['accept-encoding']).toBe('gzip, deflate, br');
  });
});

describe('redirections', () => {
  it('are followed, five of them', async () => {
    const move = (to: string, status = 302) => ({ status, headers: { location: to }, body: Buffer.alloc(0) });
    const { replay, fetcher, at } = await both({
      more: {
        '/1': move('/2', 301),
        '/2': move('3', 303),
        '/3': move('/4#part', 307),
        '/4': move('?x', 308),
        '/%C3%93': plain('ok'),
        '/0': move('/1'),
      },
    });
    replay.fail('/4?x', { status: 302, headers: { location: Buffer.from('/Ó').toString('latin1') } });
    const { url, bytes } = await fetcher.bytes(at('/1'));
    expect([url, Buffer.from(bytes).toString()]).toEqual([at('/%C3%93'), 'ok']);
    replay.fail('/4?x', { status: 302, headers: { location: '/%C3%93' } });
    await expect(fetcher.bytes(at('/0'))).rejects.toMatchObject({ code: 'collect/address' });
    replay.failAlways('/image/', 'loop');
    await expect(fetcher.bytes(at(picture))).rejects.toThrow(/more than 5 times/);
    expect(replay.asked('/image/')).toHaveLength(6);
  });

  it('carry no keys to another host, nor back', async () => {
    const [home, away] = [await start(), await start()];
    home.fail('/start', { status: 302, headers: { location: `${away.origin}/away` } });
    away.fail('/away', { status: 302, headers: { location: `${home.origin}/home` } });
    home.fail('/home', plain('ok'));
    const { fetcher, at } = fetcherFor(home, { named: [home.origin, away.origin] });
    await fetcher.bytes(at('/start'), { headers: { 'x-api-key': 'secret' } });
    expect(home.log.map(({ headers }) => headers['x-api-key'])).toEqual(['secret', undefined]);
    expect(away.log.map(({ headers }) => headers['x-api-key'])).toEqual([undefined]);
  });

  it('are each looked at: a named host leads to no other', async () => {
    const [home, away] = [await start(), await start()];
    home.fail('/start', { status: 302, headers: { location: `${away.origin}/away` } });
    const { fetcher, at } = fetcherFor(home);
    await expect(fetcher.bytes(at('/start'))).rejects.toMatchObject({ code: 'collect/private-address' });
    expect(away.log).toEqual([]);
  });
});

describe('json', () => {
  it('gives what the schema describes', async () => {
    const { replay, fetcher, at } = await both();
    expect((await fetcher.json(at(search), page)).collection.items).toHaveLength(2);
    expect(replay.log[0]?.headers['accept']).toBe('application/json');
    expect(await fetcher.json(at('/asset/REPLAY-comet-00001'), z.unknown())).toHaveProperty('collection');
  });

  it.each<Failure>(['html', 'html-disguised', 'half', 'empty', 'error-500', 'truncated'])(
    'tries again after %s',
    async (failure) => {
      const { replay, fetcher, at } = await both();
      replay.fail('/search', failure, failure);
      expect((await fetcher.json(at(search), page)).collection.items).toHaveLength(2);
      expect(replay.log).toHaveLength(3);
    },
  );

  it.each<[Failure, number, RegExp]>([
    ['html', 4, /after 4 attempts: a page of HTML came in place of JSON: "<!DOCTYPE html>\\u\{a\}<html>/],
    ['half', 4, /broken JSON came in place of JSON: "\{"collection":/],
    ['empty', 4, /nothing came in place of JSON$/],
    ['changed-fields', 1, /another shape than expected \(collection: .*\): "\{"collection_v2":/],
    [plain('\u001b[2J\u202e{'), 4, /"\\u\{1b\}\[2J\\u\{202e\}\{"/],
  ])('says what came in place of it: %s', async (failure, count, message) => {
    const { replay, fetcher, at } = await both();
    replay.failAlways('/search', failure);
    const error = await errorOf(fetcher.json(at(search), page));
    expect(error.code).toBe('collect/answer');
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(1000);
    expect(replay.log).toHaveLength(count);
  });

  it('knows a key that is wrong and one that is used up', async () => {
    const { fetcher, at } = await both({ limit: 1 });
    const apod = at('/planetary/apod?date=2020-01-01&api_key=');
    expect(await errorOf(fetcher.json(`${apod}MY_KEY`, z.unknown()))).toMatchObject({ code: 'collect/forbidden' });
    await fetcher.json(`${apod}DEMO_KEY`, z.unknown());
    const error = await errorOf(fetcher.json(`${apod}DEMO_KEY`, z.unknown()));
    expect(error.code).toBe('collect/quota');
    expect(error.message).toMatch(/OVER_RATE_LIMIT.* Start again in an hour, or use a key of your own/);
  });
});

describe('whatever the server does', () => {
  const hasty = { attempts: 1, stall: 200, longest: 400 };

  it.each(Object.keys(failures) as (keyof typeof failures)[])(
    '%s ends in an answer or a coded error without the key',
    async (kind) => {
      const { replay, fetcher, at } = await both({}, hasty);
      replay.failAlways(/./, kind);
      const address = at('/planetary/apod?api_key=T0P+S3CRET%21&date=2020-01-01');
      const headers = { 'x-api-key': 'H3ADER-S3CRET' };
      const request = { headers, maxBytes: 1_000_000 };
      const jobs = [fetcher.bytes(address, request), fetcherFor(replay, hasty).fetcher.json(address, page, request)];
      for (const outcome of await Promise.allSettled<unknown>(jobs)) {
        if (outcome.status === 'rejected') {
          expect(outcome.reason).toMatchObject({ name: 'MessierError', code: expect.stringMatching(/^collect\//) as string });
        }
        expect(inspect(outcome, { depth: 9 })).not.toMatch(/S3CRET/);
      }
    },
  );
});

describe('politeness', () => {
  it('starts no more requests in a second than allowed, and has no more under way at once', async () => {
    const { replay, fetcher, at } = await both({}, { rate: 25, atOnce: 2 });
    replay.fail('/asset', 'stall');
    const stop = new AbortController();
    const stuck = fetcher.bytes(at('/asset/REPLAY-star-00000'), { signal: stop.signal });
    await replay.until('/asset');
    await Promise.all(Array.from({ length: 8 }, (_, n) => fetcher.json(at(`/search?q=galaxy&page=${n + 1}`), z.unknown())));
    stop.abort(new Error('enough'));
    await expect(stuck).rejects.toThrow('enough');
    expect(replay.log.map(({ url }) => url.slice(-1))).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8']);
    expect(Math.max(...replay.log.map(({ atOnce }) => atOnce))).toBe(2);
    // Eight gaps of 40 ms; clocks and sockets may shift the first and the last.
    expect((replay.log[8]?.at ?? 0) - (replay.log[0]?.at ?? 0)).toBeGreaterThan(300);
  });

  it('counts each host by itself', async () => {
    const { replay, fetcher, at } = await both({}, { atOnce: 1, allowPrivate: true });
    replay.fail('/asset', 'stall');
    const stop = new AbortController();
    const stuck = fetcher.bytes(at('/asset/REPLAY-star-00000'), { signal: stop.signal });
    await replay.until('/asset');
    const other = at(search).replace('127.0.0.1', '[::ffff:127.0.0.1]');
    expect((await fetcher.json(other, page)).collection.items).toHaveLength(2);
    stop.abort(new Error('enough'));
    await expect(stuck).rejects.toThrow('enough');
  });

  it('waits as long as a server asks, in seconds or until a time', async () => {
    const { replay, fetcher, at } = await both();
    replay.fail('/search', 'busy-until', 'too-many');
    await fetcher.json(at(search), page);
    for (const gap of gaps(replay, '/search')) expect(gap).toBeGreaterThan(900);
  });

  it('holds back the whole host while it asks for time', async () => {
    const { replay, fetcher, at } = await both({}, { atOnce: 1 });
    replay.fail('/search', 'busy');
    await Promise.all([fetcher.json(at(search), page), fetcher.bytes(at(picture))]);
    expect(replay.log.map(({ url }) => url.slice(0, 7))).toEqual(['/search', expect.anything(), expect.anything()]);
    expect((replay.log[1]?.at ?? 0) - (replay.log[0]?.at ?? 0)).toBeGreaterThan(950);
  });

  it('waits at random, up to twice as long each time', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { replay, fetcher, at } = await both({}, { backoff: 100 });
    replay.fail('/search', 'error-500', 'reset', 'html');
    await fetcher.json(at(search), page);
    const found = gaps(replay, '/search');
    // Half of 100, 200 and 400 ms.
    for (const [n, least] of [48, 98, 198].entries()) expect(found[n]).toBeGreaterThan(least);
    random.mockReturnValue(0);
    replay.fail('/search', 'error-500', 'error-500', 'error-500');
    await fetcher.json(at(search), page);
    expect(random).toHaveBeenCalledTimes(6);
  });
});

describe('the budget', () => {
  it('counts redirections and further attempts, and says how to go on', async () => {
    const { replay, fetcher, at } = await both({}, { budget: 5 });
    replay.fail('/search', 'error-500');
    replay.fail(picture, { status: 302, headers: { location: picture } });
    await fetcher.json(at(search), page);
    await fetcher.bytes(at(picture));
    replay.failAlways('/asset', 'error-500');
    const error = await errorOf(fetcher.bytes(at('/asset/x')));
    expect(error.code).toBe('collect/budget');
    expect(error.message).toMatch(/All 5 requests of the budget are used up.*start again/);
    expect([fetcher.used, replay.log.length]).toEqual([5, 5]);
    await expect(fetcher.bytes(at(picture))).rejects.toMatchObject({ code: 'collect/budget' });
    expect(replay.log).toHaveLength(5);
  });
});

describe('an abort', () => {
  const reason = new Error('enough for today');

  it.each<[string, Failure, FetcherOptions]>([
    ['before an answer', 'silent', {}],
    ['in the middle of a body', 'stall', {}],
    ['between two attempts', 'error-500', { backoff: 60_000 }],
    ['while a server asks for time', 'busy', {}],
  ])('%s ends with its reason, and asks no more', async (_, failure, options) => {
    vi.spyOn(Math, 'random').mockReturnValue(0.9);
    const { replay, fetcher, at } = await both({}, { atOnce: 1, ...options });
    replay.failAlways('/image/', failure);
    const stop = new AbortController();
    const jobs = [1, 2].map(() => fetcher.bytes(at(picture), { signal: stop.signal }));
    const ended = Promise.allSettled(jobs);
    await replay.until('/image/');
    stop.abort(reason);
    expect(await ended).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    const before = replay.log.length;
    await expect(fetcher.bytes(at(picture), { signal: stop.signal })).rejects.toBe(reason);
    replay.heal();
    expect((await fetcher.json(at(search), page)).collection.items).toHaveLength(2);
    expect(replay.asked('/image/')).toHaveLength(before);
  });
});

describe('createFetcher', () => {
  it.each([{ rate: 0 }, { rate: NaN }, { atOnce: -1 }, { budget: 0 }, { stall: Infinity }])('refuses %o', (options) => {
    expect(() => createFetcher(options)).toThrow(expect.objectContaining({ code: 'collect/options' }));
  });

  it.each(['', 'nasa.gov', 'http://', '//nasa.gov/x', 'mailto:a@b'])('refuses to ask for "%s"', async (address) => {
    expect(await errorOf(createFetcher().bytes(address))).toMatchObject({ code: 'collect/address' });
  });
});
