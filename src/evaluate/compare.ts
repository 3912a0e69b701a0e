import { MessierError } from '../core/errors.js';
import { bootstrapIntervals, settleBootstrap, type Bootstrap, type BootstrapOptions, type Figures } from './bootstrap.js';
import { confusionFigures, countCells } from './confusion.js';
import { holm } from './holm.js';
import { mostFrequent } from './judge.js';
import { mcnemar, type McNemar } from './mcnemar.js';
import { checkPredictions } from './predictions.js';
import { largest } from './scores.js';
import type { Interval, Predictions } from './types.js';

const figures = ['accuracy', 'balancedAccuracy', 'macroPrecision', 'macroRecall', 'macroF1'] as const;

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
  /** The exact p-value after Holm's correction for all pairs. */
  readonly adjusted: number;
}

/** The answer that is always the most frequent class of the pictures. */
export interface ConstantAnswer extends ComparedFigures {
  readonly label: string;
}

/** Which pairs are tested. */
export interface CompareOptions extends BootstrapOptions {
  /** Each with each, or each with the first alone, which leaves more power to the fewer tests. `all` unless told. */
  readonly against?: 'all' | 'first' | undefined;
}

/** Places of the two models of each pair, the earlier one first. */
export function pairsOf(count: number, against: CompareOptions['against'] = 'all'): (readonly [number, number])[] {
  const firsts = against === 'first' ? [0] : Array.from({ length: count }, (_, first) => first);
  return firsts.flatMap((first) => Array.from({ length: count - first - 1 }, (_, at) => [first, first + 1 + at] as const));
}

/** Several models on the same pictures. Plain JSON. */
export interface Comparison {
  readonly classes: readonly string[];
  readonly pictures: number;
  /** In the order given. */
  readonly models: readonly ComparedModel[];
  readonly pairs: readonly ComparedPair[];
  readonly baseline: ConstantAnswer;
  readonly bootstrap: Bootstrap;
}

/** A model's answers under a name. */
export interface NamedPredictions {
  readonly name: string;
  readonly predictions: Predictions;
}

/**
 * Compares the answers of several models on the same pictures: each with its intervals, each pair with the interval of its difference
 * (paired bootstrap) and McNemar's test, its p-values corrected for their number. One model alone gets its figures and no pairs.
 *
 * @throws MessierError `evaluate/compare` for no model, equal names, or other pictures, labels or classes; what
 * evaluatePredictions throws.
 *
 * @example
 * const { pairs } = comparePredictions([{ name: 'a', predictions: a }, { name: 'b', predictions: b }]);
 */
export function comparePredictions(models: readonly NamedPredictions[], options: CompareOptions = {}): Comparison {
  const bootstrap = settleBootstrap(options);
  const [reference] = models;
  if (!reference || new Set(models.map(({ name }) => name)).size < models.length) {
    throw new MessierError(
      'evaluate/compare',
      `Models with different names expected, [${models.map(({ name }) => name).join(', ')}] received.`,
    );
  }
  for (const { name, predictions } of models) {
    checkPredictions(predictions);
    checkSame(reference, name, predictions);
  }
  const { classes, labels } = reference.predictions;
  const answers = models.map(({ predictions }) => largest(predictions.probabilities, classes.length));
  const cells = answers.map((given) => labels.map((label, row) => label * classes.length + (given[row] as number)));
  const frequent = mostFrequent(labels, classes.length);
  const constant = labels.map((label) => label * classes.length + frequent);
  const pairs = pairsOf(models.length, options.against);
  const compute = (weights: Uint16Array): Figures => {
    const found: Record<string, number> = {};
    const each = [...cells, constant].map((of) => confusionFigures(countCells(of, weights, classes.length ** 2), classes.length));
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
    macroPrecision: intervals[`macroPrecision ${suffix}`] as Interval,
    macroRecall: intervals[`macroRecall ${suffix}`] as Interval,
    macroF1: intervals[`macroF1 ${suffix}`] as Interval,
  });
  const nameOf = (index: number): string => models[index]?.name ?? '';
  const right = answers.map((given) => given.map((answer, row) => (answer === labels[row] ? 1 : 0)));
  const onlyRight = (one: number, other: number): number =>
    (right[one] as Int32Array).reduce((sum, hit, row) => sum + (hit === 1 && right[other]?.[row] === 0 ? 1 : 0), 0);
  const tests = pairs.map(([first, second]) => mcnemar(onlyRight(first, second), onlyRight(second, first)));
  const adjusted = holm(tests.map(({ exact }) => exact));
  return {
    classes,
    pictures: labels.length,
    models: models.map(({ name }, index) => ({ name, ...pick(String(index)) })),
    pairs: pairs.map(([first, second], at) => ({
      first: nameOf(first),
      second: nameOf(second),
      difference: pick(`${first} ${second}`),
      mcnemar: tests[at] as McNemar,
      adjusted: adjusted[at] ?? 1,
    })),
    baseline: { label: classes[frequent] ?? '', ...pick(String(models.length)) },
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
