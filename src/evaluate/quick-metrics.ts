import { confusionFigures, countCells } from './confusion.js';
import { rankingFigures, rankingOf } from './ranking.js';
import { checkScores, largest, logLosses } from './scores.js';

/** Figures of a validation part, by the names that a monitor knows. */
export interface QuickMetrics {
  /** Mean of -log(probability of the true class), natural logarithm. */
  readonly loss: number;
  readonly accuracy: number;
  /** Mean recall over the classes that have pictures. */
  readonly balancedAccuracy: number;
  /** Over the classes that occur as truth or as answer. */
  readonly macroF1: number;
  /** One against the rest, mean over the classes that have pictures and are not all; NaN where there is no such class. */
  readonly auc: number;
}

/**
 * The figures that training watches, without intervals.
 *
 * @param labels Class of each picture.
 * @param probabilities (N, classes).
 * @throws MessierError `evaluate/empty`, `evaluate/size`, `evaluate/label`, `evaluate/not-finite`.
 *
 * @example
 * const { balancedAccuracy } = quickMetrics(labels, probabilities, 4);
 */
export function quickMetrics(labels: Int32Array, probabilities: Float32Array, classes: number): QuickMetrics {
  checkScores(labels, probabilities, classes);
  const answers = largest(probabilities, classes);
  const cells = labels.map((label, row) => label * classes + (answers[row] as number));
  const once = new Uint16Array(labels.length).fill(1);
  const { accuracy, balancedAccuracy, macroF1 } = confusionFigures(countCells(cells, once, classes * classes), classes);
  const loss = logLosses(labels, probabilities, classes).reduce((sum, one) => sum + one, 0) / labels.length;
  let areas = 0;
  let counted = 0;
  for (const one of new Set(labels)) {
    const figures = rankingFigures(rankingOf(labels, probabilities, classes, one), once);
    if (!figures) continue;
    areas += figures.roc;
    counted++;
  }
  return { loss, accuracy, balancedAccuracy, macroF1, auc: areas / counted };
}
