import { logisticRegression } from '../classical/logistic-regression.js';
import type { WorkOptions } from '../core/progress.js';
import { kFold } from '../dataset/split.js';
import type { SplitItem } from '../dataset/split-groups.js';
import { fitMixture, mixProbabilities } from '../evaluate/ensemble.js';
import type { EnsembleMethod } from '../evaluate/ensemble-types.js';
import { fitTemperature, logitsOf } from '../evaluate/temperature.js';
import type { Predictions } from '../evaluate/types.js';
import { leastStacked, type Stack } from '../models/ensemble.js';

/** What the combination learns from: pictures that no member was trained on. */
export interface FitData {
  /** Of each member, on the same pictures, classes in one order. */
  readonly members: readonly Predictions[];
  /** Those pictures, and which of them are near-duplicates, as places among them. */
  readonly items: readonly SplitItem[];
  readonly duplicates: readonly (readonly number[])[];
  /** Of a stack, as in a recipe: answers are chosen for accuracy + balance * balanced accuracy. */
  readonly balance: number;
}

/** A combination with its numbers. */
export interface FittedEnsemble {
  readonly weights: readonly number[] | undefined;
  readonly stack: Stack | undefined;
  readonly l2: number | null;
  /** Added to the logits, one a class. */
  readonly offsets: readonly number[];
  readonly temperature: number;
}

/** Folds in which a stack chooses its penalty and its temperature. */
const stackFolds = 5;

/**
 * Fits a combination of members. Average: nothing but the temperature. Weighted: the mixture of least log loss. Stack: multinomial logistic regression on log probabilities, its
 * penalty chosen out of fold, offsets for the balance that is asked for, and its temperature fitted on the answers out of fold.
 *
 * @throws MessierError what logisticRegression, fitMixture, kFold and fitTemperature throw
 */
export async function fitEnsemble(method: EnsembleMethod, data: FitData, work: WorkOptions = {}): Promise<FittedEnsemble> {
  const { members, items, duplicates, balance } = data;
  const [first] = members;
  if (!first) throw new RangeError('An ensemble has members.');
  const { labels } = first;
  const classes = first.classes.length;
  const rows = members.map(({ probabilities }) => probabilities);
  const temperatureOf = (probabilities: Float32Array, offsets: readonly number[]): number =>
    fitTemperature(logitsOf(probabilities), labels, classes, offsets);
  if (method !== 'stack') {
    const weights = method === 'weighted' ? fitMixture(rows, labels, classes) : rows.map(() => 1 / rows.length);
    const offsets = first.classes.map(() => 0);
    return { weights, stack: undefined, l2: null, offsets, temperature: temperatureOf(mixProbabilities(rows, weights), offsets) };
  }
  const folds = kFold(items, { folds: stackFolds, seed: 0, groups: duplicates });
  const fit = await logisticRegression(stackFeatures(rows, classes), labels, { classes, l2: 'auto', folds, ...work });
  const { weight, bias, l2, outOfFold } = fit;
  if (!outOfFold) throw new RangeError('There are folds.');
  const offsets = balancing(labels, classes, balance);
  return { weights: undefined, stack: { weight, bias }, l2, offsets, temperature: temperatureOf(outOfFold, offsets) };
}

/** log(1 + balance / (C p)) of a class of share p among C: see `evaluation.balance` of recipes. Every class has a picture. */
function balancing(labels: Int32Array, classes: number, balance: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts.map((count) => Math.log(1 + (balance * labels.length) / (classes * count)));
}

/** (N, members x classes) log probabilities, as the graph of a stack sees them. */
export function stackFeatures(
  members: readonly Float32Array[],
  classes: number,
): { type: 'float32'; dims: number[]; data: Float32Array } {
  const pictures = (members[0]?.length ?? 0) / classes;
  const width = members.length * classes;
  const data = new Float32Array(pictures * width);
  members.forEach((rows, member) => {
    rows.forEach((p, at) => {
      data[Math.floor(at / classes) * width + member * classes + (at % classes)] = Math.log(Math.max(p, leastStacked));
    });
  });
  return { type: 'float32', dims: [pictures, width], data };
}
