import type { Skipped } from '../dataset/types.js';
import { MessierError } from '../core/errors.js';
import { treeLayout } from '../votes/layout.js';
import { bootstrapIntervals, settleBootstrap, type BootstrapOptions } from './bootstrap.js';
import type { Interval } from './types.js';
import { dirichletSums, coverageLevels, type DirichletSums } from './votes-dirichlet.js';
import { voteSums, type VoteSums } from './votes-sums.js';
import type { DirichletFigures, QuestionFigures, VotePredictions, VotesEvaluation } from './votes-types.js';

/** How votes are judged. */
export interface EvaluateVotesOptions extends BootstrapOptions {
  /** What was not predicted, for the count. */
  readonly skipped?: readonly Skipped[] | undefined;
}

/**
 * Judges predicted votes: every figure of {@link VotesEvaluation}, with percentile bootstrap intervals over galaxies. Undefined shares (weight 0) do not
 * count anywhere.
 *
 * @throws MessierError `evaluate/empty` without galaxies, `evaluate/size` where matrices do not fit, `evaluate/not-finite` for what is no number,
 * `evaluate/bootstrap`.
 *
 * @example
 * const { rmse, baseline } = evaluateVotes({ tree, shares, observed: votes.shares, weights: votes.weights, trainingMean: meanShares(training) });
 * console.log(`${rmse.value} (${rmse.low} to ${rmse.high}); always the mean: ${baseline.value}`);
 */
export function evaluateVotes(predictions: VotePredictions, options: EvaluateVotesOptions = {}): VotesEvaluation {
  checkVotes(predictions);
  const bootstrap = settleBootstrap(options);
  const sums = voteSums(predictions);
  const dirichlet = predictions.dirichlet && dirichletSums(predictions.tree, predictions.dirichlet, bootstrap.seed);
  const intervals = bootstrapIntervals(
    sums.galaxies,
    (weights) => ({ ...sums.figures(weights), ...dirichlet?.figures(weights) }),
    bootstrap,
  );
  const of = (name: string): Interval => intervals[name] as Interval;
  const optional = (name: string): Interval | null => (Number.isNaN(of(name).value) ? null : of(name));
  const { skipped = [] } = options;
  return {
    tree: predictions.tree.name,
    columns: treeLayout(predictions.tree).columns,
    rmse: of('rmse'),
    baseline: of('baseline'),
    zeros: of('zeros'),
    gain: of('gain'),
    questions: questionsOf(predictions, sums, optional),
    calibration: { error: of('calibration'), bins: sums.bins },
    ...(dirichlet ? { dirichlet: dirichletOf(dirichlet, of) } : {}),
    bootstrap,
    items: { counted: sums.galaxies, skipped: skipped.length, skippedItems: skipped },
  };
}

/** Mean of the defined shares of each column: (K). Columns that are nowhere defined get 0. */
export function meanShares(
  { shares, weights }: { readonly shares: ArrayLike<number>; readonly weights: ArrayLike<number> },
  columns: number,
): Float64Array {
  const mean = new Float64Array(columns);
  const total = new Float64Array(columns);
  for (let at = 0; at < shares.length; at++) {
    const column = at % columns;
    const weight = weights[at] ?? 0;
    if (weight === 0) continue;
    mean[column] = (mean[column] ?? 0) + weight * (shares[at] ?? 0);
    total[column] = (total[column] ?? 0) + weight;
  }
  return mean.map((sum, column) => (total[column] === 0 ? 0 : sum / (total[column] ?? 1)));
}

function questionsOf({ tree }: VotePredictions, sums: VoteSums, optional: (name: string) => Interval | null): QuestionFigures[] {
  const { questions } = treeLayout(tree);
  return tree.questions.map(({ key, text, answers }, at) => ({
    key,
    text,
    rmse: optional(`rmse ${at}`),
    baseline: optional(`baseline ${at}`),
    accuracy: optional(`accuracy ${at}`),
    asked: sums.asked[at] ?? 0,
    answers: answers.map((answer, number) => ({
      key: answer.key,
      column: answer.column,
      ...sums.column((questions[at]?.from ?? 0) + number),
    })),
  }));
}

function dirichletOf(sums: DirichletSums, of: (name: string) => Interval): DirichletFigures {
  const coverage = coverageLevels.map((level) => ({ level, covered: of(`covered ${level}`) }));
  return { logLoss: of('logLoss'), coverage, counts: sums.counts };
}

export function checkVotes({ tree, shares, observed, weights, trainingMean, dirichlet }: VotePredictions): void {
  const columns = treeLayout(tree).columns.length;
  const cells = shares.length;
  if (cells === 0) throw new MessierError('evaluate/empty', 'There are no galaxies to judge. Pass at least one row of shares.');
  const sizes: Readonly<Record<string, readonly [ArrayLike<number> | undefined, number]>> = {
    observed: [observed, cells],
    weights: [weights, cells],
    trainingMean: [trainingMean, columns],
    concentrations: [dirichlet?.concentrations, cells],
    counts: [dirichlet?.counts, cells],
  };
  if (cells % columns !== 0) throw size('shares', `rows of ${columns}`, cells);
  for (const [name, [values, wanted]] of Object.entries(sizes)) {
    if (values && values.length !== wanted) throw size(name, String(wanted), values.length);
    if (values && name !== 'observed') checkFinite(name, values, () => true);
  }
  checkFinite('shares', shares, () => true);
  checkFinite('observed', observed, (at) => weights[at] !== 0);
}

function size(name: string, wanted: string, received: number): MessierError {
  return new MessierError(
    'evaluate/size',
    `${name}: ${wanted} numbers expected, ${received} received. Pass one row for each galaxy.`,
  );
}

function checkFinite(name: string, values: ArrayLike<number>, counts: (at: number) => boolean): void {
  for (let at = 0; at < values.length; at++) {
    if (Number.isFinite(values[at]) || !counts(at)) continue;
    throw new MessierError('evaluate/not-finite', `${name}: finite numbers expected, ${String(values[at])} received at ${at}.`);
  }
}

/**
 * What a validation is judged by: `rmse`, its square `loss` (that of `voteShareLoss`), and `accuracy` of the first question. Those that are undefined
 * are absent.
 */
export function quickVotes({
  tree,
  shares,
  observed,
  weights,
}: Omit<VotePredictions, 'trainingMean' | 'dirichlet'>): Readonly<Record<string, number>> {
  const sums = voteSums({ tree, shares, observed, weights, trainingMean: new Float64Array(treeLayout(tree).columns.length) });
  const { rmse = NaN, 'accuracy 0': accuracy = NaN } = sums.figures(new Uint16Array(sums.galaxies).fill(1));
  return Object.fromEntries(Object.entries({ rmse, loss: rmse ** 2, accuracy }).filter(([, value]) => Number.isFinite(value)));
}
