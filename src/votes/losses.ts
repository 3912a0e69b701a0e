/** Losses over votes. They take the network's logits (N, K) and apply the head, so that every network ends in `logits`. */
import type { Loss, LossTerms } from '../autodiff/losses.js';
import type { Value } from '../onnx/assembler.js';
import type { GraphBuilder } from '../onnx/builder.js';
import { checkColumns, columns, dirichletConcentrations, treeShares, type ShareActivation } from './heads.js';
import { treeLayout } from './layout.js';
import { logGamma } from './log-gamma.js';
import type { VoteTree } from './tree.js';

/** Options of {@link voteShareLoss} and {@link voteCountLoss}. */
export interface VoteLossOptions {
  /** Adds an input `weights` float32 (N, K): 0 where a target is undefined, else usually 1. */
  readonly weights?: boolean;
}

/** Options of {@link voteShareLoss}. */
export interface VoteShareLossOptions extends VoteLossOptions {
  readonly activation?: ShareActivation;
}

/**
 * sum of w (s - t)^2 / sum of w over all N K shares, s being {@link treeShares} of the logits: the square of the Kaggle challenge's figure.
 *
 * Reads `targets` float32 (N, K), shares of all volunteers. The metric `correct` counts the rows whose most voted answer to the first question is
 * also the predicted one.
 */
export function voteShareLoss(tree: VoteTree, { activation = 'softmax', weights = false }: VoteShareLossOptions = {}): Loss {
  return (g, logits) => {
    const shares = treeShares(g, logits, tree, activation);
    const { targets, each } = inputs(g, logits, tree, weights);
    const difference = g.sub(shares, targets);
    const squares = g.mul(difference, difference);
    const loss = each ? weightedMean(g, squares, each) : g.reduceMean(squares, [0, 1], false);
    return { loss, metrics: firstAnswers(g, tree, shares, targets, each) };
  };
}

/**
 * Mean over the galaxies of -sum over the questions q of log P(k_q | a_q), the Dirichlet-multinomial probability of the counts k of n_q answers
 * given concentrations a of sum A: log P = log G(A) - log G(A + n) + log G(n + 1) + sum over answers of log G(a + k) - log G(a) - log G(k + 1) with
 * G the gamma function. Questions that nobody was asked add 0. The concentrations are {@link dirichletConcentrations} of the logits.
 *
 * Reads `targets` float32 (N, K), counts of volunteers; `weights` of 0 leave answers out as if nobody had given them. The metric is that of
 * {@link voteShareLoss}. Source: Walmsley et al. 2020 (MNRAS 491, 1554), 2022 (MNRAS 509, 3966).
 */
export function voteCountLoss(tree: VoteTree, { weights = false }: VoteLossOptions = {}): Loss {
  return (g, logits) => {
    checkColumns(logits, tree);
    const concentrations = dirichletConcentrations(g, logits);
    const { targets, each } = inputs(g, logits, tree, weights);
    const counts = each ? g.mul(targets, each) : targets;
    const [asked, precision] = [questionSums(g, tree, counts), questionSums(g, tree, concentrations)];
    const one = g.scalar(1);
    const answers = g.sub(rising(g, concentrations, counts), logGamma(g, g.add(counts, one)));
    const questions = g.sub(rising(g, precision, asked), logGamma(g, g.add(asked, one)));
    const perGalaxy = g.sub(g.reduceSum(questions, [1], false), g.reduceSum(answers, [1], false));
    return { loss: g.reduceMean(perGalaxy, [0], false), metrics: firstAnswers(g, tree, concentrations, counts, each) };
  };
}

/** log G(x + n) - log G(x). */
function rising(g: GraphBuilder, x: Value, n: Value): Value {
  return g.sub(logGamma(g, g.add(x, n)), logGamma(g, x));
}

/** (N, K) to (N, Q): the sum of each question's answers. */
function questionSums(g: GraphBuilder, tree: VoteTree, x: Value): Value {
  const { columns: names, questions } = treeLayout(tree);
  const belongs = names.flatMap((_, column) =>
    questions.map(({ from, count }) => (column >= from && column < from + count ? 1 : 0)),
  );
  return g.matmul(x, g.floats([names.length, questions.length], belongs));
}

function inputs(g: GraphBuilder, logits: Value, tree: VoteTree, weights: boolean): { targets: Value; each: Value | undefined } {
  const shape = [logits.shape?.[0] ?? 'N', treeLayout(tree).columns.length];
  const targets = g.input('targets', 'float32', shape);
  return { targets, each: weights ? g.input('weights', 'float32', shape) : undefined };
}

function weightedMean(g: GraphBuilder, values: Value, weights: Value): Value {
  const sum = (value: Value): Value => g.reduceSum(value, [0, 1], false);
  // A batch of nothing but undefined targets has the loss 0.
  return g.div(sum(g.mul(values, weights)), g.op('Max', [sum(weights), g.scalar(1e-6)]));
}

/** Rows whose largest answer to the first question is the same in both, among those that have one. */
function firstAnswers(
  g: GraphBuilder,
  tree: VoteTree,
  predicted: Value,
  targets: Value,
  weights: Value | undefined,
): LossTerms['metrics'] {
  const count = treeLayout(tree).questions[0]?.count ?? 0;
  const first = (value: Value): Value => columns(g, value, 0, count);
  const best = (value: Value): Value => g.op('ArgMax', [first(value)], { axis: 1, keepdims: 0 });
  const defined = first(weights ? g.mul(targets, weights) : targets);
  const has = g.cast(g.greater(g.reduceSum(defined, [1], false), g.scalar(0)), 'float32');
  return { correct: g.reduceSum(g.mul(g.cast(g.equal(best(predicted), best(targets)), 'float32'), has), [0], false) };
}
