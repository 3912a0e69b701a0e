import { randomStream } from '../core/random.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Tensor } from '../onnx/types.js';
import { createSession } from '../runtime/session.js';
import { symmetricEigen } from './symmetric-eigen.js';

/** Rows of numbers: `count` of `size` each. */
export interface Points {
  readonly rows: Float64Array;
  readonly count: number;
  readonly size: number;
}

export interface PrincipalComponentsOptions {
  /** At most so many. */
  readonly components: number;
  /** Of the random start; 1 unless told. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PrincipalComponents extends Points {
  /** Of the variance of all features, the share that each component has; largest first. */
  readonly explained: readonly number[];
}

/** Directions beyond those asked for, and rounds: by Halko et al. enough for spectra that hardly fall. */
const extraDirections = 10;
const rounds = 7;

/**
 * The coordinates of points in the directions in which they differ most: X V with X centred and V the leading eigenvectors of X^T X. Of each
 * direction the sign is such that its largest entry is positive. Found by subspace iteration from a random start in one thread of ONNX Runtime,
 * so that the same points give the same bits; where the directions asked for are all there are, the result is exact.
 *
 * Source: N. Halko, P. G. Martinsson, J. A. Tropp, Finding structure with randomness, SIAM Review 53 (2011) 217, algorithm 4.4.
 *
 * @example
 * const { rows, size } = await principalComponents(points, { components: 50 });
 */
export async function principalComponents(
  { rows: given, count, size }: Points,
  { components, seed = 1, signal }: PrincipalComponentsOptions,
): Promise<PrincipalComponents> {
  const rows = centred(given, count, size);
  const width = Math.min(components + extraDirections, count, size);
  const kept = Math.min(components, width);
  let total = 0;
  for (const value of rows) total += value * value;
  const session = await createSession(productGraph(count, size, width), { device: 'cpu', threads: 1 });
  try {
    await session.load({ x: float64([count, size], rows) });
    const random = randomStream(seed, 'principal components');
    let basis = orthonormal(
      Float64Array.from({ length: width * size }, () => random.normal()),
      size,
    );
    const run = async (output: string) => (await session.run({ q: float64([width, size], basis) }, [output]))[output]?.data;
    for (let round = 0; round < rounds; round++) {
      signal?.throwIfAborted();
      basis = orthonormal((await run('next')) as Float64Array, size);
    }
    const scores = (await run('scores')) as Float64Array;
    const { values, vectors } = symmetricEigen(gram(scores, count, width), width);
    const turn = vectors.map((vector) => upright(vector, basis, size));
    const result = new Float64Array(count * kept);
    for (let point = 0; point < count; point++) {
      for (let at = 0; at < kept; at++) {
        const vector = turn[at] as Float64Array;
        let sum = 0;
        for (let one = 0; one < width; one++) sum += (scores[point * width + one] as number) * (vector[one] as number);
        result[point * kept + at] = sum;
      }
    }
    const explained = values.slice(0, kept).map((value) => (total > 0 ? Math.max(0, value) / total : 0));
    return { rows: result, count, size: kept, explained };
  } finally {
    await session.release();
  }
}

const float64 = (dims: readonly number[], data: Float64Array): Tensor => ({ type: 'float64', dims, data });

/** scores = X Q^T (count, width); next = scores^T X (width, size). */
function productGraph(count: number, size: number, width: number) {
  const g = new GraphBuilder();
  const x = g.input('x', 'float64', [count, size]);
  const scores = g.op('Gemm', [x, g.input('q', 'float64', [width, size])], { transB: 1 });
  g.output(scores, 'scores');
  g.output(g.op('Gemm', [scores, x], { transA: 1 }), 'next');
  return g.build({ name: 'principal-components' });
}

function centred(given: Float64Array, count: number, size: number): Float64Array {
  const mean = new Float64Array(size);
  for (let at = 0; at < given.length; at++) mean[at % size] = (mean[at % size] as number) + (given[at] as number) / count;
  return given.map((value, at) => value - (mean[at % size] as number));
}

/** Gram and Schmidt, twice, in place; rows that lie in the span of those before become 0. */
function orthonormal(rows: Float64Array, size: number): Float64Array {
  for (let start = 0; start < rows.length; start += size) {
    const row = rows.subarray(start, start + size);
    const before = Math.sqrt(dot(row, row));
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < start; other += size) {
        const earlier = rows.subarray(other, other + size);
        const share = dot(row, earlier);
        for (let at = 0; at < size; at++) row[at] = (row[at] as number) - share * (earlier[at] as number);
      }
    }
    const length = Math.sqrt(dot(row, row));
    if (length > before * 1e-10) for (let at = 0; at < size; at++) row[at] = (row[at] as number) / length;
    else row.fill(0);
  }
  return rows;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number);
  return sum;
}

/** S^T S. */
function gram(scores: Float64Array, count: number, width: number): Float64Array {
  const result = new Float64Array(width * width);
  for (let point = 0; point < count; point++) {
    const start = point * width;
    for (let i = 0; i < width; i++) {
      const value = scores[start + i] as number;
      for (let j = 0; j < width; j++)
        result[i * width + j] = (result[i * width + j] as number) + value * (scores[start + j] as number);
    }
  }
  return result;
}

/** The vector, turned round where the direction V = Q^T vector has its largest entry below 0. */
function upright(vector: Float64Array, basis: Float64Array, size: number): Float64Array {
  let largest = 0;
  for (let at = 0; at < size; at++) {
    let sum = 0;
    for (let one = 0; one < vector.length; one++) sum += (vector[one] as number) * (basis[one * size + at] as number);
    if (Math.abs(sum) > Math.abs(largest)) largest = sum;
  }
  return largest < 0 ? vector.map((value) => -value) : vector;
}
