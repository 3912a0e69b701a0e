import { readFileSync } from 'node:fs';
import type { Predictions } from '../../src/evaluate/types.js';

/** The figures of scikit-learn that carry the names of ours. */
export interface GoldenFigures {
  readonly accuracy: number;
  readonly balancedAccuracy: number;
  readonly macroPrecision: number;
  readonly macroRecall: number;
  readonly macroF1: number;
  readonly weightedPrecision: number;
  readonly weightedRecall: number;
  readonly weightedF1: number;
  readonly logLoss: number;
}

/** A case of test/golden/evaluation.json; see evaluation.py. */
export interface GoldenEvaluation extends GoldenFigures {
  readonly name: string;
  readonly classes: number;
  readonly labels: readonly number[];
  /** Probabilities times 1024. */
  readonly shares: readonly number[];
  readonly topK: Readonly<Record<string, number>>;
  readonly rocAuc: number | null;
  readonly prAuc: number | null;
  readonly kappa: number | null;
  readonly calibrationError: number;
  readonly perClass: readonly {
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
    readonly support: number;
    readonly rocAuc: number | null;
    readonly prAuc: number | null;
  }[];
  readonly confusion: readonly (readonly number[])[];
}

export const golden = JSON.parse(readFileSync(new URL('../golden/evaluation.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly GoldenEvaluation[];
  readonly intervals: Readonly<
    Record<string, Readonly<Record<string, { readonly low: number; readonly high: number; readonly error: number }>>>
  >;
  readonly temperatures: readonly {
    readonly labels: readonly number[];
    readonly offsets: readonly number[];
    readonly temperature: number;
    readonly logLoss: number;
  }[];
  readonly mcnemar: readonly { readonly b: number; readonly c: number; readonly exact: number; readonly midP: number }[];
};

/** A golden case as predictions of a model without temperature. */
export function predictionsOf({ classes, labels, shares }: GoldenEvaluation): Predictions {
  const probabilities = Float32Array.from(shares, (share) => share / 1024);
  return {
    classes: Array.from({ length: classes }, (_, one) => `class ${one}`),
    ids: labels.map((_, index) => `picture ${index}`),
    labels: Int32Array.from(labels),
    probabilities,
    uncalibrated: probabilities,
  };
}

export function goldenCase(name: string): Predictions {
  const found = golden.cases.find((one) => one.name === name);
  if (!found) throw new Error(`No golden case "${name}".`);
  return predictionsOf(found);
}

/** Rows of a (N, classes) array and their labels and ids in another order. */
export function reorder(predictions: Predictions, order: readonly number[]): Predictions {
  const classes = predictions.classes.length;
  const rows = (values: Float32Array): Float32Array =>
    Float32Array.from(order.flatMap((index) => [...values.subarray(index * classes, (index + 1) * classes)]));
  return {
    classes: predictions.classes,
    ids: order.map((index) => predictions.ids[index] ?? ''),
    labels: Int32Array.from(order, (index) => predictions.labels[index] ?? -1),
    probabilities: rows(predictions.probabilities),
    uncalibrated: rows(predictions.uncalibrated),
  };
}

/** The same predictions with the classes in another order: `order[i]` is the old number of the new class i. */
export function reorderClasses(predictions: Predictions, order: readonly number[]): Predictions {
  const classes = order.length;
  const columns = (values: Float32Array): Float32Array =>
    values.map((_, at) => values[Math.floor(at / classes) * classes + (order[at % classes] ?? 0)] ?? NaN);
  return {
    classes: order.map((one) => predictions.classes[one] ?? ''),
    ids: predictions.ids,
    labels: predictions.labels.map((label) => order.indexOf(label)),
    probabilities: columns(predictions.probabilities),
    uncalibrated: columns(predictions.uncalibrated),
  };
}
