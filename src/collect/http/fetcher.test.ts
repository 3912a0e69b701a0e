/** The polite fetcher against a server that fails as real ones do. */
import { inspect } from 'node:util';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { both, errorOf, fetcherFor, page, picture, plain, search, start } from '../../../test/support/fetching.js';
import { failures, type Failure } from '../../../test/support/replay/failures.js';
import { createFetcher } from './fetcher.js';
import type { FetcherOptions } from './types.js';
import { userAgent } from './user-agent.js';

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
    ['upgrade'],
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

  it('takes less of it than of pictures: as objects it is twenty times as large', async () => {
    const { replay, fetcher, at } = await both();
    replay.failAlways('/search', 'json-bomb');
    expect((await errorOf(fetcher.json(at(search), z.unknown()))).code).toBe('collect/size');
    expect((await fetcher.bytes(at(search))).bytes.length).toBeGreaterThan(2 ** 23);
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

describe('createFetcher', () => {
  it.each([{ rate: 0 }, { rate: NaN }, { atOnce: -1 }, { budget: 0 }, { stall: Infinity }])('refuses %o', (options) => {
    expect(() => createFetcher(options)).toThrow(expect.objectContaining({ code: 'collect/options' }));
  });

  it.each(['', 'nasa.gov', 'http://', '//nasa.gov/x', 'mailto:a@b'])('refuses to ask for "%s"', async (address) => {
    expect(await errorOf(createFetcher().bytes(address))).toMatchObject({ code: 'collect/address' });
  });
});
