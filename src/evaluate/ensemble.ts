import { MessierError } from '../core/errors.js';
import { checkScores, largest, logLosses } from './scores.js';
import type { NamedPredictions } from './compare.js';
import { bootstrapIntervals, settleBootstrap, type BootstrapOptions } from './bootstrap.js';
import type { Interval, Predictions } from './types.js';

/** Where the search for weights ends: no weight moves by more, or so many steps. */
const stillness = 1e-9;
const mostSteps = 5000;

/** sum_m w_m p_m, (N, classes). */
export function mixProbabilities(members: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const mixed = new Float32Array(members[0]?.length ?? 0);
  for (let at = 0; at < mixed.length; at++) {
    mixed[at] = members.reduce((sum, rows, member) => sum + (weights[member] ?? 0) * (rows[at] ?? NaN), 0);
  }
  return mixed;
}

/**
 * The weights w, from 0 up and adding up to 1, of the mixture sum_m w_m p_m with the least mean log loss: a convex problem, solved by expectation
 * maximisation from equal weights (Dempster, Laird, Rubin 1977). Deterministic.
 *
 * @param members (N, classes) probabilities of each member on the same pictures: such that no member was trained on.
 * @throws MessierError `evaluate/empty`, `evaluate/size`, `evaluate/label`, `evaluate/not-finite`.
 *
 * @example
 * const weights = fitMixture([first.probabilities, second.probabilities], first.labels, 4); // [0.7, 0.3]
 */
export function fitMixture(members: readonly Float32Array[], labels: Int32Array, classes: number): number[] {
  for (const rows of members) checkScores(labels, rows, classes);
  const truths = members.map((rows) => logLosses(labels, rows, classes).map((loss) => Math.exp(-loss)));
  let weights = members.map(() => 1 / members.length);
  for (let step = 0; step < mostSteps; step++) {
    const next = members.map(() => 0);
    for (let row = 0; row < labels.length; row++) {
      const whole = truths.reduce((sum, of, member) => sum + (weights[member] ?? 0) * (of[row] ?? 0), 0);
      truths.forEach((of, member) => {
        next[member] = (next[member] ?? 0) + ((weights[member] ?? 0) * (of[row] ?? 0)) / whole / labels.length;
      });
    }
    const moved = Math.max(...next.map((value, member) => Math.abs(value - (weights[member] ?? 0))));
    weights = next;
    if (moved < stillness) break;
  }
  return weights;
}

/** How differently two models answer. */
export interface Diversity {
  readonly first: string;
  readonly second: string;
  /** Share of the pictures to which they give different answers. */
  readonly disagreement: number;
  /** Pearson's correlation of being wrong (phi): 1 where both err on the same pictures, 0 where errors are independent; `null` where one never or always errs. */
  readonly errorCorrelation: number | null;
}

/** Every pair of models on the same pictures. */
export function diversityOf(models: readonly NamedPredictions[]): Diversity[] {
  const answers = models.map(({ predictions }) => largest(predictions.probabilities, predictions.classes.length));
  return models.flatMap(({ name: first, predictions: { labels } }, one) =>
    models.slice(one + 1).map(({ name: second }, offset) => {
      const [a, b] = [answers[one] as Int32Array, answers[one + 1 + offset] as Int32Array];
      let [different, wrongA, wrongB, wrongBoth] = [0, 0, 0, 0];
      labels.forEach((label, row) => {
        const [missA, missB] = [a[row] !== label, b[row] !== label];
        if (a[row] !== b[row]) different++;
        if (missA) wrongA++;
        if (missB) wrongB++;
        if (missA && missB) wrongBoth++;
      });
      const n = labels.length;
      const spread = Math.sqrt(wrongA * (n - wrongA) * wrongB * (n - wrongB));
      const errorCorrelation = spread === 0 ? null : (n * wrongBoth - wrongA * wrongB) / spread;
      return { first, second, disagreement: different / n, errorCorrelation };
    }),
  );
}

/** Share of the pictures that at least one of the models has right. */
export function anyRight(models: readonly Predictions[]): number {
  const answers = models.map(({ probabilities, classes }) => largest(probabilities, classes.length));
  const { labels } = models[0] ?? noModels();
  return labels.filter((label, row) => answers.some((given) => given[row] === label)).length / labels.length;
}

/** Mean log loss of the first less that of the second on the same pictures; the interval is a paired bootstrap. */
export function logLossDifference(first: Predictions, second: Predictions, options: BootstrapOptions = {}): Interval {
  const [a, b] = [first, second].map((one) => logLosses(one.labels, one.probabilities, one.classes.length));
  const differences = (a as Float64Array).map((loss, row) => loss - (b?.[row] ?? NaN));
  const mean = (weights: Uint16Array): number =>
    differences.reduce((sum, one, row) => sum + one * (weights[row] ?? 0), 0) / weights.reduce((sum, one) => sum + one, 0);
  const { difference } = bootstrapIntervals(
    differences.length,
    (weights) => ({ difference: mean(weights) }),
    settleBootstrap(options),
  );
  return difference as Interval;
}

function noModels(): never {
  throw new MessierError('evaluate/empty', 'At least one model expected, none received.');
}
