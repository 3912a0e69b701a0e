/** From logits to shares that respect a tree. Shapes are (N, K), columns in the order of the tree's answers. */
import { MessierError } from '../core/errors.js';
import type { Value } from '../onnx/assembler.js';
import type { GraphBuilder } from '../onnx/builder.js';
import { treeLayout, type QuestionColumns } from './layout.js';
import type { VoteTree } from './tree.js';

/**
 * How the logits of a question become fractions that add up to 1.
 *
 * `softmax`: none is ever 0. `sparsemax`: the nearest point of the simplex (Martins & Astudillo 2016, arXiv:1602.02068), where answers far below
 * the best are exactly 0, as the fractions of few volunteers often are. Unlike a rectified sum divided by itself it is defined everywhere and
 * always adds up to 1. Its answers at 0 take no gradient until the others come near; with the squared error that is what is wanted.
 */
export const shareActivations = ['softmax', 'sparsemax'] as const;
export type ShareActivation = (typeof shareActivations)[number];

/**
 * s_qa = f(z_q)_a * r_q with r_q = 1 for questions asked of everyone and elsewhere the sum of the s of all answers that lead to q: the share of the
 * volunteers who give answer a. The answers of each question add up to the share that reaches it, within rounding (1e-6).
 *
 * Means of such shares over views respect the tree as well, so test-time averaging may average the shares.
 *
 * @param logits float32 (N, K).
 * @returns float32 (N, K).
 * @throws MessierError `votes/shape`.
 */
export function treeShares(g: GraphBuilder, logits: Value, tree: VoteTree, activation: ShareActivation = 'softmax'): Value {
  checkColumns(logits, tree);
  return alongTree(g, tree, ({ from, count }) => {
    const own = columns(g, logits, from, count);
    return activation === 'softmax' ? g.softmax(own, 1) : sparsemax(g, own);
  });
}

/** Least and span of concentrations, as in Zoobot: at least 1, so that no density is infinite; at most 101, as precise as 100 volunteers. */
export const concentrationRange = { least: 1, span: 100 } as const;

/**
 * 1 + 100 sigmoid(z): concentrations of one Dirichlet distribution a question (Walmsley et al. 2020, arXiv:1905.07424).
 *
 * @param logits float32 (N, K).
 * @returns float32 (N, K).
 */
export function dirichletConcentrations(g: GraphBuilder, logits: Value): Value {
  const { least, span } = concentrationRange;
  return g.add(g.mul(g.sigmoid(logits), g.scalar(span)), g.scalar(least));
}

/**
 * a_qa / sum of a_q, times the share that reaches q: expected shares of all volunteers. They respect the tree as {@link treeShares} do.
 *
 * @param concentrations float32 (N, K), positive.
 * @returns float32 (N, K).
 * @throws MessierError `votes/shape`.
 */
export function expectedShares(g: GraphBuilder, concentrations: Value, tree: VoteTree): Value {
  checkColumns(concentrations, tree);
  return alongTree(g, tree, ({ from, count }) => {
    const own = columns(g, concentrations, from, count);
    return g.div(own, g.reduceSum(own, [1]));
  });
}

/** @throws MessierError `votes/shape` where a value is not (N, K). */
export function checkColumns({ name, shape }: Value, tree: VoteTree): void {
  const wanted = treeLayout(tree).columns.length;
  if (shape?.length === 2 && (shape[1] === wanted || typeof shape[1] === 'string')) return;
  throw new MessierError(
    'votes/shape',
    `The tree "${tree.name}" has ${wanted} answers: (N, ${wanted}) expected, "${name}" is (${shape?.join(', ') ?? '?'}). Give the network ${wanted} outputs.`,
  );
}

/** Columns `from` to `from + count` of (N, K). */
export function columns(g: GraphBuilder, x: Value, from: number, count: number): Value {
  return g.slice(x, { starts: [from], ends: [from + count], axes: [1] });
}

/** Fractions of those asked, question by question, times what reaches it. */
function alongTree(g: GraphBuilder, tree: VoteTree, fractions: (question: QuestionColumns) => Value): Value {
  const { questions, order } = treeLayout(tree);
  const shares = new Map<number, Value>();
  for (const at of order) {
    const question = questions[at];
    if (!question) continue;
    const own = fractions(question);
    const [first, ...rest] = question.parents.map((parent) => led(g, shares, questions, parent));
    shares.set(at, first ? g.mul(own, g.sum(first, ...rest)) : own);
  }
  return g.concat(
    questions.flatMap((_, at) => shares.get(at) ?? []),
    1,
  );
}

/** (N, 1): the sum of the shares of a question's answers that lead on. */
function led(
  g: GraphBuilder,
  shares: ReadonlyMap<number, Value>,
  questions: readonly QuestionColumns[],
  { question, columns: numbers, all }: QuestionColumns['parents'][number],
): Value {
  const share = shares.get(question);
  if (!share) throw new RangeError('A question stands before one that leads to it.');
  if (all) return g.reduceSum(share, [1]);
  const from = questions[question]?.from ?? 0;
  const count = questions[question]?.count ?? 0;
  // One product with a column of 0 and 1: fewer nodes than a slice for each answer.
  const chosen = Array.from({ length: count }, (_, answer) => (numbers.includes(from + answer) ? 1 : 0));
  return g.matmul(share, g.floats([count, 1], chosen));
}

/**
 * p = max(z - t, 0) with t such that the row adds up to 1. Answer i is above t exactly where sum over j of max(z_j - z_i, 0) < 1, which needs no
 * sorting; the gradient, dp = dz - mean of dz over the answers above t, is that of the formula below with those answers fixed.
 */
function sparsemax(g: GraphBuilder, z: Value): Value {
  const above = g.reduceSum(g.relu(g.sub(g.unsqueeze(z, [1]), g.unsqueeze(z, [2]))), [2], false);
  const inside = g.cast(g.less(above, g.scalar(1)), 'float32');
  const count = g.reduceSum(inside, [1]);
  const threshold = g.div(g.sub(g.reduceSum(g.mul(inside, z), [1]), g.scalar(1)), count);
  return g.mul(inside, g.sub(z, threshold));
}
