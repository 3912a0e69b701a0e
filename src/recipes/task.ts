/** What a run learns: classes, or shares of votes. */
import type { Loss } from '../autodiff/index.js';
import { pickVotes, type VoteTable } from '../dataset/open-votes.js';
import type { Columns } from '../dataset/types.js';
import { judgeClasses, type Validation } from '../train/index.js';
import { quickVotes } from '../evaluate/votes.js';
import {
  concentrationsOfLogits,
  countLosses,
  sharesOfConcentrations,
  sharesOfLogits,
  treeLayout,
  voteCountLoss,
  voteShareLoss,
} from '../votes/index.js';
import type { VoteTree } from '../votes/index.js';
import type { VoteHead } from '../votes/vote-head.js';
import { countClasses, type Prepared, type PreparedItem } from './prepare.js';
import type { Recipe } from './schema.js';
import { lossOf } from './settings.js';

/** What differs between tasks while a network learns. */
export interface Task {
  /** Numbers that the network answers with. */
  readonly outputs: number;
  /** Names of the outputs: classes, or the tree's columns. */
  readonly names: readonly string[];
  readonly loss: Loss;
  /** What the loss reads besides the shares of the classes. */
  readonly targets: (items: readonly PreparedItem[]) => Columns;
  /** How answers on these items are judged. */
  readonly judge: (items: readonly PreparedItem[]) => Validation['judge'];
}

/** The recipe's task on these data. */
export function taskOf(recipe: Recipe, { votes, rule, items }: Pick<Prepared, 'votes' | 'rule' | 'items'>): Task {
  if (votes) return votesTask(recipe, votes);
  const classes = rule.classes.length;
  const learning = items.filter(({ part }) => part === 'train');
  return {
    outputs: classes,
    names: rule.classes,
    loss: lossOf(recipe, countClasses(learning, classes)),
    targets: () => ({}),
    judge: (judged) =>
      judgeClasses(
        Int32Array.from(judged, ({ classIndex }) => classIndex),
        classes,
      ),
  };
}

function votesTask({ votes: { head } }: Recipe, votes: VoteTable): Task {
  const { tree } = votes;
  const { columns } = treeLayout(tree);
  const rows = (items: readonly PreparedItem[]) =>
    pickVotes(
      votes,
      items.map(({ id }) => id),
    );
  return {
    outputs: columns.length,
    names: columns,
    loss:
      head === 'dirichlet' ? voteCountLoss(tree, { weights: true }) : voteShareLoss(tree, { activation: head, weights: true }),
    targets(items) {
      const { counts, shares, weights } = rows(items);
      const width = columns.length;
      const targets = head === 'dirichlet' && counts ? counts : shares;
      return { targets: { type: 'float32', width, data: targets }, weights: { type: 'float32', width, data: weights } };
    },
    judge(items) {
      const { shares, weights, counts } = rows(items);
      return (logits) => ({
        ...quickVotes({ tree, shares: sharesOf(tree, logits, head), observed: shares, weights }),
        // The loss that is learned, beside which it stands in the curves.
        ...(head === 'dirichlet' && counts && { loss: meanLoss(tree, logits, counts) }),
      });
    },
  };
}

function meanLoss(tree: VoteTree, logits: Float32Array, counts: Float32Array): number {
  const losses = countLosses(tree, concentrationsOfLogits(logits), counts);
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** The shares that a head makes of logits. */
function sharesOf(tree: VoteTree, logits: Float32Array, head: VoteHead): Float64Array {
  return head === 'dirichlet' ? sharesOfConcentrations(tree, concentrationsOfLogits(logits)) : sharesOfLogits(tree, logits, head);
}
