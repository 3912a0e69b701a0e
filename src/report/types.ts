import type { Evaluation, Interval } from '../evaluate/types.js';
import type { EpochRecord } from '../train/types.js';

/** A small picture inside a page. */
export interface Thumbnail {
  readonly id: string;
  /** `data:` URI. */
  readonly uri: string;
  /** The class or raw label. */
  readonly label: string;
}

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

/** Five-number summary of a quantity, with a histogram. */
export interface Distribution {
  readonly low: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly high: number;
  /** Bins of equal width from `low` to `high`. */
  readonly counts: readonly number[];
}

/** What the page about a dataset shows: `messier explore`. */
export interface DataReport {
  readonly name: string;
  readonly location: string;
  readonly items: number;
  /** Pictures by raw label; `''` for none. */
  readonly classes: Readonly<Record<string, number>>;
  readonly sizes: readonly { readonly width: number; readonly height: number; readonly count: number }[];
  /** Mean of the pixels in [0, 1], by raw label. */
  readonly brightness: Readonly<Record<string, Distribution>>;
  /** Mean of each channel in [0, 1], by raw label. */
  readonly colour: Readonly<Record<string, readonly [red: number, green: number, blue: number]>>;
  /** Groups of pictures that are the same or nearly. */
  readonly duplicates: readonly (readonly { readonly id: string; readonly label: string | undefined }[])[];
  readonly skipped: readonly { readonly id: string; readonly code: string; readonly reason: string }[];
  readonly samples: readonly Thumbnail[];
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
