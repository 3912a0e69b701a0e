import { MessierError } from '../core/errors.js';
import { treeLayout } from '../votes/layout.js';
import { bootstrapIntervals, settleBootstrap, type Bootstrap, type Figures } from './bootstrap.js';
import { pairsOf, type CompareOptions } from './compare.js';
import { holm } from './holm.js';
import { pairedPermutation } from './paired-permutation.js';
import type { Interval } from './types.js';
import { checkVotes } from './votes.js';
import type { VotePredictions } from './votes-types.js';

/** Answers of a model of votes under a name. */
export interface NamedVotes {
  readonly name: string;
  readonly predictions: VotePredictions;
  /** Of the galaxies, row by row. */
  readonly ids: readonly string[];
}

/** The first model against the second one on the same galaxies. */
export interface VotesPair {
  readonly first: string;
  readonly second: string;
  /** Error of the first less that of the second; the interval comes from resamples that both share. */
  readonly difference: { readonly rmse: Interval };
  /** Two-sided, of {@link pairedPermutation} over the galaxies' sums of squared errors. */
  readonly permutation: number;
  /** The same after Holm's correction for all pairs. */
  readonly adjusted: number;
}

/** Several models of votes on the same galaxies. Plain JSON. */
export interface VotesComparison {
  readonly columns: readonly string[];
  readonly pictures: number;
  /** Root of the mean squared error over all shares, in the order given. */
  readonly models: readonly { readonly name: string; readonly rmse: Interval }[];
  readonly pairs: readonly VotesPair[];
  /** Always the mean, as the first model's predictions have it. */
  readonly baseline: { readonly rmse: Interval };
  readonly bootstrap: Bootstrap;
}

/** Random choices of signs behind a p-value: none is below 1 / (this + 1). */
const permutations = 9999;

/**
 * Compares models of votes on the same galaxies by the error over all their shares: each with its interval, each pair with the interval of its
 * difference (paired bootstrap) and a paired randomisation test.
 *
 * @throws MessierError `evaluate/compare` for no model, equal names, or other galaxies, votes or trees; what evaluateVotes throws.
 */
export function compareVotePredictions(models: readonly NamedVotes[], options: CompareOptions = {}): VotesComparison {
  const bootstrap = settleBootstrap(options);
  const [reference] = models;
  if (!reference || new Set(models.map(({ name }) => name)).size < models.length) {
    const names = models.map(({ name }) => name).join(', ');
    throw new MessierError('evaluate/compare', `Models with different names expected, [${names}] received.`);
  }
  for (const model of models) {
    checkVotes(model.predictions);
    checkSame(reference, model);
  }
  const { tree, observed, weights } = reference.predictions;
  const width = treeLayout(tree).columns.length;
  const answers = [...models.map(({ predictions }) => predictions.shares), constantAnswer(reference.predictions)];
  const errors = answers.map((shares) => squaredErrors(shares, observed, weights, width));
  const defined = sumRows(weights, width);
  const pairs = pairsOf(models.length, options.against);
  const compute = (times: Uint16Array): Figures => {
    const total = weighted(defined, times);
    const each = errors.map((of) => Math.sqrt(weighted(of, times) / total));
    return {
      ...Object.fromEntries(each.map((value, index) => [String(index), value])),
      ...Object.fromEntries(pairs.map(([first, second]) => [`${first} ${second}`, (each[first] ?? NaN) - (each[second] ?? NaN)])),
    };
  };
  const intervals = bootstrapIntervals(defined.length, compute, bootstrap);
  const of = (name: string): Interval => intervals[name] as Interval;
  const tests = pairs.map(([first, second]) =>
    pairedPermutation(
      (errors[first] ?? new Float64Array()).map((error, galaxy) => error - (errors[second]?.[galaxy] ?? 0)),
      { samples: permutations, seed: bootstrap.seed },
    ),
  );
  const adjusted = holm(tests);
  const nameOf = (index: number): string => models[index]?.name ?? '';
  return {
    columns: treeLayout(tree).columns,
    pictures: defined.length,
    models: models.map(({ name }, index) => ({ name, rmse: of(String(index)) })),
    pairs: pairs.map(([first, second], at) => ({
      first: nameOf(first),
      second: nameOf(second),
      difference: { rmse: of(`${first} ${second}`) },
      permutation: tests[at] ?? 1,
      adjusted: adjusted[at] ?? 1,
    })),
    baseline: { rmse: of(String(models.length)) },
    bootstrap,
  };
}

function constantAnswer({ shares, trainingMean }: VotePredictions): Float64Array {
  return Float64Array.from(shares, (_, at) => trainingMean[at % trainingMean.length] ?? 0);
}

/** Sum over the defined shares of each galaxy. */
function squaredErrors(
  shares: ArrayLike<number>,
  observed: ArrayLike<number>,
  weights: ArrayLike<number>,
  width: number,
): Float64Array {
  const sums = new Float64Array(shares.length / width);
  for (let at = 0; at < shares.length; at++) {
    const weight = weights[at] ?? 0;
    if (weight === 0) continue;
    const galaxy = Math.floor(at / width);
    sums[galaxy] = (sums[galaxy] ?? 0) + weight * ((shares[at] ?? 0) - (observed[at] ?? 0)) ** 2;
  }
  return sums;
}

/** Shares of each galaxy that are defined. */
function sumRows(weights: ArrayLike<number>, width: number): Float64Array {
  const sums = new Float64Array(weights.length / width);
  for (let at = 0; at < weights.length; at++) {
    const galaxy = Math.floor(at / width);
    sums[galaxy] = (sums[galaxy] ?? 0) + (weights[at] ?? 0);
  }
  return sums;
}

function weighted(values: Float64Array, times: Uint16Array): number {
  return values.reduce((sum, value, at) => sum + value * (times[at] ?? 0), 0);
}

function checkSame(reference: NamedVotes, { name, ids, predictions: { tree, observed, weights } }: NamedVotes): void {
  const [one, other] = [treeLayout(reference.predictions.tree).columns, treeLayout(tree).columns];
  const differs = (what: string, first: ArrayLike<string | number>, second: ArrayLike<string | number>): void => {
    const length = Math.max(first.length, second.length);
    for (let at = 0; at < length; at++) {
      if (first[at] === second[at]) continue;
      throw new MessierError(
        'evaluate/compare',
        `Models of votes are compared on the same galaxies, in the same order, with the same tree. ${what} ${at} of "${reference.name}" is ${first[at] ?? 'absent'}, of "${name}" ${second[at] ?? 'absent'}.`,
      );
    }
  };
  differs('Column', one, other);
  differs('Galaxy', reference.ids, ids);
  differs('Weight', reference.predictions.weights, weights);
  differs('Observed share', reference.predictions.observed, observed);
}
