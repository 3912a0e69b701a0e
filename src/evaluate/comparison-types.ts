import type { ModelCost } from './model-cost.js';
import type { Interval } from './types.js';

/** Figures by name: of classes accuracy, balancedAccuracy, macroPrecision, macroRecall and macroF1; of votes rmse. */
export type NamedFigures = Readonly<Record<string, Interval>>;

/** One model's line of the table. */
export interface ComparedRow extends ModelCost {
  /** Unique within the table. */
  readonly name: string;
  /** On the judged pictures. */
  readonly figures: NamedFigures;
  /** Accuracy (of votes the RMSE) on the training part; `null` where no split was given. */
  readonly train: Interval | null;
  /** The same on the validation part; `null` where there is none, or where it is the judged one. */
  readonly validation: Interval | null;
  /** Judged pictures that are in the training part of its own split; `null` where that split is not known. */
  readonly seen: number | null;
}

/** `first` against `second` on the same pictures. */
export interface PairDifference {
  readonly first: string;
  readonly second: string;
  /** First less second; intervals from resamples that both share. */
  readonly difference: NamedFigures;
  /** Two-sided p-value of the paired test. */
  readonly p: number;
  /** The same after Holm's correction for all the pairs. */
  readonly adjusted: number;
}

/** Pictures that figures are of. */
export interface ComparedPart {
  /** Judged. */
  readonly pictures: number;
  /** Of so many: fewer are judged where some are broken or dropped by their label, or of a large training part a sample. */
  readonly of: number;
}

/** The table of a comparison: all models on the same pictures. Plain JSON. */
export interface ModelComparison {
  readonly task: 'classes' | 'votes';
  /** Of all the models; of votes the answers' columns. */
  readonly classes: readonly string[];
  /** What was judged: a part of the split, or all the data. */
  readonly judged: 'all' | 'test' | 'validation';
  readonly parts: {
    readonly judged: ComparedPart;
    readonly train: ComparedPart | null;
    readonly validation: ComparedPart | null;
  };
  /** In the order given. */
  readonly models: readonly ComparedRow[];
  /** Always the most frequent class of the judged pictures; of votes always the mean. */
  readonly baseline: { readonly label: string; readonly figures: NamedFigures };
  readonly pairs: readonly PairDifference[];
  /** McNemar's exact test on right and wrong answers; of votes a paired permutation of squared errors. */
  readonly test: 'mcnemar' | 'permutation';
  readonly bootstrap: { readonly samples: number; readonly level: number; readonly seed: number };
  /** How speed was measured: with so many threads, on so many different pictures. */
  readonly speed: { readonly threads: number; readonly pictures: number };
}
