import { MessierError } from '../core/errors.js';
import { randomStream, type RandomStream } from '../core/random.js';
import type { SimulatedGalaxy } from '../sky/simulate.js';
import { answerWeights } from '../sky/volunteers.js';
import { treeLayout } from './layout.js';
import { fractionsOf, pathShares } from './shares.js';
import type { VoteTree } from './tree.js';

/** Most volunteers for one galaxy. */
export const mostVolunteers = 100_000;

/** Votes on a simulated galaxy, K values each. */
export interface SimulatedVotes {
  /** Of volunteers. */
  readonly counts: Float64Array;
  /** Of all volunteers, as in the Kaggle challenge; NaN where nobody was asked and the tree says nothing. */
  readonly shares: Float64Array;
  /** What the shares of infinitely many volunteers would be. */
  readonly truth: Float64Array;
}

/** How votes are simulated. */
export interface SimulateVotesOptions {
  /** 40 to 50 looked at each galaxy of Galaxy Zoo 2. */
  readonly volunteers: number;
  readonly seed: number;
  /** Number of the galaxy among those of its kind. */
  readonly index: number;
}

/**
 * Each volunteer answers the first question, goes where the answer leads, and so on; what is answered follows {@link answerWeights}. The sums of the tree
 * hold exactly in `counts` (every question has as many votes as led to it), and within rounding in `shares`.
 *
 * @throws MessierError `votes/simulation` for no or too many volunteers, and for a tree with questions or answers that simulated galaxies know nothing of.
 *
 * @example
 * const galaxy = simulateGalaxy('barred', { seed: 1, index: 7 });
 * const { shares } = simulateVotes(galaxy, loadTree('galaxy-zoo-2'), { volunteers: 40, seed: 1, index: 7 });
 */
export function simulateVotes(
  galaxy: SimulatedGalaxy,
  tree: VoteTree,
  { volunteers, seed, index }: SimulateVotesOptions,
): SimulatedVotes {
  if (!Number.isInteger(volunteers) || volunteers < 1 || volunteers > mostVolunteers) {
    throw new MessierError('votes/simulation', `1 to ${mostVolunteers} volunteers expected, ${volunteers} received.`);
  }
  const fractions = answerFractions(galaxy, tree);
  const random = randomStream(seed, 'volunteers', galaxy.kind, index);
  const { columns } = treeLayout(tree);
  const counts = new Float64Array(columns.length);
  for (let volunteer = 0; volunteer < volunteers; volunteer++) walk(tree, fractions, counts, random);
  return { counts, shares: pathShares(tree, fractionsOf(tree, counts)), truth: pathShares(tree, fractions) };
}

/** One volunteer's way: adds 1 to each answer that is given. */
function walk(tree: VoteTree, fractions: Float64Array, counts: Float64Array, random: RandomStream): void {
  const { questions } = treeLayout(tree);
  let at = 0;
  for (;;) {
    const [question, columns] = [tree.questions[at], questions[at]];
    if (!question || !columns) return;
    let left = random.uniform();
    let answer = 0;
    while (answer < columns.count - 1 && left >= (fractions[columns.from + answer] ?? 0)) {
      left -= fractions[columns.from + answer] ?? 0;
      answer++;
    }
    const column = columns.from + answer;
    counts[column] = (counts[column] ?? 0) + 1;
    const next = question.answers[answer]?.next;
    at = next === undefined ? -1 : tree.questions.findIndex(({ key }) => key === next);
  }
}

/** Probability of each answer among those asked. */
function answerFractions(galaxy: SimulatedGalaxy, tree: VoteTree): Float64Array {
  const weights = answerWeights(galaxy);
  const values = tree.questions.flatMap(({ key: question, answers }) => {
    const own = answers.map(({ key: answer }) => {
      // Keys come from files: "constructor" is one that every object has.
      const known = Object.hasOwn(weights, question) ? (weights[question] ?? {}) : {};
      const weight = Object.hasOwn(known, answer) ? known[answer] : undefined;
      if (weight !== undefined) return weight;
      throw new MessierError(
        'votes/simulation',
        `Simulated volunteers know no answer "${answer}" to "${question}" (tree "${tree.name}"). Use galaxy-zoo-2, galaxy-zoo-decals, or a tree of their keys.`,
      );
    });
    const sum = own.reduce((total, one) => total + one, 0);
    return own.map((one) => one / sum);
  });
  return Float64Array.from(values);
}
