import { randomStream } from '../core/random.js';
import type { Tensor } from '../onnx/types.js';
import { augmentInto, drawChange, mixBatch } from './augment.js';
import { CacheReader, type CacheSource } from './cache-reader.js';
import { refused } from './refused.js';
import { EpochOrders } from './sampling.js';
import { checkColumns, takeRows } from './columns.js';
import type { Augmentation, Columns, Preprocess, Sampling } from './types.js';

/** What batches are made of. */
export interface BatchOptions {
  /** Places of the items in the cache. */
  readonly indices: ArrayLike<number>;
  /** Class of each of them, by which they are drawn. */
  readonly labels: ArrayLike<number>;
  /** Names in the order of the model's outputs; those that `augmentation.perClass` uses. */
  readonly classes: readonly string[];
  readonly preprocess: Preprocess;
  readonly augmentation: Augmentation;
  readonly sampling: Sampling;
  /** What goes with the pictures, one row for each of `indices`. Mixup blends those of numbers with fractions, `targets` by their `weights`. */
  readonly columns?: Columns | undefined;
  /** Pictures of a batch. */
  readonly size: number;
  readonly seed: number;
}

/** The tensors of a batch: `image`, `targets` and the columns. */
export type Batch = Readonly<Record<string, Tensor>>;

/** Steps of an epoch: whole batches only, but at least one. */
export const stepsOf = ({ indices, size }: Pick<BatchOptions, 'indices' | 'size'>): number =>
  Math.max(1, Math.floor(indices.length / size));

/** Makes batches one by one, in the calling thread; see {@link openBatches}. */
export class BatchMaker {
  private readonly reader: CacheReader;
  private readonly labels: Int32Array;
  private readonly strengths: readonly number[];
  private readonly columns: Columns;
  private readonly pixels: Uint8Array;
  private readonly orders: EpochOrders;

  /** Throws `dataset/batches`, `cache/read`. */
  constructor(
    private readonly cache: CacheSource,
    private readonly options: BatchOptions,
  ) {
    this.reader = new CacheReader(cache);
    try {
      checkOptions(cache, options, this.reader.count);
    } catch (error) {
      this.reader.close();
      throw error;
    }
    this.labels = Int32Array.from(options.labels);
    this.orders = new EpochOrders(this.labels, options.classes.length, options.sampling, options.seed);
    this.columns = options.columns ?? {};
    const { perClass = {} } = options.augmentation;
    // Own keys only: a class may have the name of something that every object inherits.
    this.strengths = options.classes.map((name) => (Object.hasOwn(perClass, name) ? (perClass[name] ?? 1) : 1));
    this.pixels = new Uint8Array(this.reader.bytesEach);
  }

  make(epoch: number, step: number): Batch {
    const { indices, classes, preprocess, augmentation, size, seed } = this.options;
    const shape = { ...preprocess, side: this.cache.side };
    const part = preprocess.channels * preprocess.size ** 2;
    const images = new Float32Array(size * part);
    const shares = new Float32Array(size * classes.length);
    const order = this.orders.of(epoch);
    const drawn = new Int32Array(size);
    for (let n = 0, place = step * size; n < size; n++, place++) {
      const item = order[place % order.length] ?? 0;
      drawn[n] = item;
      const label = this.labels[item] ?? 0;
      const change = drawChange(augmentation, this.strengths[label] ?? 1, randomStream(seed, 'augment', epoch, place));
      augmentInto(images, n * part, this.reader.read(indices[item] ?? 0, this.pixels), shape, change);
      shares[n * classes.length + label] = 1;
    }
    const batch: Batch = {
      image: { type: 'float32', dims: [size, preprocess.channels, preprocess.size, preprocess.size], data: images },
      targets: { type: 'float32', dims: [size, classes.length], data: shares },
      ...takeRows(this.columns, drawn),
    };
    const mixed = Object.values(batch).flatMap(({ data }) => (data instanceof Float32Array ? [data] : []));
    const blend = (): void => {
      mixBatch(mixed, size, augmentation.mixup ?? 0, randomStream(seed, 'mixup', epoch, step));
    };
    const { targets, weights } = batch;
    if (targets && weights?.data.length === targets.data.length)
      blendWeighted(targets.data as Float32Array, weights.data as Float32Array, blend);
    else blend();
    return batch;
  }
}

/** Targets count by their weights where they are blended: one that is undefined, of weight 0, leaves the other as it is. */
function blendWeighted(targets: Float32Array, weights: Float32Array, blend: () => void): void {
  for (let at = 0; at < targets.length; at++) targets[at] = (targets[at] as number) * (weights[at] ?? 0);
  blend();
  for (let at = 0; at < targets.length; at++) {
    const weight = weights[at] ?? 0;
    if (weight > 0) targets[at] = (targets[at] as number) / weight;
  }
}

/** Stops with `dataset/batches` where items, classes and pixels do not fit the cache. */
function checkOptions(cache: CacheSource, options: BatchOptions, count: number): void {
  const { classes, size, augmentation } = options;
  checkItems(cache, options, count);
  checkColumns(options.columns, options.indices.length);
  if (!Number.isInteger(size) || size < 1) throw refused(`size: at least 1 picture expected, ${size} received`);
  if (options.indices.length !== options.labels.length) {
    throw refused(
      `one label for each item expected; ${options.indices.length} items and ${options.labels.length} labels received`,
    );
  }
  const label = Array.from(options.labels).find((value) => !Number.isInteger(value) || value < 0 || value >= classes.length);
  if (label !== undefined) throw refused(`label ${label} received; classes go from 0 to ${classes.length - 1}`);
  const unknown = Object.keys(augmentation.perClass ?? {}).find((name) => !classes.includes(name));
  if (unknown !== undefined) throw refused(`perClass names "${unknown}"; the classes are ${classes.join(', ')}`);
}

/** Stops with `dataset/batches` where items and pixels do not fit the cache. */
export function checkItems(
  { side, channels }: CacheSource,
  { indices, preprocess }: Pick<BatchOptions, 'indices' | 'preprocess'>,
  count: number,
): void {
  if (indices.length === 0) throw refused('at least 1 item expected, none received');
  const outside = Array.from(indices).find((index) => !Number.isInteger(index) || index < 0 || index >= count);
  if (outside !== undefined) throw refused(`item ${outside} received; the cache holds 0 to ${count - 1}`);
  if (preprocess.channels !== channels || preprocess.size > side) {
    throw refused(
      `the cache has ${channels} channels and ${side} pixels a side, the network ${preprocess.channels} and ${preprocess.size}. Make a cache of round(size / crop) pixels`,
    );
  }
}
