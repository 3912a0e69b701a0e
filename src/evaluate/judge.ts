import type { Figures } from './bootstrap.js';
import { confusionFigures, countCells } from './confusion.js';
import { rankingFigures, rankingOf, type RankingFigures } from './ranking.js';
import { calibrationError, confidencesOf, type Confidences } from './reliability.js';
import { largest, logLosses } from './scores.js';
import type { Predictions } from './types.js';

/** Everything that does not depend on the weights, computed once. */
export interface Judge {
  readonly before: Confidences;
  readonly after: Confidences;
  /** Class of the baseline's constant answer. */
  readonly frequent: number;
  /** Figures where picture i counts weights[i] times. */
  readonly figures: (weights: Uint16Array) => Figures;
  readonly confusion: (weights: Uint16Array) => Float64Array;
  /** By class. */
  readonly rankings: (weights: Uint16Array) => (RankingFigures | undefined)[];
}

/** Largest k of the top-k accuracies; none for two classes. */
export const largestK = (classes: number): number => Math.min(5, classes - 1);

export function judge({ classes: names, labels, probabilities, uncalibrated }: Predictions): Judge {
  const classes = names.length;
  const answers = largest(probabilities, classes);
  const cells = labels.map((label, row) => label * classes + (answers[row] as number));
  const ranks = ranksOf(labels, probabilities, classes);
  const losses = logLosses(labels, probabilities, classes);
  const before = confidencesOf(labels, uncalibrated, classes);
  const after = confidencesOf(labels, probabilities, classes);
  const order = names.map((_, one) => rankingOf(labels, probabilities, classes, one));
  const confusion = (weights: Uint16Array): Float64Array => countCells(cells, weights, classes * classes);
  const rankings = (weights: Uint16Array): (RankingFigures | undefined)[] =>
    order.map((ranking) => rankingFigures(ranking, weights));
  const frequent = mostFrequent(labels, classes);

  const figures = (weights: Uint16Array): Figures => {
    const counts = confusion(weights);
    const { perClass, ...means } = confusionFigures(counts, classes);
    const constant = confusionFigures(constantAnswers(counts, classes, frequent), classes);
    const ranked = rankings(weights).filter((one) => one !== undefined);
    const found: Record<string, number> = {
      ...means,
      ...topShares(ranks, weights, classes),
      rocAuc: average(ranked.map(({ roc }) => roc)),
      prAuc: average(ranked.map(({ precision }) => precision)),
      logLoss: weightedMean(losses, weights),
      errorBefore: calibrationError(before, weights),
      errorAfter: calibrationError(after, weights),
      baselineAccuracy: constant.accuracy,
      baselineBalancedAccuracy: constant.balancedAccuracy,
      baselineMacroF1: constant.macroF1,
    };
    perClass.forEach(({ precision, recall, f1, support, answered }, one) => {
      found[`precision ${one}`] = answered === 0 ? NaN : precision;
      found[`recall ${one}`] = support === 0 ? NaN : recall;
      found[`f1 ${one}`] = answered + support === 0 ? NaN : f1;
    });
    return found;
  };
  return { before, after, frequent, figures, confusion, rankings };
}

/** Number of classes that score above the true one; of equal scores the earlier class stands above, as in the answer. */
function ranksOf(labels: Int32Array, scores: Float32Array, classes: number): Int32Array {
  return labels.map((label, row) => {
    const own = scores[row * classes + label] as number;
    let rank = 0;
    for (let other = 0; other < classes; other++) {
      const score = scores[row * classes + other] as number;
      if (score > own || (score === own && other < label)) rank++;
    }
    return rank;
  });
}

/** Share of the pictures whose class is among the k best, as `top 2`, `top 3`... */
function topShares(ranks: Int32Array, weights: Uint16Array, classes: number): Record<string, number> {
  const counts = countCells(ranks, weights, classes);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const shares: Record<string, number> = {};
  let within = counts[0] as number;
  for (let k = 2; k <= largestK(classes); k++) {
    within += counts[k - 1] as number;
    shares[`top ${k}`] = within / total;
  }
  return shares;
}

function weightedMean(values: Float64Array, weights: Uint16Array): number {
  let sum = 0;
  let total = 0;
  for (let row = 0; row < values.length; row++) {
    const weight = weights[row] as number;
    sum += weight * (values[row] as number);
    total += weight;
  }
  return sum / total;
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The class that most pictures have; the first of equally frequent ones. */
export function mostFrequent(labels: Int32Array, classes: number): number {
  const counts = countCells(labels, new Uint16Array(labels.length).fill(1), classes);
  return counts.indexOf(Math.max(...counts));
}

/** The confusion matrix of one answer for everything. */
function constantAnswers(counts: Float64Array, classes: number, answer: number): Float64Array {
  const constant = new Float64Array(counts.length);
  for (let truth = 0; truth < classes; truth++) {
    constant[truth * classes + answer] = counts
      .subarray(truth * classes, (truth + 1) * classes)
      .reduce((sum, one) => sum + one, 0);
  }
  return constant;
}
