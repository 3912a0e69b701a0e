import { MessierError } from '../core/errors.js';

/** Probabilities are raised to this before their logarithm is taken, as scikit-learn does with float32: 2^-23. */
const LEAST_PROBABILITY = 2 ** -23;

/** Most classes that are judged: the confusion matrix grows with their square. */
export const MOST_CLASSES = 1000;

/**
 * Checks that every picture has a class and a finite score for each class.
 *
 * @throws MessierError `evaluate/empty`, `evaluate/size`, `evaluate/label`, `evaluate/not-finite`.
 */
export function checkScores(labels: Int32Array, scores: Float32Array, classes: number, what = 'probabilities'): void {
  if (labels.length === 0) {
    throw new MessierError('evaluate/empty', 'At least one labelled picture expected, none received. Nothing can be judged.');
  }
  if (!Number.isInteger(classes) || classes < 2 || classes > MOST_CLASSES) {
    throw new MessierError('evaluate/size', `2 to ${MOST_CLASSES} classes can be judged, ${classes} received.`);
  }
  if (scores.length !== labels.length * classes) {
    throw new MessierError(
      'evaluate/size',
      `${what}: ${labels.length} pictures x ${classes} classes expected, ${scores.length} values received.`,
    );
  }
  const stranger = labels.find((label) => label < 0 || label >= classes);
  if (stranger !== undefined) {
    throw new MessierError('evaluate/label', `A label is a class from 0 to ${classes - 1}; ${stranger} received.`);
  }
  const at = scores.findIndex((score) => !Number.isFinite(score));
  if (at >= 0) {
    throw new MessierError(
      'evaluate/not-finite',
      `${what}: finite numbers expected, ${String(scores[at])} received for picture ${Math.floor(at / classes)}. Has training diverged?`,
    );
  }
}

/** Class of the largest score of each row; the first of equal ones. */
export function largest(scores: Float32Array, classes: number): Int32Array {
  const answers = new Int32Array(scores.length / classes);
  for (let row = 0; row < answers.length; row++) {
    let best = row * classes;
    for (let at = best + 1; at < (row + 1) * classes; at++) {
      if ((scores[at] as number) > (scores[best] as number)) best = at;
    }
    answers[row] = best - row * classes;
  }
  return answers;
}

/** -log of the true class's probability, of each picture. */
export function logLosses(labels: Int32Array, probabilities: Float32Array, classes: number): Float64Array {
  return Float64Array.from(labels, (label, row) => {
    const probability = probabilities[row * classes + label] as number;
    return -Math.log(Math.max(probability, LEAST_PROBABILITY));
  });
}
