import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import type { PixelCache } from './types.js';

/** What of a cache is needed to read its pixels. */
export type CacheSource = Pick<PixelCache, 'side' | 'channels' | 'path'>;

/**
 * A pixel cache open for reading, in any order. Reads block, as they take microseconds: a cache that is used lies in the system's memory.
 *
 * @example
 * const reader = openCacheReader(cache);
 * const pixels = reader.read(17, new Uint8Array(reader.bytesEach));
 * reader.close();
 */
export class CacheReader {
  /** Bytes of a picture: channels * side * side. */
  readonly bytesEach: number;
  /** Pictures of the cache. */
  readonly count: number;
  private file: number | undefined;

  /** Throws `cache/read` where the file can't be opened or its size is no multiple of a picture's. */
  constructor(private readonly source: CacheSource) {
    const { side, channels, path } = source;
    this.bytesEach = channels * side * side;
    try {
      this.file = openSync(path, 'r');
      this.count = fstatSync(this.file).size / this.bytesEach;
    } catch (cause) {
      throw this.unreadable(cause instanceof Error ? cause.message : String(cause), cause);
    }
    if (Number.isInteger(this.count)) return;
    this.close();
    throw this.unreadable(`its size is no multiple of ${this.bytesEach} bytes`);
  }

  /** Reads planes (channels, side, side) of one item into the beginning of `target`, which is returned. Throws `cache/read`. */
  read(index: number, target: Uint8Array): Uint8Array {
    if (this.file === undefined) throw this.unreadable('it is closed');
    if (!Number.isInteger(index) || index < 0 || index >= this.count) {
      throw this.unreadable(`item ${index} is asked for, and it holds ${this.count}`);
    }
    if (target.length < this.bytesEach) {
      throw this.unreadable(`${this.bytesEach} bytes of room expected, ${target.length} received`);
    }
    for (let done = 0; done < this.bytesEach;) {
      const read = readSync(this.file, target, done, this.bytesEach - done, index * this.bytesEach + done);
      if (read === 0) throw this.unreadable(`it ends before item ${index}`);
      done += read;
    }
    return target;
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private unreadable(problem: string, cause?: unknown): MessierError {
    return new MessierError('cache/read', `Pixel cache "${this.source.path}": ${problem}. Delete its folder and make it again.`, {
      cause,
    });
  }
}

/** Opens a cache's pixels; one open file. Throws `cache/read`. */
export function openCacheReader(cache: CacheSource): CacheReader {
  return new CacheReader(cache);
}

/** Pictures between two looks at the signal. */
const breath = 32;

/**
 * Pixels of every picture of a cache, in its order: planes (channels, side, side) in one array, which the next picture overwrites. The event loop goes on
 * between them.
 *
 * @param stage What the progress calls the work.
 * @throws MessierError `cache/read`; the signal's reason.
 *
 * @example
 * for await (const pixels of walkCache(cache, 'measure pictures', { signal })) brightest.push(Math.max(...pixels));
 */
export async function* walkCache(
  cache: PixelCache,
  stage: string,
  { progress, signal }: WorkOptions,
): AsyncGenerator<Uint8Array> {
  const total = cache.items.length;
  const reader = openCacheReader(cache);
  const pixels = new Uint8Array(reader.bytesEach);
  try {
    for (let done = 0; done < total; done++) {
      if (done % breath === 0) {
        await new Promise(setImmediate);
        signal?.throwIfAborted();
        progress?.({ stage, done, total, unit: 'pictures' });
      }
      yield reader.read(done, pixels);
    }
    progress?.({ stage, done: total, total, unit: 'pictures' });
  } finally {
    reader.close();
  }
}
