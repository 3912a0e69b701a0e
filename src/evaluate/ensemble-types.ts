import type { Bootstrap } from './bootstrap.js';
import type { Diversity } from './ensemble.js';
import type { McNemar } from './mcnemar.js';
import type { ModelCost } from './model-cost.js';
import type { Interval } from './types.js';

/** How members become one: the mean of their probabilities, a weighted mean, or a logistic regression on their log probabilities. */
export const ensembleMethods = ['average', 'weighted', 'stack'] as const;
export type EnsembleMethod = (typeof ensembleMethods)[number];

/** Figures of the judged pictures, and what a model costs. */
export interface EnsembleRow extends ModelCost {
  readonly name: string;
  readonly accuracy: Interval;
  readonly balancedAccuracy: Interval;
  readonly macroF1: Interval;
  readonly logLoss: Interval;
}

/** One of the models that were put together. */
export interface EnsembleMember extends EnsembleRow {
  readonly architecture: string;
  /** On the pictures that fitted the ensemble; by it the best member is chosen. */
  readonly validationAccuracy: number;
  /** Factor on its probabilities; `null` in a stack. */
  readonly weight: number | null;
}

/** The ensemble less one member on the same pictures. */
export interface EnsembleGain {
  readonly member: string;
  readonly accuracy: Interval;
  readonly balancedAccuracy: Interval;
  readonly macroF1: Interval;
  readonly logLoss: Interval;
  /** `firstOnly` are pictures that only the ensemble has right. */
  readonly mcnemar: McNemar;
}

/** What an ensemble gains and costs. Plain JSON. */
export interface EnsembleReport {
  readonly method: EnsembleMethod;
  readonly classes: readonly string[];
  /** Pictures that weights, temperature and the choice of the best member come from, and those that judge: in no member's training part. */
  readonly pictures: { readonly fitted: number; readonly judged: number };
  /** `common` where the members were trained on one split, `combined` where only pictures are used that none of several splits forbids. */
  readonly split: 'common' | 'combined';
  readonly temperature: number;
  /** Of a stack: its penalty. */
  readonly l2: number | null;
  /** Of a stack: its answers are chosen for accuracy + balance * balanced accuracy, as those of a recipe. */
  readonly balance: number | null;
  readonly members: readonly EnsembleMember[];
  readonly ensemble: EnsembleRow;
  /** Name of the member that was best on the fitted pictures. */
  readonly best: string;
  /** Over each member, in their order. */
  readonly gains: readonly EnsembleGain[];
  /** Of every pair of members. */
  readonly diversity: readonly Diversity[];
  /** Share of the judged pictures that at least one member has right. */
  readonly anyRight: number;
  readonly bootstrap: Bootstrap;
}
