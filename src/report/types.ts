import type { Thumbnail } from '../dataset/survey-types.js';
import type { Evaluation, Interval } from '../evaluate/types.js';
import type { EpochRecord } from '../train/types.js';

export type { DataReport, Distribution, Thumbnail } from '../dataset/survey-types.js';

/** A picture that the model got wrong, with what it answered. */
export interface Mistake extends Thumbnail {
  readonly answer: string;
  /** Probability of the answer. */
  readonly confidence: number;
}

/** The feature maps of one layer for one picture: one grayscale picture a channel. */
export interface FeatureMaps {
  readonly item: Thumbnail;
  readonly layer: string;
  /** `data:` URIs. */
  readonly maps: readonly string[];
}

/** Pictures by part and class. */
export type PartCounts = Readonly<Record<'train' | 'validation' | 'test', Readonly<Record<string, number>>>>;

/** What the page of a run shows. */
export interface RunReport {
  readonly title: string;
  readonly description: string;
  readonly history: readonly EpochRecord[];
  readonly evaluation: Evaluation;
  readonly counts: PartCounts;
  /** Some pictures of each class. */
  readonly samples: readonly Thumbnail[];
  /** Most confident first. */
  readonly mistakes: readonly Mistake[];
  readonly featureMaps: readonly FeatureMaps[];
  /** What is needed to run it again, in order: command, data hash, split hash, seed, versions, device. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** recipe.yaml as run. */
  readonly recipe: string;
}

/** One model among those compared. */
export interface ComparedModel {
  /** Unique within the comparison. */
  readonly name: string;
  readonly evaluation: Evaluation;
}

/** The figures by which models are compared. */
export type ComparedFigure = 'accuracy' | 'balancedAccuracy' | 'macroF1' | 'logLoss';

/** `first` minus `second` in one figure, on the same pictures. */
export interface ModelDifference {
  readonly first: string;
  readonly second: string;
  readonly figure: ComparedFigure;
  /** From paired bootstrap samples. */
  readonly difference: Interval;
  /** Two-sided; `null` where no test was made. */
  readonly pValue: number | null;
}

/** What the page of a comparison shows: `messier compare`. All models were judged on the same pictures. */
export interface CompareReport {
  readonly title: string;
  readonly description: string;
  /** At least one. */
  readonly models: readonly ComparedModel[];
  readonly differences: readonly ModelDifference[];
}
