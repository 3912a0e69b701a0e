import type { WorkOptions } from '../core/progress.js';
import { nearestNeighbours, squaredDistance, type Neighbours } from './nearest-neighbours.js';
import type { Points } from './principal-components.js';

/** Points between two looks at the signal. */
const breath = 32;

/**
 * How far the neighbours of points on a map are neighbours in truth, in [0, 1]:
 * T(k) = 1 - 2 / (N k (2 N - 3 k - 1)) sum over i and its k nearest j on the map of max(0, r(i, j) - k),
 * with r(i, j) the rank of j among the points by their distance from i in truth, 1 for the nearest. 1: no point has a stranger beside
 * it. k is less than N / 2.
 *
 * Source: J. Venna, S. Kaski, Neighborhood preservation in nonlinear projection methods, ICANN 2001; as `sklearn.manifold.trustworthiness`.
 *
 * @example
 * const trust = await trustworthiness(features, map, 15);
 */
export async function trustworthiness(truth: Points, map: Points, k: number, work: WorkOptions = {}): Promise<number> {
  const { count } = truth;
  const { indices } = await nearestNeighbours(map, k, work);
  const distances = new Float64Array(count);
  let strange = 0;
  for (let point = 0; point < count; point++) {
    if (point % breath === 0) {
      await new Promise(setImmediate);
      work.signal?.throwIfAborted();
    }
    for (let other = 0; other < count; other++)
      distances[other] = other === point ? Infinity : squaredDistance(truth, point, other);
    for (let at = point * k; at < (point + 1) * k; at++) strange += Math.max(0, rank(distances, indices[at] as number) - k);
  }
  return 1 - (2 * strange) / (count * k * (2 * count - 3 * k - 1));
}

/** From 1; of equal ones the first comes first. */
function rank(distances: Float64Array, index: number): number {
  const own = distances[index] as number;
  let before = 1;
  for (let at = 0; at < distances.length; at++) {
    const distance = distances[at] as number;
    if (distance < own || (distance === own && at < index)) before++;
  }
  return before;
}

/** How well labels follow from those of the neighbours. */
export interface NeighbourAccuracy {
  /** Share of labelled points that most of their labelled neighbours agree with. */
  readonly accuracy: number;
  /** Labelled points with a labelled neighbour. */
  readonly judged: number;
}

/**
 * Each point is given the label that most of its neighbours have, itself left out; of equally frequent labels the first. Points without a
 * label (-1) neither ask nor answer. `undefined` where nobody can be judged.
 *
 * @param apart Points of one such group are no neighbours of each other, as copies of one picture would answer for it; -1 for none.
 */
export function neighbourAccuracy(
  { indices, k }: Neighbours,
  labels: ArrayLike<number>,
  apart?: ArrayLike<number>,
): NeighbourAccuracy | undefined {
  let judged = 0;
  let right = 0;
  for (let point = 0; point < labels.length; point++) {
    const own = labels[point] as number;
    if (own < 0) continue;
    const votes = new Map<number, number>();
    for (let at = point * k; at < (point + 1) * k; at++) {
      const other = indices[at] as number;
      const label = labels[other] as number;
      const together = apart !== undefined && (apart[point] as number) >= 0 && apart[point] === apart[other];
      if (label >= 0 && !together) votes.set(label, (votes.get(label) ?? 0) + 1);
    }
    if (votes.size === 0) continue;
    judged++;
    const [answer] = [...votes].reduce((best, next) =>
      next[1] > best[1] || (next[1] === best[1] && next[0] < best[0]) ? next : best,
    );
    if (answer === own) right++;
  }
  return judged === 0 ? undefined : { accuracy: right / judged, judged };
}
