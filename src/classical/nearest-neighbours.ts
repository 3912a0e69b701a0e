import type { WorkOptions } from '../core/progress.js';
import type { Points } from './principal-components.js';

/** The nearest other points of each point, nearest first. */
export interface Neighbours {
  /** (N, k). */
  readonly indices: Int32Array;
  /** Euclidean. */
  readonly distances: Float64Array;
  readonly k: number;
}

/** Points between two looks at the signal. */
const breath = 32;

/**
 * Exact nearest neighbours by comparing every pair: N^2 D / 2 products. A point is none of its own; of equally far ones the first counts
 * as nearer. k is less than N.
 *
 * @example
 * const { indices } = await nearestNeighbours(points, 15);
 */
export async function nearestNeighbours(points: Points, k: number, { progress, signal }: WorkOptions = {}): Promise<Neighbours> {
  const { count } = points;
  const indices = new Int32Array(count * k).fill(-1);
  const distances = new Float64Array(count * k).fill(Infinity);
  for (let point = 0; point < count; point++) {
    if (point % breath === 0) {
      await new Promise(setImmediate);
      signal?.throwIfAborted();
      progress?.({ stage: 'find neighbours', done: point, total: count, unit: 'pictures' });
    }
    // Pairs below the diagonal were met from their other side.
    for (let other = point + 1; other < count; other++) {
      const distance = squaredDistance(points, point, other);
      offer(indices, distances, point * k, k, other, distance);
      offer(indices, distances, other * k, k, point, distance);
    }
  }
  progress?.({ stage: 'find neighbours', done: count, total: count, unit: 'pictures' });
  return { indices, distances: distances.map(Math.sqrt), k };
}

export function squaredDistance({ rows, size }: Points, one: number, other: number): number {
  let sum = 0;
  const [a, b] = [one * size, other * size];
  for (let at = 0; at < size; at++) {
    const difference = (rows[a + at] as number) - (rows[b + at] as number);
    sum += difference * difference;
  }
  return sum;
}

/** Keeps a list of k sorted by distance, then by order of arrival, which is that of the points. */
function offer(indices: Int32Array, distances: Float64Array, start: number, k: number, index: number, distance: number): void {
  let at = start + k - 1;
  if (distance >= (distances[at] as number)) return;
  for (; at > start && (distances[at - 1] as number) > distance; at--) {
    distances[at] = distances[at - 1] as number;
    indices[at] = indices[at - 1] as number;
  }
  distances[at] = distance;
  indices[at] = index;
}
