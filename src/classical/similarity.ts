import { GraphBuilder } from '../onnx/builder.js';
import type { Model, Tensor } from '../onnx/types.js';
import type { WorkOptions } from '../core/progress.js';
import { createSession } from '../runtime/session.js';
import { checkRows } from './rows.js';

/** Values of a block of similarities: 32 MiB. */
const blockValues = 2 ** 23;

/** Told of each row: its place, and the cosine between it and every row, itself included. The array is used again. */
export type SimilarityVisitor = (row: number, cosines: Float32Array) => void;

/**
 * The cosines between all rows, a block of rows after the other, so that memory grows with N and not with its square.
 *
 * @param features float32 (N, D). A row of zeros is like nothing.
 * @throws MessierError `classical/features`, `classical/limit`; the signal's reason.
 *
 * @example
 * await eachSimilarity(features, (row, cosines) => { nearest[row] = cosines.indexOf(Math.max(...cosines)); });
 */
export async function eachSimilarity(features: Tensor, visit: SimilarityVisitor, work: WorkOptions = {}): Promise<void> {
  const { data, pictures, views, size } = checkRows(features);
  const rows = unitRows(data, pictures * views, size);
  const count = pictures * views;
  const session = await createSession(cosineGraph(count, size), { device: 'cpu' });
  try {
    await session.load({ all: { type: 'float32', dims: [count, size], data: rows } });
    const atOnce = Math.max(1, Math.min(count, Math.floor(blockValues / count)));
    for (let start = 0; start < count; start += atOnce) {
      work.signal?.throwIfAborted();
      const block = Math.min(atOnce, count - start);
      const some: Tensor = { type: 'float32', dims: [block, size], data: rows.slice(start * size, (start + block) * size) };
      const { cosines } = await session.run({ some }, ['cosines']);
      for (let row = 0; row < block; row++) {
        visit(start + row, (cosines?.data as Float32Array).subarray(row * count, (row + 1) * count));
      }
      work.progress?.({ stage: 'compare pictures', done: start + block, total: count, unit: 'pictures' });
    }
  } finally {
    await session.release();
  }
}

function unitRows(data: Float32Array, count: number, size: number): Float32Array {
  const rows = new Float32Array(data.length);
  for (let start = 0; start < count * size; start += size) {
    let squares = 0;
    for (let at = start; at < start + size; at++) squares += (data[at] as number) ** 2;
    const norm = Math.sqrt(squares) || 1;
    for (let at = start; at < start + size; at++) rows[at] = (data[at] as number) / norm;
  }
  return rows;
}

/** cosines = some all^T, of rows of norm 1. */
function cosineGraph(count: number, size: number): Model {
  const g = new GraphBuilder();
  const some = g.input('some', 'float32', ['B', size]);
  const all = g.input('all', 'float32', [count, size]);
  g.output(g.matmul(some, g.transpose(all, [1, 0])), 'cosines');
  return g.build();
}
