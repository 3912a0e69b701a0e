import type { Skipped } from '../dataset/types.js';

/** A figure with its bootstrap interval (percentiles 2.5 and 97.5 unless told). */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What a model answered on labelled pictures. */
export interface Predictions {
  readonly classes: readonly string[];
  readonly ids: readonly string[];
  /** True class of each picture. */
  readonly labels: Int32Array;
  /** (N, classes), what the model is sure of: rows add up to 1. */
  readonly probabilities: Float32Array;
  /** (N, classes) before calibration; rows add up to 1. */
  readonly uncalibrated: Float32Array;
}

/** Figures of one class. */
export interface ClassFigures {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly rocAuc: number | null;
  readonly prAuc: number | null;
  /** Pictures of this class. */
  readonly support: number;
  readonly intervals: Readonly<Record<'precision' | 'recall' | 'f1', Interval>>;
}

/** Reliability of probabilities: bins of the top probability with their share of right answers. */
export interface Reliability {
  /** Expected calibration error, 15 equal bins (Guo et al. 2017, arXiv:1706.04599). */
  readonly error: Interval;
  readonly bins: readonly {
    readonly from: number;
    readonly to: number;
    readonly count: number;
    readonly confidence: number | null;
    readonly accuracy: number | null;
  }[];
}

/** The judgement of a model. Plain JSON. `null` stands where a figure is undefined (a class without pictures). */
export interface Evaluation {
  readonly classes: readonly string[];
  readonly accuracy: Interval;
  readonly balancedAccuracy: Interval;
  readonly macroPrecision: Interval;
  readonly macroRecall: Interval;
  readonly macroF1: Interval;
  readonly weightedPrecision: Interval;
  readonly weightedRecall: Interval;
  readonly weightedF1: Interval;
  /** k from 2 to min(5, classes - 1) as keys. */
  readonly topK: Readonly<Record<string, Interval>>;
  /** One against the rest, mean over the classes. */
  readonly rocAuc: Interval | null;
  readonly prAuc: Interval | null;
  readonly logLoss: Interval;
  readonly kappa: Interval;
  readonly perClass: readonly ClassFigures[];
  /** Rows are the truth, columns the answers. */
  readonly confusion: {
    readonly classes: readonly string[];
    readonly counts: readonly (readonly number[])[];
    /** Of the row. */
    readonly shares: readonly (readonly number[])[];
  };
  readonly calibration: { readonly before: Reliability; readonly after: Reliability; readonly temperature: number };
  /** Always answers the most frequent class of the judged pictures. */
  readonly baseline: {
    readonly label: string;
    readonly accuracy: Interval;
    readonly balancedAccuracy: Interval;
    readonly macroF1: Interval;
  };
  readonly bootstrap: { readonly samples: number; readonly level: number; readonly seed: number };
  readonly items: {
    readonly counted: number;
    /** Left out by the label rule (`dont_know`). */
    readonly dropped: number;
    readonly skipped: number;
    /** Number of skipped items by code. */
    readonly reasons: Readonly<Record<string, number>>;
    readonly skippedItems: readonly Skipped[];
  };
}
