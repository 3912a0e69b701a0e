import { MessierError } from '../core/errors.js';
import { bootstrapIntervals, settleBootstrap, type Bootstrap, type BootstrapOptions, type Figures } from './bootstrap.js';
import { confusionFigures, countCells } from './confusion.js';
import { mcnemar, type McNemar } from './mcnemar.js';
import { checkPredictions } from './predictions.js';
import { largest } from './scores.js';
import type { Interval, Predictions } from './types.js';

const figures = ['accuracy', 'balancedAccuracy', 'macroF1'] as const;

/** The figures in which models are compared. */
export type ComparedFigures = Readonly<Record<(typeof figures)[number], Interval>>;

/** One model's line of a comparison. */
export interface ComparedModel extends ComparedFigures {
  readonly name: string;
}

/** The first model against the second one on the same pictures. */
export interface ComparedPair {
  readonly first: string;
  readonly second: string;
  /** First less second; the interval comes from resamples that both share. */
  readonly difference: ComparedFigures;
  readonly mcnemar: McNemar;
}

/** Several models on the same pictures. Plain JSON. */
export interface Comparison {
  readonly classes: readonly string[];
  readonly pictures: number;
  /** In the order given. */
  readonly models: readonly ComparedModel[];
  readonly pairs: readonly ComparedPair[];
  readonly bootstrap: Bootstrap;
}

/** A model's answers under a name. */
export interface NamedPredictions {
  readonly name: string;
  readonly predictions: Predictions;
}

/**
 * Compares the answers of several models on the same pictures: each with its intervals, each pair with the interval of its difference
 * (paired bootstrap) and McNemar's test.
 *
 * @throws MessierError `evaluate/compare` for fewer than two models, equal names, or other pictures, labels or classes; what
 * evaluatePredictions throws.
 *
 * @example
 * const { pairs } = comparePredictions([{ name: 'a', predictions: a }, { name: 'b', predictions: b }]);
 */
export function comparePredictions(models: readonly NamedPredictions[], options: BootstrapOptions = {}): Comparison {
  const bootstrap = settleBootstrap(options);
  const [reference] = models;
  if (!reference || models.length < 2 || new Set(models.map(({ name }) => name)).size < models.length) {
    throw new MessierError(
      'evaluate/compare',
      `At least two models with different names expected, [${models.map(({ name }) => name).join(', ')}] received.`,
    );
  }
  for (const { name, predictions } of models) {
    checkPredictions(predictions);
    checkSame(reference, name, predictions);
  }
  const { classes, labels } = reference.predictions;
  const answers = models.map(({ predictions }) => largest(predictions.probabilities, classes.length));
  const cells = answers.map((given) => labels.map((label, row) => label * classes.length + (given[row] as number)));
  const pairs = models.flatMap((_, first) => models.slice(first + 1).map((_, offset) => [first, first + 1 + offset] as const));
  const compute = (weights: Uint16Array): Figures => {
    const found: Record<string, number> = {};
    const each = cells.map((of) => confusionFigures(countCells(of, weights, classes.length ** 2), classes.length));
    for (const figure of figures) {
      each.forEach((one, index) => (found[`${figure} ${index}`] = one[figure]));
      for (const [first, second] of pairs) {
        found[`${figure} ${first} ${second}`] = (each[first]?.[figure] ?? NaN) - (each[second]?.[figure] ?? NaN);
      }
    }
    return found;
  };
  const intervals = bootstrapIntervals(labels.length, compute, bootstrap);
  const pick = (suffix: string): ComparedFigures => ({
    accuracy: intervals[`accuracy ${suffix}`] as Interval,
    balancedAccuracy: intervals[`balancedAccuracy ${suffix}`] as Interval,
    macroF1: intervals[`macroF1 ${suffix}`] as Interval,
  });
  const nameOf = (index: number): string => models[index]?.name ?? '';
  const right = answers.map((given) => given.map((answer, row) => (answer === labels[row] ? 1 : 0)));
  const onlyRight = (one: number, other: number): number =>
    (right[one] as Int32Array).reduce((sum, hit, row) => sum + (hit === 1 && right[other]?.[row] === 0 ? 1 : 0), 0);
  return {
    classes,
    pictures: labels.length,
    models: models.map(({ name }, index) => ({ name, ...pick(String(index)) })),
    pairs: pairs.map(([first, second]) => ({
      first: nameOf(first),
      second: nameOf(second),
      difference: pick(`${first} ${second}`),
      mcnemar: mcnemar(onlyRight(first, second), onlyRight(second, first)),
    })),
    bootstrap,
  };
}

function checkSame(reference: NamedPredictions, name: string, { classes, ids, labels }: Predictions): void {
  const { predictions } = reference;
  const differs = (what: string, one: ArrayLike<string | number>, other: ArrayLike<string | number>): void => {
    const length = Math.max(one.length, other.length);
    for (let at = 0; at < length; at++) {
      if (one[at] === other[at]) continue;
      throw new MessierError(
        'evaluate/compare',
        `Models are compared on the same pictures, in the same order, with the same labels and classes. ${what} ${at} of "${reference.name}" is ${one[at] ?? 'absent'}, of "${name}" ${other[at] ?? 'absent'}.`,
      );
    }
  };
  differs('Class', predictions.classes, classes);
  differs('Picture', predictions.ids, ids);
  differs('Label', predictions.labels, labels);
}
