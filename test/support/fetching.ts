/** A replay server with a fetcher that may ask it, for one test; and what tests of both look at. */
import { afterEach, vi } from 'vitest';
import { z } from 'zod';
import { createFetcher } from '../../src/collect/http/fetcher.js';
import type { FetcherOptions } from '../../src/collect/http/types.js';
import { MessierError } from '../../src/core/errors.js';
import { Replay, type ReplayOptions } from './replay/server.js';

const replays: Replay[] = [];
const fetchers: { close(): void }[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const fetcher of fetchers.splice(0)) fetcher.close();
  for (const replay of replays.splice(0)) await replay.close();
});

export const picture = '/image/REPLAY-comet-00000/REPLAY-comet-00000~orig.jpg';
export const search = '/search?q=comet';
export const page = z.object({ collection: z.object({ items: z.array(z.object({ href: z.string() })) }) });
export const plain = (text: string, headers: Record<string, string> = {}) => ({ status: 200, headers, body: Buffer.from(text) });

/** A replay without the real items, closed after the test. */
export async function start(options: ReplayOptions = {}): Promise<Replay> {
  const replay = await Replay.start({ real: false, perClass: 2, side: 200, ...options });
  replays.push(replay);
  return replay;
}

/** A quick fetcher that may ask this replay. */
export function fetcherFor(replay: Replay, options: FetcherOptions = {}) {
  const fetcher = createFetcher({ named: [replay.origin], rate: 1000, backoff: 1, attempts: 4, stall: 10_000, ...options });
  fetchers.push(fetcher);
  return { fetcher, at: (path: string) => replay.origin + path };
}

/** Both, and the address of a path. */
export const both = async (options?: ReplayOptions, own?: FetcherOptions) => {
  const replay = await start(options);
  return { replay, ...fetcherFor(replay, own) };
};

export const gaps = (replay: Replay, pattern: string): number[] => {
  const times = replay.asked(pattern).map(({ at }) => at);
  return times.slice(1).map((at, n) => at - (times[n] ?? 0));
};

export const errorOf = async (job: Promise<unknown>): Promise<MessierError> => {
  const error = await job.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof MessierError) return error;
  throw new Error('a MessierError was expected', { cause: error });
};
