/** What Dirichlet concentrations say, as plain numbers: rows of K values after another. */
import { betaQuantile, logGammaOf } from './beta.js';
import { treeLayout, type QuestionColumns } from './layout.js';
import { sharesOfConcentrations, type Rows } from './shares.js';
import type { VoteTree } from './tree.js';

/** -log P of the counts of each row, as `voteCountLoss` has it: (N). Questions that nobody was asked add 0. */
export function countLosses(tree: VoteTree, concentrations: Rows, counts: Rows): Float64Array {
  const { columns, questions } = treeLayout(tree);
  const losses = new Float64Array(counts.length / columns.length);
  losses.forEach((_, row) => {
    let loss = 0;
    for (const question of questions) {
      const { answers, asked, precision } = sums(question, row * columns.length, concentrations, counts);
      if (asked === 0) continue;
      loss -= logGammaOf(precision) - logGammaOf(precision + asked) + logGammaOf(asked + 1);
      for (const { a, k } of answers) loss -= logGammaOf(a + k) - logGammaOf(a) - logGammaOf(k + 1);
    }
    losses[row] = loss;
  });
  return losses;
}

/** A fraction of those asked, and the central interval that the model gives it. */
export interface ShareInterval {
  readonly column: string;
  /** Expected fraction of those asked. */
  readonly fraction: number;
  readonly low: number;
  readonly high: number;
  /** Expected share of all volunteers. */
  readonly share: number;
}

/**
 * Of one row of concentrations: for each answer the expected fraction of those asked, between the quantiles (1 - level) / 2 and (1 + level) / 2 of its
 * Beta(a, A - a) distribution, and the expected share of all volunteers.
 */
export function shareIntervals(tree: VoteTree, concentrations: Rows, level = 0.9): ShareInterval[] {
  const { columns, questions } = treeLayout(tree);
  const shares = sharesOfConcentrations(tree, concentrations);
  return questions.flatMap((question) => {
    const { answers, precision } = sums(question, 0, concentrations, concentrations);
    return answers.map(({ a }, answer) => {
      const quantile = (p: number): number => betaQuantile(p, a, precision - a);
      const column = question.from + answer;
      return {
        column: columns[column] ?? '',
        fraction: a / precision,
        low: quantile((1 - level) / 2),
        high: quantile((1 + level) / 2),
        share: shares[column] ?? 0,
      };
    });
  });
}

/** A question of the row that starts at `start`: concentrations a and counts k of its answers, and their sums. */
export function sums(
  { from, count }: QuestionColumns,
  start: number,
  concentrations: Rows,
  counts: Rows,
): {
  readonly answers: readonly { readonly a: number; readonly k: number }[];
  readonly asked: number;
  readonly precision: number;
} {
  const answers = Array.from({ length: count }, (_, answer) => {
    const at = start + from + answer;
    return { a: concentrations[at] ?? NaN, k: counts[at] ?? 0 };
  });
  const total = (pick: (one: { a: number; k: number }) => number): number => answers.reduce((sum, one) => sum + pick(one), 0);
  return { answers, asked: total(({ k }) => k), precision: total(({ a }) => a) };
}
