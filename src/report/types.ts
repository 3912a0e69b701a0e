import type { Thumbnail } from '../dataset/survey-types.js';
import type { Comparison } from '../evaluate/compare.js';
import type { Evaluation, Interval } from '../evaluate/types.js';
import type { LeakageReport } from '../text/leakage.js';
import type { EpochRecord } from '../train/types.js';
import type { VotesEvaluation } from '../evaluate/votes-types.js';
import type { VoteTree } from '../votes/tree.js';

export type { DataReport, Distribution, Thumbnail } from '../dataset/survey-types.js';

/** What was judged, in words. */
export type Noun = 'picture' | 'text';

/** Something that the model got wrong, with what it answered. */
export interface Mistake extends Pick<Thumbnail, 'id' | 'label'> {
  /** `data:` URI; absent where only a text was read. */
  readonly uri?: string | undefined;
  /** The beginning of the text that was read. */
  readonly text?: string | undefined;
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

/** Pictures, or texts, by part and class. */
export type PartCounts = Readonly<Record<'train' | 'validation' | 'test', Readonly<Record<string, number>>>>;

/** One network among those that read pictures, texts, or both. All were judged on the same items. */
export interface InputsRow {
  readonly inputs: 'image' | 'text' | 'both';
  /** Where words that tell the label were left out: nowhere, in the judged texts alone, or in training already. */
  readonly masked: 'nothing' | 'judging' | 'learning';
  readonly accuracy: Interval;
  readonly balancedAccuracy: Interval;
  readonly macroF1: Interval;
}

/** What a model of texts owes to single words, and to pictures and texts each. Plain JSON. */
export interface InputsReport {
  readonly leakage: LeakageReport;
  /** The run's own model first. */
  readonly rows: readonly InputsRow[];
}

/** What people's decisions on labels were worth: two networks of one recipe on the same held-out pictures. Plain JSON. */
export interface CleaningReport {
  /** Decisions that change what is learned from. */
  readonly changed: { readonly dropped: number; readonly relabelled: number };
  /** Pictures that each learned from. */
  readonly learned: { readonly cleaned: number; readonly found: number };
  /** `cleaned` against `as found`; both judged by the labels as people left them. */
  readonly comparison: Comparison;
}

/** What the page of a run shows. */
export interface RunReport {
  readonly title: string;
  readonly description: string;
  readonly history: readonly EpochRecord[];
  readonly evaluation: Evaluation;
  readonly counts: PartCounts;
  /** What the model reads; `picture` unless told. */
  readonly noun?: Noun | undefined;
  /** Some pictures of each class. */
  readonly samples: readonly Thumbnail[];
  /** Most confident first. */
  readonly mistakes: readonly Mistake[];
  readonly featureMaps: readonly FeatureMaps[];
  /** Of a model of texts. */
  readonly inputs?: InputsReport | undefined;
  /** Where people decided on labels. */
  readonly cleaning?: CleaningReport | undefined;
  /** What is needed to run it again, in order: command, data hash, split hash, seed, versions, device. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** recipe.yaml as run. */
  readonly recipe: string;
}

/** A galaxy with the shares that were predicted and observed. */
export interface VotedPicture {
  readonly id: string;
  /** `data:` URI. */
  readonly uri: string;
  /** By the tree's column. */
  readonly predicted: Readonly<Record<string, number>>;
  /** Without those that are undefined. */
  readonly observed: Readonly<Record<string, number>>;
  /** Root mean squared error of its shares. */
  readonly rmse: number;
}

/** What the page of a run of votes shows. */
export interface VotesReport {
  readonly title: string;
  readonly description: string;
  readonly history: readonly EpochRecord[];
  readonly evaluation: VotesEvaluation;
  /** What was asked: {@link VotesReport.evaluation} is of its answers. */
  readonly tree: VoteTree;
  /** Galaxies by part. */
  readonly counts: Readonly<Record<'train' | 'validation' | 'test', number>>;
  /** Some of the judged galaxies. */
  readonly samples: readonly VotedPicture[];
  /** Those with the largest errors, largest first. */
  readonly worst: readonly VotedPicture[];
  /** As in {@link RunReport}. */
  readonly facts: RunReport['facts'];
  readonly recipe: string;
}
