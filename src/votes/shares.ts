/** Shares of votes as plain numbers: rows of K values after another, NaN where undefined. The same formulas as the heads, for readers and judges. */
import { treeLayout, type QuestionColumns } from './layout.js';
import { concentrationRange, type ShareActivation } from './heads.js';
import type { VoteTree } from './tree.js';

/** What may be read of rows. */
export type Rows = ArrayLike<number>;

/**
 * Fractions of those asked to shares of all volunteers: each times the share that reaches its question. A question that nobody reaches has the
 * shares 0, whatever its fractions are; one that is reached and has NaN among them has NaN, as has all that follows.
 */
export function pathShares(tree: VoteTree, fractions: Rows): Float64Array {
  const shares = Float64Array.from(fractions);
  eachQuestion(tree, shares, (row, { from, count }, reach) => {
    for (let column = row + from; column < row + from + count; column++) {
      shares[column] = reach === 0 ? 0 : (shares[column] ?? 0) * reach;
    }
  });
  return shares;
}

/** Shares of all volunteers to fractions of those asked: each divided by its question's sum. NaN where that is 0 or undefined. */
export function fractionsOf(tree: VoteTree, shares: Rows): Float64Array {
  const fractions = Float64Array.from(shares);
  eachQuestion(tree, fractions, (row, { from, count }) => {
    const own = fractions.subarray(row + from, row + from + count);
    const sum = own.reduce((total, one) => total + one, 0);
    own.forEach((one, answer) => (own[answer] = sum > 0 ? one / sum : NaN));
  });
  return fractions;
}

/** By how much the answers of one row miss the share that reaches their question, by question; NaN where undefined. */
export function sumGaps(tree: VoteTree, row: Rows): number[] {
  const gaps: number[] = treeLayout(tree).questions.map(() => NaN);
  eachQuestion(tree, row, (_, question, reach, at) => {
    let sum = 0;
    for (let column = question.from; column < question.from + question.count; column++) sum += row[column] ?? NaN;
    gaps[at] = Math.abs(sum - reach);
  });
  return gaps;
}

/** The shares of `treeShares`, from logits. */
export function sharesOfLogits(tree: VoteTree, logits: Rows, activation: ShareActivation = 'softmax'): Float64Array {
  const fractions = Float64Array.from(logits);
  eachQuestion(tree, fractions, (row, { from, count }) => {
    const own = fractions.subarray(row + from, row + from + count);
    own.set(activation === 'softmax' ? softmax(own) : sparsemax(own));
  });
  return pathShares(tree, fractions);
}

/** The concentrations of `dirichletConcentrations`, from logits. */
export function concentrationsOfLogits(logits: Rows): Float64Array {
  const { least, span } = concentrationRange;
  return Float64Array.from(logits, (logit) => least + span / (1 + Math.exp(-logit)));
}

/** The shares of `expectedShares`, from concentrations. */
export function sharesOfConcentrations(tree: VoteTree, concentrations: Rows): Float64Array {
  return pathShares(tree, fractionsOf(tree, concentrations));
}

/** Visits the questions of each row, each after all that lead to it, with the share that reaches it in `values` as they are then. */
function eachQuestion(
  tree: VoteTree,
  values: Rows,
  visit: (row: number, question: QuestionColumns, reach: number, at: number) => void,
): void {
  const { columns, questions, order } = treeLayout(tree);
  for (let row = 0; row < values.length; row += columns.length) {
    for (const at of order) {
      const question = questions[at];
      if (!question) continue;
      let reach = question.everyone ? 1 : 0;
      for (const parent of question.parents) for (const column of parent.columns) reach += values[row + column] ?? NaN;
      visit(row, question, reach, at);
    }
  }
}

function softmax(z: Float64Array): Float64Array {
  const most = Math.max(...z);
  const powers = z.map((one) => Math.exp(one - most));
  const sum = powers.reduce((total, one) => total + one, 0);
  return powers.map((one) => one / sum);
}

function sparsemax(z: Float64Array): Float64Array {
  const inside = z.filter((one) => z.reduce((sum, other) => sum + Math.max(other - one, 0), 0) < 1);
  const threshold = (inside.reduce((sum, one) => sum + one, 0) - 1) / inside.length;
  return z.map((one) => Math.max(one - threshold, 0));
}
