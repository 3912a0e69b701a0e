import { randomStream } from '../core/random.js';
import { betaBinomial } from '../votes/beta.js';
import { countLosses, sums } from '../votes/counts.js';
import { treeLayout } from '../votes/layout.js';
import type { VoteTree } from '../votes/tree.js';
import type { Figures } from './bootstrap.js';
import type { VotePredictions } from './votes-types.js';

/** Shares of the counts that central intervals should hold. */
export const coverageLevels = [0.5, 0.8, 0.9, 0.95] as const;

/** What of counts does not depend on how often a galaxy counts. */
export interface DirichletSums {
  readonly figures: (weights: Uint16Array) => Figures;
  /** Counts that were looked at. */
  readonly counts: number;
}

/**
 * Log losses, and where each count k of n lies in its Beta-binomial distribution (a, A - a), which is what n volunteers vote if the Dirichlet distribution
 * is right. Counts jump, so their place is P(K < k) + v P(K = k) with v drawn evenly (Brockwell 2007, doi:10.1016/j.spl.2007.02.008): even between 0 and
 * 1 where the model is right, whatever n is. The central interval of level L holds the places from (1 - L) / 2 to (1 + L) / 2.
 */
export function dirichletSums(
  tree: VoteTree,
  { concentrations, counts }: NonNullable<VotePredictions['dirichlet']>,
  seed: number,
): DirichletSums {
  const { columns, questions } = treeLayout(tree);
  const losses = countLosses(tree, concentrations, counts);
  const inside = coverageLevels.map(() => new Float64Array(losses.length));
  const looked = new Float64Array(losses.length);
  const random = randomStream(seed, 'coverage');
  for (let galaxy = 0; galaxy < losses.length; galaxy++) {
    for (const question of questions) {
      const { answers, asked, precision } = sums(question, galaxy * columns.length, concentrations, counts);
      const total = Math.round(asked);
      if (total === 0) continue;
      for (const { a, k } of answers) {
        const { below, at } = betaBinomial(Math.min(total, Math.round(k)), total, a, precision - a);
        const off = Math.abs(below + random.uniform() * at - 0.5);
        looked[galaxy] = (looked[galaxy] ?? 0) + 1;
        coverageLevels.forEach((level, number) => {
          const row = inside[number];
          if (row && off <= level / 2) row[galaxy] = (row[galaxy] ?? 0) + 1;
        });
      }
    }
  }
  const sum = (values: Float64Array | undefined, weights: Uint16Array): number =>
    weights.reduce((total, weight, galaxy) => total + weight * (values?.[galaxy] ?? 0), 0);
  const figures = (weights: Uint16Array): Figures => {
    const total = sum(looked, weights);
    const covered = coverageLevels.map((level, number) => [`covered ${level}`, sum(inside[number], weights) / total] as const);
    return { ...Object.fromEntries(covered), logLoss: sum(losses, weights) / weights.reduce((all, one) => all + one, 0) };
  };
  return { figures, counts: looked.reduce((all, one) => all + one, 0) };
}
