import { checkScores } from './scores.js';
import { MessierError } from '../core/errors.js';

/** Temperatures lie between these; answers that are all right would want 0, useless ones infinity. */
export const LEAST_TEMPERATURE = 0.01;
export const LARGEST_TEMPERATURE = 100;

/** Halvings of the range of log T: its last interval is narrower than a double resolves. */
const HALVINGS = 56;

/**
 * The temperature T of softmax((logits + offsets) / T) that minimises the mean log loss (Guo et al. 2017, arXiv:1706.04599).
 * The loss is convex in 1 / T; its slope, mean of (expected logit - true class's logit), is brought to zero by bisection.
 *
 * @param logits (N, classes).
 * @param offsets Added to the logits first, 0 unless told.
 * @returns A value from 0.01 to 100.
 * @throws MessierError `evaluate/empty`, `evaluate/size`, `evaluate/label`, `evaluate/not-finite`.
 *
 * @example
 * const temperature = fitTemperature(validationLogits, validationLabels, 4);
 */
export function fitTemperature(logits: Float32Array, labels: Int32Array, classes: number, offsets?: readonly number[]): number {
  checkScores(labels, logits, classes, 'logits');
  const added = settleOffsets(offsets, classes);
  const row = new Float64Array(classes);
  /** Of the loss by 1 / T, times the number of pictures. */
  const slope = (inverse: number): number => {
    let sum = 0;
    for (let picture = 0; picture < labels.length; picture++) {
      const start = picture * classes;
      softmaxRow(logits, start, inverse, added, row);
      const truth = labels[picture] as number;
      const own = (logits[start + truth] as number) + (added[truth] as number);
      for (let one = 0; one < classes; one++) {
        sum += (row[one] as number) * ((logits[start + one] as number) + (added[one] as number) - own);
      }
    }
    return sum;
  };
  let low = Math.log(LEAST_TEMPERATURE);
  let high = Math.log(LARGEST_TEMPERATURE);
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    // A loss that still falls with 1 / T wants a lower T.
    if (slope(Math.exp(-middle)) < 0) high = middle;
    else low = middle;
  }
  return Math.exp((low + high) / 2);
}

/** Logits of probabilities, up to a constant that softmax does not see. */
export const logitsOf = (probabilities: Float32Array): Float32Array =>
  probabilities.map((value) => Math.log(Math.max(value, 1e-30)));

/** softmax((logits + offsets) / temperature) of each row; (N, classes). */
export function calibrated(
  logits: Float32Array,
  classes: number,
  temperature: number,
  offsets?: readonly number[],
): Float32Array {
  const added = settleOffsets(offsets, classes);
  const row = new Float64Array(classes);
  const probabilities = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) {
    softmaxRow(logits, start, 1 / temperature, added, row);
    probabilities.set(row, start);
  }
  return probabilities;
}

/** Probabilities after temperatures that the judged pictures had no part in. */
export interface CrossFitted {
  /** (N, classes). */
  readonly probabilities: Float32Array;
  /** Fitted on the pictures of even index and applied to the odd ones, and the other way round. */
  readonly temperatures: readonly [even: number, odd: number];
}

/**
 * Temperature scaling judged honestly where there are no other pictures to fit it on: two folds by index, each calibrated with the
 * temperature of the other.
 *
 * @throws MessierError as {@link fitTemperature}; `evaluate/empty` also for a single picture.
 */
export function crossFittedTemperature(
  logits: Float32Array,
  labels: Int32Array,
  classes: number,
  offsets?: readonly number[],
): CrossFitted {
  checkScores(labels, logits, classes, 'logits');
  const fold = (parity: number): Int32Array => Int32Array.from(labels.keys()).filter((index) => index % 2 === parity);
  const take = (rows: Int32Array): Float32Array => {
    const taken = new Float32Array(rows.length * classes);
    rows.forEach((index, at) => {
      taken.set(logits.subarray(index * classes, (index + 1) * classes), at * classes);
    });
    return taken;
  };
  const folds = [fold(0), fold(1)] as const;
  const fit = (rows: Int32Array): number =>
    fitTemperature(
      take(rows),
      rows.map((index) => labels[index] as number),
      classes,
      offsets,
    );
  const temperatures = [fit(folds[0]), fit(folds[1])] as const;
  const probabilities = new Float32Array(logits.length);
  folds.forEach((rows, parity) => {
    const other = temperatures[1 - parity] as number;
    const made = calibrated(take(rows), classes, other, offsets);
    rows.forEach((index, at) => {
      probabilities.set(made.subarray(at * classes, (at + 1) * classes), index * classes);
    });
  });
  return { probabilities, temperatures };
}

function settleOffsets(offsets: readonly number[] | undefined, classes: number): readonly number[] {
  const settled = offsets ?? Array.from({ length: classes }, () => 0);
  if (settled.length === classes && settled.every(Number.isFinite)) return settled;
  throw new MessierError('evaluate/size', `offsets: ${classes} finite numbers expected, [${settled.join(', ')}] received.`);
}

/** softmax((logits[start..] + offsets) * inverse) into `row`. */
function softmaxRow(logits: Float32Array, start: number, inverse: number, offsets: readonly number[], row: Float64Array): void {
  let most = -Infinity;
  for (let one = 0; one < row.length; one++) {
    const score = ((logits[start + one] as number) + (offsets[one] as number)) * inverse;
    row[one] = score;
    if (score > most) most = score;
  }
  let sum = 0;
  for (let one = 0; one < row.length; one++) {
    const share = Math.exp((row[one] as number) - most);
    row[one] = share;
    sum += share;
  }
  for (let one = 0; one < row.length; one++) row[one] = (row[one] as number) / sum;
}
