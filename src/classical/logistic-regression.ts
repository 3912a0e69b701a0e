import type { Tensor } from '../onnx/types.js';
import { foldsOf, l2Candidates, weightsOf, type LogisticOptions } from './logistic-options.js';
import { LogisticProblem } from './logistic-problem.js';
import { checkRows, standardise, type Rows, type Standardised } from './rows.js';

/** Slopes of the mean log loss below which a fit has ended, and iterations after which it is given up. */
const tolerance = 1e-6;
const iterations = 2000;
/** Enough to compare strengths. */
const roughTolerance = 1e-4;
const worseInARow = 2;

/** A fitted logistic regression. */
export interface LogisticFit {
  /** float32 (classes, D), for features as they were given: standardisation is folded in. */
  readonly weight: Tensor;
  /** float32 (classes). */
  readonly bias: Tensor;
  readonly l2: number;
  /** The mean log loss with its penalty. */
  readonly loss: number;
  readonly iterations: number;
  /** False where the search was given up after 2,000 iterations. */
  readonly converged: boolean;
  /** Where there were folds: probabilities (N, classes) of each picture by a fit without its fold, logits averaged over views. */
  readonly outOfFold?: Float32Array;
  /** Where there were folds: the mean log loss of `outOfFold`, weighted and smoothed as the fit is, for each strength that was tried. */
  readonly tried: readonly { readonly l2: number; readonly logLoss: number }[];
}

/**
 * Multinomial logistic regression, softmax(W x + b), by L-BFGS to convergence in float64: a head for features of a network that stays as it is.
 * Deterministic.
 *
 * @param features float32 (N, D), or (N, views, D): rows of a picture share its label, and its weight equally. A linear head answers the mean of
 * logits over views as it answers the mean of the views' features, so (N, D) of means trains what `deploy` with views answers.
 * @param labels Class of each picture.
 * @throws MessierError `classical/features`, `classical/limit`, `classical/labels` where a class has no picture, `classical/option`; the signal's reason
 *
 * @example
 * const { weight, bias } = await logisticRegression(features, labels, { classes: 6, l2: 'auto' });
 * const model = replaceInitializers(replaceHead(backbone, { classes: 6 }), new Map([['head.weight', weight], ['head.bias', bias]]));
 */
export async function logisticRegression(
  features: Tensor,
  labels: ArrayLike<number>,
  options: LogisticOptions,
): Promise<LogisticFit> {
  const { classes, l2, progress, signal } = options;
  signal?.throwIfAborted();
  const rows = checkRows(features);
  const weights = weightsOf(rows, labels, options);
  const folds = foldsOf(labels, rows.pictures, options);
  const standard = standardise(rows, (picture) => (weights[picture] as number) > 0);
  const shape = { rows: rows.pictures * rows.views, size: rows.size, classes };
  const problem = await LogisticProblem.open(standard.rows, shape);
  try {
    const work = { problem, rows, labels, weights, classes, options };
    const compared = folds && (await compare(work, folds, l2 === 'auto' ? l2Candidates : [l2]));
    const best = compared?.best.l2 ?? Number(l2);
    const onIteration = (done: number) => {
      signal?.throwIfAborted();
      progress?.({ stage: 'fit head', done, unit: 'iterations' });
    };
    const found = await problem.fit(
      targetsOf(work, () => true),
      { l2: best, tolerance, iterations, start: compared?.best.place, onIteration },
    );
    return {
      ...unstandardise(found.place, standard, classes),
      l2: best,
      loss: found.value,
      iterations: found.iterations,
      converged: found.converged,
      ...(compared && { outOfFold: compared.best.probabilities }),
      tried: compared?.tried ?? [],
    };
  } finally {
    await problem.release();
  }
}

interface Work {
  readonly problem: LogisticProblem;
  readonly rows: Rows;
  readonly labels: ArrayLike<number>;
  /** Of each picture. */
  readonly weights: Float64Array;
  readonly classes: number;
  readonly options: LogisticOptions;
}

interface Compared {
  readonly best: {
    readonly l2: number;
    readonly logLoss: number;
    readonly probabilities: Float32Array;
    readonly place: Float64Array;
  };
  readonly tried: readonly { readonly l2: number; readonly logLoss: number }[];
}

/** Answers out of fold for one strength after the other, each fit beginning where the stronger one ended. */
async function compare(work: Work, folds: ArrayLike<number>, candidates: readonly number[]): Promise<Compared> {
  const { problem, rows, weights, classes, options } = work;
  const { progress, signal } = options;
  const count = 1 + Math.max(...Array.from(folds));
  const places: Float64Array[] = [];
  const tried: { l2: number; logLoss: number }[] = [];
  let best: Compared['best'] | undefined;
  let worse = 0;
  for (const l2 of candidates) {
    const probabilities = new Float32Array(rows.pictures * classes);
    let [sum, whole] = [0, 0];
    for (let fold = 0; fold < count; fold++) {
      const targets = targetsOf(work, (picture) => folds[picture] !== fold);
      const onIteration = () => signal?.throwIfAborted();
      const { place } = await problem.fit(targets, {
        l2,
        tolerance: roughTolerance,
        iterations,
        start: places[fold],
        onIteration,
      });
      places[fold] = place;
      const logits = await problem.logits(place);
      for (let picture = 0; picture < rows.pictures; picture++) {
        if (folds[picture] !== fold) continue;
        const row = meanSoftmax(logits, picture, rows.views, classes);
        probabilities.set(row, picture * classes);
        const weight = weights[picture] as number;
        row.forEach((share, one) => {
          sum -= weight * shareOf(work, picture, one) * Math.log(Math.max(share, Number.MIN_VALUE));
        });
        whole += weight;
      }
      progress?.({
        stage: 'choose the penalty',
        done: tried.length * count + fold + 1,
        total: candidates.length * count,
        unit: 'fits',
      });
    }
    const logLoss = sum / whole;
    tried.push({ l2, logLoss });
    if (!best || logLoss < best.logLoss) [best, worse] = [{ l2, logLoss, probabilities, place: meanOf(places) }, 0];
    else if (++worse === worseInARow) break;
  }
  if (!best) throw new RangeError('At least one strength is tried.');
  return { best, tried };
}

/** Where the fit to all pictures begins: near its end. */
function meanOf(places: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(places[0]?.length ?? 0);
  for (const place of places)
    for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] as number) + (place[at] as number) / places.length;
  return sum;
}

/** softmax of the mean over views of a picture's logits. */
function meanSoftmax(logits: Float64Array, picture: number, views: number, classes: number): Float64Array {
  const row = new Float64Array(classes);
  for (let view = 0; view < views; view++) {
    for (let one = 0; one < classes; one++) {
      row[one] = (row[one] as number) + (logits[(picture * views + view) * classes + one] as number) / views;
    }
  }
  const most = Math.max(...row);
  const powers = row.map((value) => Math.exp(value - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** How much of a picture's label falls to a class. */
function shareOf({ labels, classes, options: { labelSmoothing = 0 } }: Work, picture: number, one: number): number {
  return labelSmoothing / classes + (labels[picture] === one ? 1 - labelSmoothing : 0);
}

/** (rows, classes): each row's share of the whole weight, divided among the classes as its label is. */
function targetsOf(work: Work, counts: (picture: number) => boolean): Float64Array {
  const {
    rows: { pictures, views },
    weights,
    classes,
  } = work;
  let whole = 0;
  for (let picture = 0; picture < pictures; picture++) if (counts(picture)) whole += (weights[picture] as number) * views;
  const targets = new Float64Array(pictures * views * classes);
  for (let picture = 0; picture < pictures; picture++) {
    if (!counts(picture)) continue;
    for (let one = 0; one < classes; one++) {
      const share = (shareOf(work, picture, one) * (weights[picture] as number)) / whole;
      for (let view = 0; view < views; view++) targets[(picture * views + view) * classes + one] = share;
    }
  }
  return targets;
}

/** W x' + b with x' = (x - mean) / deviation, as weights and biases for x. */
function unstandardise(
  place: Float64Array,
  { mean, deviation }: Standardised,
  classes: number,
): Pick<LogisticFit, 'weight' | 'bias'> {
  const size = mean.length;
  const weight = new Float32Array(classes * size);
  const bias = new Float32Array(classes);
  for (let one = 0; one < classes; one++) {
    let shift = place[classes * size + one] as number;
    for (let at = 0; at < size; at++) {
      const own = (place[one * size + at] as number) / (deviation[at] as number);
      weight[one * size + at] = own;
      shift -= own * (mean[at] as number);
    }
    bias[one] = shift;
  }
  return {
    weight: { type: 'float32', dims: [classes, size], data: weight },
    bias: { type: 'float32', dims: [classes], data: bias },
  };
}
