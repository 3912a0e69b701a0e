import { UMAP } from 'umap-js';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { randomStream } from '../core/random.js';
import type { Tensor } from '../onnx/types.js';
import { nearestNeighbours, type Neighbours } from './nearest-neighbours.js';
import { trustworthiness } from './neighbour-figures.js';
import { principalComponents, type Points, type PrincipalComponents } from './principal-components.js';
import { checkRows, standardise } from './rows.js';

/** Most points of a map. */
export const MOST_POINTS = 5000;
/** Fewer points make no map. */
export const FEWEST_POINTS = 10;

/** Neighbours of a point, itself among them: umap-learn's default. */
const neighbourhood = 15;
/** Components that distances are taken in. */
const components = 50;
/** Rounds of the layout after which others may work. */
const breath = 5;

export interface EmbeddingMapOptions extends WorkOptions {
  /**
   * What is done to features before they are compared. `length`: each row gets length 1, so that directions count, as suits a network's
   * features; `deviation`: each feature gets mean 0 and deviation 1, as suits measures of different units.
   */
  readonly scale: 'length' | 'deviation';
  /** 1 unless told. */
  readonly seed?: number | undefined;
}

/** Points on a plane that lie together where their features do. */
export interface EmbeddingMap {
  /** (N, 2). */
  readonly positions: Float64Array;
  /** Nearest points by the features. */
  readonly neighbours: Neighbours;
  /** Of the map, against the features: {@link trustworthiness}. */
  readonly trustworthiness: number;
  /** Neighbours that it was asked for. */
  readonly k: number;
  /** Components of the features that distances were taken in, and their share of the variance. */
  readonly components: number;
  readonly explained: number;
}

/**
 * A map of points by UMAP on the principal components of their features: exact neighbours, a start from the first two components, and
 * random numbers of a stream, so that the same features in the same order give the same bits on machines of a kind.
 *
 * Source: L. McInnes, J. Healy, J. Melville, UMAP: Uniform Manifold Approximation and Projection, arXiv:1802.03426.
 *
 * @param features float32 (N, D), from {@link FEWEST_POINTS} to {@link MOST_POINTS} rows.
 * @throws MessierError `classical/points` for another number of rows; `classical/features`, `classical/limit`; the signal's reason.
 *
 * @example
 * const { positions } = await embeddingMap(features, { scale: 'length', seed: 1 });
 */
export async function embeddingMap(features: Tensor, { scale, seed = 1, ...work }: EmbeddingMapOptions): Promise<EmbeddingMap> {
  const [count = 0] = features.dims;
  if (count < FEWEST_POINTS || count > MOST_POINTS) {
    throw new MessierError(
      'classical/points',
      `A map has ${FEWEST_POINTS} to ${MOST_POINTS} points, ${count} received. Take a sample, or more pictures.`,
    );
  }
  work.progress?.({ stage: 'find components', done: 0, total: count, unit: 'pictures' });
  const reduced = await principalComponents(scaled(features, scale), { components, seed, signal: work.signal });
  work.progress?.({ stage: 'find components', done: count, total: count, unit: 'pictures' });
  const k = Math.min(neighbourhood, Math.floor((count - 1) / 2));
  const neighbours = await nearestNeighbours(reduced, k, work);
  const positions = await layOut(reduced, neighbours, seed, work);
  return {
    positions,
    neighbours,
    k,
    trustworthiness: await trustworthiness(reduced, { rows: positions, count, size: 2 }, k, work),
    components: reduced.size,
    explained: reduced.explained.reduce((sum, share) => sum + share, 0),
  };
}

function scaled(features: Tensor, scale: EmbeddingMapOptions['scale']): Points {
  const checked = checkRows(features);
  const { data, pictures: count, size } = checked;
  if (scale === 'deviation') return { rows: standardise(checked, () => true).rows, count, size };
  const rows = Float64Array.from(data);
  for (let start = 0; start < rows.length; start += size) {
    const row = rows.subarray(start, start + size);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) || 1;
    for (let at = 0; at < size; at++) row[at] = (row[at] as number) / length;
  }
  return { rows, count, size };
}

async function layOut(
  reduced: PrincipalComponents,
  { indices, distances, k }: Neighbours,
  seed: number,
  work: WorkOptions,
): Promise<Float64Array> {
  const { count, rows, size } = reduced;
  const random = randomStream(seed, 'embedding map');
  const umap = new UMAP({ nNeighbors: k + 1, random: () => random.uniform() });
  // UMAP counts a point as its own first neighbour.
  const withSelf = (own: (point: number) => number, others: ArrayLike<number>) =>
    Array.from({ length: count }, (_, point) => [
      own(point),
      ...Array.from({ length: k }, (_, at) => others[point * k + at] as number),
    ]);
  umap.setPrecomputedKNN(
    withSelf((point) => point, indices),
    withSelf(() => 0, distances),
  );
  const points = Array.from({ length: count }, (_, point) => Array.from(rows.subarray(point * size, (point + 1) * size)));
  work.signal?.throwIfAborted();
  const total = umap.initializeFit(points);
  // The rows of the embedding are those that the steps move.
  const embedding = umap.getEmbedding();
  start(reduced, embedding, () => random.uniform());
  for (let step = 0; step < total; step++) {
    if (step % breath === 0) {
      await new Promise(setImmediate);
      work.signal?.throwIfAborted();
      work.progress?.({ stage: 'lay out the map', done: step, total, unit: 'rounds' });
    }
    umap.step();
  }
  return Float64Array.from(embedding.flat());
}

/** Side of the square in which the layout begins, and the noise that parts equal points: those of umap-learn. */
const startSide = 20;
const noise = 1e-3;

/** The first two components, so that far groups begin far apart; which a random start leaves to chance. */
function start({ rows, count, size }: PrincipalComponents, embedding: number[][], uniform: () => number): void {
  let largest = 0;
  for (let point = 0; point < count; point++) {
    for (let axis = 0; axis < Math.min(2, size); axis++)
      largest = Math.max(largest, Math.abs(rows[point * size + axis] as number));
  }
  for (const [point, place] of embedding.entries()) {
    for (let axis = 0; axis < 2; axis++) {
      const value = axis < size && largest > 0 ? (rows[point * size + axis] as number) / largest : 0;
      place[axis] = (startSide / 2) * value + noise * (uniform() - 0.5);
    }
  }
}
