import { treeLayout } from '../votes/layout.js';
import type { Figures } from './bootstrap.js';
import type { AnswerFigures, ShareBin, VotePredictions } from './votes-types.js';

/** Everything about votes that does not depend on how often a galaxy counts, computed once. */
export interface VoteSums {
  readonly galaxies: number;
  /** Figures where galaxy i counts weights[i] times. */
  readonly figures: (weights: Uint16Array) => Figures;
  /** Galaxies where at least half of the volunteers were asked, by question. */
  readonly asked: readonly number[];
  readonly column: (column: number) => Pick<AnswerFigures, 'rmse' | 'meanObserved' | 'meanPredicted'>;
  readonly bins: readonly ShareBin[];
}

const binCount = 10;
/** Share of the volunteers that must have been asked for an answer to be right or wrong. */
const leastAsked = 0.5;

/** Bins are (from, to]; 0 lies in the first. */
const binOf = (share: number): number => Math.min(binCount, Math.max(1, Math.ceil(share * binCount))) - 1;

/** Squared errors of each galaxy and question, one row a galaxy. */
interface Errors {
  readonly model: Float64Array;
  readonly baseline: Float64Array;
  readonly zeros: Float64Array;
  /** Shares that are defined. */
  readonly defined: Float64Array;
  /** 1 where the most voted answer is predicted, 0 where it is not, -1 where too few were asked. */
  readonly right: Int8Array;
}

export function voteSums(predictions: VotePredictions): VoteSums {
  const { columns, questions } = treeLayout(predictions.tree);
  const galaxies = predictions.shares.length / columns.length;
  const errors = errorsOf(predictions, galaxies);
  const gaps = gapsOf(predictions, galaxies);
  const figures = (weights: Uint16Array): Figures => {
    const found: Record<string, number> = {};
    let [model, baseline, zeros, defined] = [0, 0, 0, 0];
    for (let at = 0; at < questions.length; at++) {
      const sum = sumQuestion(errors, at, questions.length, weights);
      found[`rmse ${at}`] = Math.sqrt(sum.model / sum.defined);
      found[`baseline ${at}`] = Math.sqrt(sum.baseline / sum.defined);
      found[`accuracy ${at}`] = sum.right / sum.asked;
      [model, baseline] = [model + sum.model, baseline + sum.baseline];
      [zeros, defined] = [zeros + sum.zeros, defined + sum.defined];
    }
    const [rmse, constant] = [Math.sqrt(model / defined), Math.sqrt(baseline / defined)];
    const calibration = binError(gaps, weights) / defined;
    return { ...found, rmse, baseline: constant, zeros: Math.sqrt(zeros / defined), gain: constant - rmse, calibration };
  };
  const asked = questions.map(
    (_, at) => errors.right.filter((right, cell) => cell % questions.length === at && right >= 0).length,
  );
  return { galaxies, figures, asked, column: (column) => columnFigures(predictions, column), bins: binsOf(predictions) };
}

function errorsOf({ tree, shares, observed, weights, trainingMean }: VotePredictions, galaxies: number): Errors {
  const { columns, questions } = treeLayout(tree);
  const cells = (): Float64Array => new Float64Array(galaxies * questions.length);
  const errors: Errors = {
    model: cells(),
    baseline: cells(),
    zeros: cells(),
    defined: cells(),
    right: new Int8Array(galaxies * questions.length).fill(-1),
  };
  for (let galaxy = 0; galaxy < galaxies; galaxy++) {
    questions.forEach(({ from, count }, question) => {
      const cell = galaxy * questions.length + question;
      let [model, baseline, zeros, defined, reach] = [0, 0, 0, 0, 0];
      let [most, guess] = [0, 0];
      const start = galaxy * columns.length + from;
      for (let answer = 0; answer < count; answer++) {
        const at = start + answer;
        const weight = weights[at] ?? 0;
        if (weight === 0) continue;
        const [truth, share] = [observed[at] ?? 0, shares[at] ?? 0];
        model += weight * (share - truth) ** 2;
        baseline += weight * ((trainingMean[from + answer] ?? 0) - truth) ** 2;
        zeros += weight * truth ** 2;
        defined += weight;
        reach += truth;
        if (truth > (observed[start + most] ?? 0)) most = answer;
        if (share > (shares[start + guess] ?? 0)) guess = answer;
      }
      errors.model[cell] = model;
      errors.baseline[cell] = baseline;
      errors.zeros[cell] = zeros;
      errors.defined[cell] = defined;
      if (reach >= leastAsked) errors.right[cell] = most === guess ? 1 : 0;
    });
  }
  return errors;
}

function sumQuestion(errors: Errors, question: number, questions: number, weights: Uint16Array) {
  let [model, baseline, zeros, defined, right, asked] = [0, 0, 0, 0, 0, 0];
  for (let galaxy = 0; galaxy < weights.length; galaxy++) {
    const weight = weights[galaxy] ?? 0;
    if (weight === 0) continue;
    const cell = galaxy * questions + question;
    model += weight * (errors.model[cell] ?? 0);
    baseline += weight * (errors.baseline[cell] ?? 0);
    zeros += weight * (errors.zeros[cell] ?? 0);
    defined += weight * (errors.defined[cell] ?? 0);
    const hit = errors.right[cell] ?? -1;
    if (hit < 0) continue;
    asked += weight;
    right += weight * hit;
  }
  return { model, baseline, zeros, defined, right, asked };
}

/** Sum of predicted less observed shares, by galaxy and bin. */
function gapsOf({ tree, shares, observed, weights }: VotePredictions, galaxies: number): Float64Array {
  const width = treeLayout(tree).columns.length;
  const gaps = new Float64Array(galaxies * binCount);
  for (let at = 0; at < shares.length; at++) {
    const weight = weights[at] ?? 0;
    if (weight === 0) continue;
    const cell = Math.floor(at / width) * binCount + binOf(shares[at] ?? 0);
    gaps[cell] = (gaps[cell] ?? 0) + weight * ((shares[at] ?? 0) - (observed[at] ?? 0));
  }
  return gaps;
}

/** Sum over the bins of |sum of the gaps|. */
function binError(gaps: Float64Array, weights: Uint16Array): number {
  const sums = new Float64Array(binCount);
  for (let galaxy = 0; galaxy < weights.length; galaxy++) {
    const weight = weights[galaxy] ?? 0;
    if (weight === 0) continue;
    for (let bin = 0; bin < binCount; bin++) sums[bin] = (sums[bin] ?? 0) + weight * (gaps[galaxy * binCount + bin] ?? 0);
  }
  return sums.reduce((total, one) => total + Math.abs(one), 0);
}

function binsOf({ shares, observed, weights }: VotePredictions): ShareBin[] {
  const sums = Array.from({ length: binCount }, () => ({ count: 0, predicted: 0, observed: 0 }));
  for (let at = 0; at < shares.length; at++) {
    const sum = sums[binOf(shares[at] ?? 0)];
    if (!sum || (weights[at] ?? 0) === 0) continue;
    sum.count++;
    sum.predicted += shares[at] ?? 0;
    sum.observed += observed[at] ?? 0;
  }
  return sums.map(({ count, predicted, observed: seen }, bin) => ({
    from: bin / binCount,
    to: (bin + 1) / binCount,
    count,
    predicted: count === 0 ? null : predicted / count,
    observed: count === 0 ? null : seen / count,
  }));
}

function columnFigures(
  { tree, shares, observed, weights }: VotePredictions,
  column: number,
): Pick<AnswerFigures, 'rmse' | 'meanObserved' | 'meanPredicted'> {
  const width = treeLayout(tree).columns.length;
  let [squares, truth, guess, defined] = [0, 0, 0, 0];
  for (let at = column; at < shares.length; at += width) {
    const weight = weights[at] ?? 0;
    if (weight === 0) continue;
    const [seen, share] = [observed[at] ?? 0, shares[at] ?? 0];
    squares += weight * (share - seen) ** 2;
    truth += weight * seen;
    guess += weight * share;
    defined += weight;
  }
  if (defined === 0) return { rmse: null, meanObserved: null, meanPredicted: null };
  return { rmse: Math.sqrt(squares / defined), meanObserved: truth / defined, meanPredicted: guess / defined };
}
