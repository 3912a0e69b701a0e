import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { cacheKey, CacheWriter, pixelsFile, readManifest, type CacheManifest, type CacheShape } from './cache-files.js';
import { perceptualHash } from './perceptual-hash.js';
import { SquareResizer } from './square-resizer.js';
import type { CachedItem, Dataset, Item, PixelCache, Skipped } from './types.js';

/** Where a cache lies and what it holds. */
export interface PixelCacheOptions extends CacheShape, WorkOptions {
  /** Takes one folder a cache, named by what determines it. Made where it is absent. */
  readonly folder: string;
}

/** A cache, and whether it was there already. */
export interface MadePixelCache extends PixelCache {
  readonly reused: boolean;
}

/** Pictures between the oldest one that is not written yet and the newest one that is being read. */
const window = 128;
/** Pixels that may be decoded and not resized yet; one picture may have more. */
const mostDecoded = 2 ** 25;

/**
 * Decodes every picture once: the central square of the whole picture, resized to `side` by the graph of finished models and rounded to
 * bytes; gray and colour become `channels` as {@link writePlanes} does it. A picture that can't be read is left out with code and reason.
 *
 * The cache lies in `folder/<key>`: `pixels.bin`, item after item, and `items.json`. The key names the dataset's place, its ids, the sizes
 * and times of its files, and the shape, so that a second call finds the first one's work (`reused`, and progress says `reuse pixel cache`).
 * The folder appears whole or not at all, also where two processes make it at once, where the work is stopped, or where the disk is full.
 *
 * @param options `side` should be round(size / crop) of the recipe's pixels, `stretch` the dataset's own.
 * @throws MessierError `cache/empty` where no picture could be read, `cache/option`, `cache/disk-full`, `cache/write`; the signal's reason
 *
 * @example
 * const cache = await makePixelCache(dataset, { side: 72, channels: 3, folder: 'cache', progress, signal });
 */
export async function makePixelCache(dataset: Dataset, options: PixelCacheOptions): Promise<MadePixelCache> {
  const { side, channels, folder, progress, signal } = options;
  if (!Number.isInteger(side) || side < 1) {
    throw new MessierError('cache/option', `side: a whole number of pixels from 1 up expected, ${side} received.`);
  }
  signal?.throwIfAborted();
  const bytesEach = channels * side * side;
  const final = join(folder, await cacheKey(dataset, options));
  const total = dataset.items.length;
  const found = await readManifest(final, bytesEach);
  if (found) {
    progress?.({ stage: 'reuse pixel cache', done: total, total, unit: 'pictures' });
    return cacheOf(dataset, found, { side, channels, final, reused: true });
  }
  const writer = await CacheWriter.create(final);
  try {
    const manifest = await fill(dataset, writer, options);
    const cache = cacheOf(dataset, manifest, { side, channels, final, reused: false });
    await writer.finish(final, manifest, bytesEach);
    return cache;
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

type Details = CacheManifest['items'][number];

/** One item's outcome: its pixels, or why there are none. */
type Outcome = { readonly details: Details; readonly pixels: Uint8Array } | { readonly broken: Skipped };

/** Reads and resizes several items at once and writes them in order. */
async function fill(dataset: Dataset, writer: CacheWriter, options: PixelCacheOptions): Promise<Omit<CacheManifest, 'format'>> {
  const { side, channels, fit, progress, signal } = options;
  const resizer = await SquareResizer.open(side, channels, fit);
  const gate = new Gate(() => {
    resizer.flush();
  });
  const outcomes: Promise<Outcome>[] = [];
  try {
    const items: Details[] = [];
    const broken: Skipped[] = [];
    const total = dataset.items.length;
    for (let next = 0, done = 0; done < total; done++) {
      for (; next < total && outcomes.length < window; next++) {
        const outcome = prepare(dataset, dataset.items[next] as Item, resizer, gate);
        // Awaited below, unless an earlier one fails.
        void outcome.catch(() => undefined);
        outcomes.push(outcome);
      }
      const outcome = await outcomes.shift();
      signal?.throwIfAborted();
      if (outcome && 'broken' in outcome) broken.push(outcome.broken);
      else if (outcome) {
        items.push(outcome.details);
        await writer.write(outcome.pixels);
      }
      progress?.({ stage: 'read pictures', done: done + 1, total, unit: 'pictures' });
    }
    return { items, broken };
  } finally {
    gate.close();
    resizer.flush();
    await Promise.allSettled(outcomes);
    await resizer.release();
  }
}

async function prepare(dataset: Dataset, item: Item, resizer: SquareResizer, gate: Gate): Promise<Outcome> {
  await gate.enter();
  let details: Details;
  let resized: Promise<Uint8Array>;
  try {
    const { picture, hash } = await dataset.load(item);
    const { width, height } = picture;
    details = { id: item.id, hash, width, height, perceptual: perceptualHash(picture) };
    gate.hold(width * height);
    resized = resizer.resize(picture);
  } catch (error) {
    if (!(error instanceof MessierError)) throw error;
    return { broken: { id: item.id, code: error.code, reason: error.message } };
  } finally {
    gate.leave();
  }
  try {
    return { details, pixels: await resized };
  } finally {
    gate.drop(details.width * details.height);
  }
}

/** Lets a bounded number of pictures be read at once, and waits while too many pixels wait for their resize. */
class Gate {
  private inside = 0;
  private held = 0;
  private closed = false;
  private readonly queue: { readonly open: () => void; readonly fail: (error: Error) => void }[] = [];
  private readonly most = Math.max(4, 2 * availableParallelism());

  /** @param idle Called where nothing is read any more, so that no picture comes to join those that wait for others. */
  constructor(private readonly idle: () => void) {}

  async enter(): Promise<void> {
    if (this.closed) throw new Error('stopped');
    if (this.isFull()) await new Promise<void>((open, fail) => this.queue.push({ open, fail }));
    else this.inside++;
  }

  leave(): void {
    this.inside--;
    this.admit();
    if (this.inside === 0) this.idle();
  }

  hold(pixels: number): void {
    this.held += pixels;
  }

  drop(pixels: number): void {
    this.held -= pixels;
    this.admit();
  }

  close(): void {
    this.closed = true;
    for (const { fail } of this.queue.splice(0)) fail(new Error('stopped'));
  }

  private isFull(): boolean {
    return this.inside >= this.most || this.held > mostDecoded;
  }

  private admit(): void {
    while (this.queue.length > 0 && !this.isFull()) {
      this.inside++;
      this.queue.shift()?.open();
    }
  }
}

interface Place {
  readonly side: number;
  readonly channels: 1 | 3;
  readonly final: string;
  readonly reused: boolean;
}

/** The files of a cache and the dataset's own labels. */
function cacheOf(dataset: Dataset, manifest: Omit<CacheManifest, 'format'>, place: Place): MadePixelCache {
  const { side, channels, final, reused } = place;
  const details = new Map(manifest.items.map((entry) => [entry.id, entry]));
  const items = dataset.items.flatMap((item): CachedItem[] => {
    const own = details.get(item.id);
    return own ? [{ ...item, ...own }] : [];
  });
  const skipped = [...dataset.skipped, ...manifest.broken];
  if (items.length === 0) {
    // What the dataset left out by itself, such as dropped pictures, explains nothing where others are broken.
    const reasons = manifest.broken.length > 0 ? manifest.broken : dataset.skipped;
    const [first] = reasons;
    throw new MessierError(
      'cache/empty',
      `"${dataset.name}" has no picture that can be read${first ? `; the first of ${reasons.length}, ${first.id}: ${first.reason}` : '.'}`,
    );
  }
  return { side, channels, items, skipped, path: pixelsFile(final), reused };
}
