/** Rows of numbers that go with the items of a batch. */
import type { Tensor } from '../onnx/types.js';
import { refused } from './refused.js';
import type { Column, Columns } from './types.js';

/** Stops with `dataset/batches` where a column has not one row of its width for each of `count` items. */
export function checkColumns(columns: Columns = {}, count: number): void {
  for (const [name, { width, data }] of Object.entries(columns)) {
    if (name === 'image') throw refused('a column "image" can\'t be: pictures have that name');
    if (Number.isInteger(width) && width >= 1 && data.length === count * width) continue;
    throw refused(`column "${name}": ${count} rows of ${width} numbers expected, ${data.length} numbers received`);
  }
}

/** The rows at these places as tensors (places, width). */
export function takeRows(columns: Columns, places: Int32Array): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, rowsOf(column, places)]));
}

function rowsOf(column: Column, places: Int32Array): Tensor {
  const { width } = column;
  const dims = [places.length, width];
  if (column.type === 'float32') {
    const data = new Float32Array(places.length * width);
    for (const [n, place] of places.entries()) data.set(column.data.subarray(place * width, (place + 1) * width), n * width);
    return { type: 'float32', dims, data };
  }
  const data = new BigInt64Array(places.length * width);
  for (const [n, place] of places.entries()) data.set(column.data.subarray(place * width, (place + 1) * width), n * width);
  return { type: 'int64', dims, data };
}
