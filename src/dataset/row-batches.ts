import type { TensorRecord } from '../runtime/types.js';
import { stepsOf } from './batch-maker.js';
import { checkColumns, takeRows } from './columns.js';
import { refused } from './refused.js';
import { EpochOrders } from './sampling.js';
import type { BatchSource, Columns, OrderedSource, Sampling } from './types.js';

/** What batches without pictures are made of. */
export interface RowBatchOptions {
  /** One row an item. */
  readonly columns: Columns;
  /** Class of each item, by which they are drawn. */
  readonly labels: Int32Array;
  readonly classes: number;
  readonly sampling: Sampling;
  /** Items of a batch. */
  readonly size: number;
  readonly seed: number;
}

/**
 * Training batches of rows without pictures, such as texts or features: the columns and `targets`, as `openBatches` gives them.
 *
 * @throws MessierError `dataset/batches`
 *
 * @example
 * const batches = rowBatches({ columns: { tokens }, labels, classes: 4, sampling: { power: 1 }, size: 32, seed: 1 });
 */
export function rowBatches({ columns, labels, classes, sampling, size, seed }: RowBatchOptions): BatchSource {
  if (labels.length === 0) throw refused('at least 1 item expected, none received');
  checkColumns(columns, labels.length);
  const steps = stepsOf({ indices: labels, size });
  const orders = new EpochOrders(labels, classes, sampling, seed);
  const make = (epoch: number, step: number): TensorRecord => {
    const order = orders.of(epoch);
    const places = Int32Array.from({ length: size }, (_, n) => order[(step * size + n) % order.length] ?? 0);
    const shares = new Float32Array(size * classes);
    for (const [n, place] of places.entries()) shares[n * classes + (labels[place] ?? 0)] = 1;
    return { targets: { type: 'float32', dims: [size, classes], data: shares }, ...takeRows(columns, places) };
  };
  return { steps, size, batch: (epoch, step) => Promise.resolve(make(epoch, step)), close: () => Promise.resolve() };
}

/**
 * Rows in their order, for validation.
 *
 * @throws MessierError `dataset/batches`
 */
export function rowOrder(columns: Columns, count: number): OrderedSource {
  if (count === 0) throw refused('at least 1 item expected, none received');
  checkColumns(columns, count);
  const read = (start: number, size: number): TensorRecord => {
    const end = Math.min(count, start + size);
    return takeRows(
      columns,
      Int32Array.from({ length: end - start }, (_, n) => start + n),
    );
  };
  return { count, read: (start, size) => Promise.resolve(read(start, size)), close: () => Promise.resolve() };
}
