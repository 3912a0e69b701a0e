/** How well scores rank the pictures of a class above the others. */
export interface RankingFigures {
  /** Area under the ROC curve: the probability that a picture of the class scores above another, ties counting half. */
  readonly roc: number;
  /** Average precision, sum of (recall_n - recall_{n-1}) precision_n over the thresholds, as scikit-learn's. */
  readonly precision: number;
}

/**
 * Pictures by falling score of one class, made once and then summed for any weights. Each element is
 * 4 picture + 2 (is of the class) + 1 (last one of its score), so that one pass reads one array in order.
 */
export type Ranking = Int32Array;

/** Sorts the pictures by their score for `one`. At most 2^29 pictures. */
export function rankingOf(labels: Int32Array, scores: Float32Array, classes: number, one: number): Ranking {
  const column = Float32Array.from(labels, (_, row) => scores[row * classes + one] as number);
  const order = Int32Array.from(labels.keys()).sort((a, b) => (column[b] as number) - (column[a] as number));
  return order.map((row, position) => {
    const next = order[position + 1];
    const ends = next === undefined || column[next] !== column[row];
    return row * 4 + (labels[row] === one ? 2 : 0) + (ends ? 1 : 0);
  });
}

/** Figures where picture i counts `weights[i]` times; `undefined` where the class or the rest has no weight. */
export function rankingFigures(ranking: Ranking, weights: Uint16Array): RankingFigures | undefined {
  let hits = 0;
  let misses = 0;
  let hitsBefore = 0;
  let missesBefore = 0;
  let area = 0;
  let precision = 0;
  for (const code of ranking) {
    const weight = weights[code >>> 2] as number;
    if ((code & 2) === 0) misses += weight;
    else hits += weight;
    if ((code & 1) === 0) continue;
    area += (misses - missesBefore) * (hits + hitsBefore);
    if (hits > hitsBefore) precision += ((hits - hitsBefore) * hits) / (hits + misses);
    hitsBefore = hits;
    missesBefore = misses;
  }
  return hits === 0 || misses === 0 ? undefined : { roc: area / (2 * hits * misses), precision: precision / hits };
}
