import type { TensorRecord } from '../runtime/types.js';
import { augmentInto, unchanged } from './augment.js';
import { checkItems, type BatchOptions } from './batch-maker.js';
import { CacheReader, type CacheSource } from './cache-reader.js';
import { checkColumns, takeRows } from './columns.js';
import { refused } from './refused.js';
import type { OrderedSource } from './types.js';

/** What an ordered source is made of, as for batches. */
export type OrderedOptions = Pick<BatchOptions, 'indices' | 'preprocess' | 'columns'>;

/**
 * Pictures of a cache in a fixed order, unchanged: the central crop that finished models take, normalised. Reads in the calling thread,
 * which costs less than a tenth of a millisecond a picture.
 *
 * @throws MessierError `dataset/batches` where items and pixels do not fit the cache, `cache/read`
 *
 * @example
 * const source = await openOrdered(cache, { indices, preprocess });
 * for (let at = 0; at < source.count; at += 256) judge(await source.read(at, 256));
 * await source.close();
 */
export function openOrdered(cache: CacheSource, options: OrderedOptions): Promise<OrderedSource> {
  return new Promise((resolve) => {
    resolve(new CachedOrder(cache, options));
  });
}

class CachedOrder implements OrderedSource {
  readonly count: number;
  private readonly indices: Int32Array;
  private readonly reader: CacheReader;
  private readonly pixels: Uint8Array;

  constructor(
    private readonly cache: CacheSource,
    private readonly options: OrderedOptions,
  ) {
    this.reader = new CacheReader(cache);
    try {
      checkItems(cache, options, this.reader.count);
      checkColumns(options.columns, options.indices.length);
    } catch (error) {
      this.reader.close();
      throw error;
    }
    this.count = options.indices.length;
    this.indices = Int32Array.from(options.indices);
    this.pixels = new Uint8Array(this.reader.bytesEach);
  }

  read(start: number, size: number): Promise<TensorRecord> {
    return new Promise((resolve) => {
      resolve(this.readNow(start, size));
    });
  }

  close(): Promise<void> {
    this.reader.close();
    return Promise.resolve();
  }

  private readNow(start: number, size: number): TensorRecord {
    if (!Number.isInteger(start) || start < 0 || start >= this.count || !Number.isInteger(size) || size < 1) {
      throw refused(`${size} pictures from ${start} on are asked for, and there are ${this.count}`);
    }
    const { preprocess } = this.options;
    const items = this.indices.subarray(start, start + size);
    const part = preprocess.channels * preprocess.size ** 2;
    const data = new Float32Array(items.length * part);
    const shape = { ...preprocess, side: this.cache.side };
    for (const [n, item] of items.entries()) augmentInto(data, n * part, this.reader.read(item, this.pixels), shape, unchanged);
    const places = Int32Array.from(items.keys(), (n) => start + n);
    return {
      image: { type: 'float32', dims: [items.length, preprocess.channels, preprocess.size, preprocess.size], data },
      ...takeRows(this.options.columns ?? {}, places),
    };
  }
}
