import type { Skipped } from '../dataset/types.js';
import type { VoteTree } from '../votes/tree.js';
import type { Interval } from './types.js';

/** What a model answered on pictures with votes. Matrices are (N, K), rows after another, columns in the order of the tree's answers. */
export interface VotePredictions {
  readonly tree: VoteTree;
  /** Predicted shares of all volunteers. */
  readonly shares: ArrayLike<number>;
  /** Observed shares; anything where the weight is 0. */
  readonly observed: ArrayLike<number>;
  /** 1 where a share is defined, else 0. */
  readonly weights: ArrayLike<number>;
  /** (K) mean shares of the training part, which the baseline always answers: `meanShares`. */
  readonly trainingMean: ArrayLike<number>;
  /** Where the model says how sure it is, and counts are known. */
  readonly dirichlet?: { readonly concentrations: ArrayLike<number>; readonly counts: ArrayLike<number> } | undefined;
}

/** Figures of one answer. */
export interface AnswerFigures {
  readonly key: string;
  readonly column: string;
  /** `null` where no share is defined. */
  readonly rmse: number | null;
  readonly meanObserved: number | null;
  readonly meanPredicted: number | null;
}

/** Figures of one question. */
export interface QuestionFigures {
  readonly key: string;
  readonly text: string;
  /** Over all its columns; `null` where no share is defined. */
  readonly rmse: Interval | null;
  /** The same of always answering the training mean. */
  readonly baseline: Interval | null;
  /**
   * Share of the galaxies whose most voted answer is predicted, among those where at least half of the volunteers were asked; `null` where there are
   * none. Of equal shares the earlier answer counts.
   */
  readonly accuracy: Interval | null;
  /** Galaxies that `accuracy` is of. */
  readonly asked: number;
  readonly answers: readonly AnswerFigures[];
}

/** A bin of predicted shares. */
export interface ShareBin {
  readonly from: number;
  readonly to: number;
  /** Shares in it. */
  readonly count: number;
  /** Mean predicted and mean observed share; `null` where the bin is empty. */
  readonly predicted: number | null;
  readonly observed: number | null;
}

/** The judgement of predicted votes. Plain JSON. */
export interface VotesEvaluation {
  /** Name of the tree. */
  readonly tree: string;
  readonly columns: readonly string[];
  /** Root of the mean squared error over all shares: the figure of the Kaggle challenge. */
  readonly rmse: Interval;
  /** Of always answering the training mean. */
  readonly baseline: Interval;
  /** Of always answering 0. */
  readonly zeros: Interval;
  /** How much lower `rmse` is than `baseline`, on the same galaxies. */
  readonly gain: Interval;
  readonly questions: readonly QuestionFigures[];
  readonly calibration: {
    /** Mean over all shares of |mean predicted - mean observed| of their bin. */
    readonly error: Interval;
    /** Ten of equal width, (from, to]; 0 lies in the first. */
    readonly bins: readonly ShareBin[];
  };
  /** Of counts; absent where the model gives no concentrations. */
  readonly dirichlet?: DirichletFigures;
  readonly bootstrap: { readonly samples: number; readonly level: number; readonly seed: number };
  readonly items: { readonly counted: number; readonly skipped: number; readonly skippedItems: readonly Skipped[] };
}

/** How well concentrations say what volunteers vote. */
export interface DirichletFigures {
  /** Mean over galaxies of -log P of their counts. */
  readonly logLoss: Interval;
  /** Share of the votes that lie inside central intervals which should hold `level` of them. */
  readonly coverage: readonly { readonly level: number; readonly covered: Interval }[];
  /** Counts that `coverage` is of: answers of questions that somebody was asked. */
  readonly counts: number;
}
