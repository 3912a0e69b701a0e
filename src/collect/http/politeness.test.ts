/** Rates, waits, budgets and aborts, by the log of the server. */
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { both, errorOf, gaps, page, picture, search } from '../../../test/support/fetching.js';
import type { Failure } from '../../../test/support/replay/failures.js';
import type { FetcherOptions } from './types.js';

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
