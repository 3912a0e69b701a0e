import { MessierError } from '../core/errors.js';
import { checkScores, largest } from './scores.js';
import type { Predictions } from './types.js';

/** How far a row of probabilities may be from adding up to 1. */
const ROW_TOLERANCE = 1e-3;

/** @throws MessierError `evaluate/empty`, `evaluate/size`, `evaluate/label`, `evaluate/not-finite`, `evaluate/not-probabilities`. */
export function checkPredictions({ classes, ids, labels, probabilities, uncalibrated }: Predictions): void {
  if (ids.length !== labels.length) {
    throw new MessierError('evaluate/size', `One id a label expected; ${ids.length} ids and ${labels.length} labels received.`);
  }
  checkShares(labels, probabilities, classes.length, 'probabilities');
  checkShares(labels, uncalibrated, classes.length, 'uncalibrated');
}

function checkShares(labels: Int32Array, scores: Float32Array, classes: number, what: string): void {
  checkScores(labels, scores, classes, what);
  for (let row = 0; row < labels.length; row++) {
    const shares = scores.subarray(row * classes, (row + 1) * classes);
    const sum = shares.reduce((total, share) => total + share, 0);
    if (shares.every((share) => share >= 0) && Math.abs(sum - 1) <= ROW_TOLERANCE) continue;
    throw new MessierError(
      'evaluate/not-probabilities',
      `${what}: shares that add up to 1 expected for each picture, [${shares.slice(0, 10).join(', ')}] received for picture ${row}. Apply softmax to logits first.`,
    );
  }
}

/** A picture that was answered wrongly. */
export interface WrongAnswer {
  /** Its place among the predictions. */
  readonly index: number;
  readonly id: string;
  readonly label: string;
  readonly answer: string;
  /** Probability of the answer. */
  readonly confidence: number;
}

/** The `n` wrong answers of the highest probability, most confident first; of equal ones the earlier picture. */
export function mostConfidentMistakes(predictions: Predictions, n: number): WrongAnswer[] {
  checkPredictions(predictions);
  const { classes, ids, labels, probabilities } = predictions;
  const wrong: WrongAnswer[] = [];
  largest(probabilities, classes.length).forEach((answer, index) => {
    const label = labels[index] as number;
    if (answer === label) return;
    wrong.push({
      index,
      id: ids[index] as string,
      label: classes[label] as string,
      answer: classes[answer] as string,
      confidence: probabilities[index * classes.length + answer] as number,
    });
  });
  return wrong.sort((a, b) => b.confidence - a.confidence).slice(0, n);
}
