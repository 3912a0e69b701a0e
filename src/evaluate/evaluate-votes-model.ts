import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { pickVotes, type OpenedVotes } from '../dataset/open-votes.js';
import type { Dataset, Item, Skipped } from '../dataset/types.js';
import type { VoteTable } from '../dataset/open-votes.js';
import type { BootstrapOptions } from './bootstrap.js';
import { answerRows, askDataset } from './predict-dataset.js';
import { openPredictor, type Predictor, type PredictorOptions } from './predictor.js';
import { evaluateVotes, meanShares } from './votes.js';
import type { VotePredictions, VotesEvaluation } from './votes-types.js';

/** Answers of a model of votes. */
export interface AnsweredVotes {
  /** Observed votes on those that could be read, in their order. */
  readonly votes: VoteTable;
  /** (N, K) predicted shares. */
  readonly shares: Float32Array;
  /** (N, K), of a Dirichlet head. */
  readonly concentrations: Float32Array | undefined;
  readonly skipped: readonly Skipped[];
}

/**
 * Asks a model of votes for every item and puts the observed votes beside its answers.
 *
 * @throws MessierError `evaluate/empty` where no picture can be read, `evaluate/task` for a model of classes; what a predictor throws.
 */
export async function answerVotes(
  predictor: Predictor,
  { dataset, votes }: { readonly dataset: Pick<Dataset, 'load'>; readonly votes: VoteTable },
  items: readonly Item[],
  work: WorkOptions = {},
): Promise<AnsweredVotes> {
  const { card } = predictor;
  if (!card.votes) {
    throw new MessierError(
      'evaluate/task',
      `"${card.name}" answers with classes, not with votes. Judge it on labelled pictures.`,
    );
  }
  const asked = await askDataset(predictor, dataset, items, work);
  const width = card.classes.length;
  if (asked.items.length === 0) {
    const [first] = asked.skipped;
    throw new MessierError(
      'evaluate/empty',
      `No picture can be judged${first ? `; the first, ${first.id}: ${first.reason}` : '.'}`,
    );
  }
  return {
    votes: pickVotes(
      votes,
      asked.items.map(({ id }) => id),
    ),
    shares: answerRows(asked.answers, 'probabilities', width),
    concentrations: card.votes.head === 'dirichlet' ? answerRows(asked.answers, 'logits', width) : undefined,
    skipped: asked.skipped,
  };
}

/** What `evaluateVotes` takes of such answers. `training` are the votes whose mean is the baseline. */
export function votePredictions({ votes, shares, concentrations }: AnsweredVotes, training: VoteTable): VotePredictions {
  const { tree, counts } = votes;
  const columns = shares.length / votes.ids.length;
  return {
    tree,
    shares,
    observed: votes.shares,
    weights: votes.weights,
    trainingMean: meanShares(training, columns),
    dirichlet: concentrations && counts ? { concentrations, counts } : undefined,
  };
}

/**
 * Judges a model file on pictures with votes. The baseline answers the mean of the judged votes themselves: the best that one answer for all can do.
 *
 * @throws MessierError what {@link answerVotes} and openPredictor throw.
 */
export async function evaluateVotesModel(
  path: string,
  { dataset, votes }: OpenedVotes,
  { threads, inThread, progress, signal, ...bootstrap }: WorkOptions & PredictorOptions & BootstrapOptions = {},
): Promise<VotesEvaluation> {
  const predictor = await openPredictor(path, { threads, inThread });
  try {
    const answered = await answerVotes(predictor, { dataset, votes }, dataset.items, { progress, signal });
    const skipped = [...dataset.skipped, ...answered.skipped];
    return evaluateVotes(votePredictions(answered, answered.votes), { ...bootstrap, skipped });
  } finally {
    await predictor.close();
  }
}
