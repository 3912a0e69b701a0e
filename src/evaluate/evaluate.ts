import type { Skipped } from '../dataset/types.js';
import { bootstrapIntervals, settleBootstrap, type BootstrapOptions } from './bootstrap.js';
import { judge, largestK, type Judge } from './judge.js';
import { checkPredictions } from './predictions.js';
import { reliabilityOf } from './reliability.js';
import type { ClassFigures, Evaluation, Interval, Predictions } from './types.js';

/** How predictions are judged. */
export interface EvaluateOptions extends BootstrapOptions {
  /** What was not predicted, for the count. */
  readonly items?: { readonly dropped?: number | undefined; readonly skipped?: readonly Skipped[] | undefined } | undefined;
  /** Temperature that leads from `uncalibrated` to `probabilities`, 1 unless told; only repeated in the result. */
  readonly temperature?: number | undefined;
}

/**
 * Judges answers: every figure of {@link Evaluation} with its percentile bootstrap interval over pictures.
 *
 * Ratios are defined as in scikit-learn with `zero_division=0`; balanced accuracy and the areas under curves go over the classes that
 * have pictures, macro means over those that occur as truth or answer; average precision is the area under the precision-recall curve.
 * Of equal probabilities the earlier class is the answer. In a resample without pictures of a class the class does not count for balanced
 * accuracy and areas, and the resample does not count for that class's recall (for its precision where it is never answered).
 *
 * @throws MessierError `evaluate/empty`, `evaluate/size`, `evaluate/label`, `evaluate/not-finite`, `evaluate/not-probabilities`,
 * `evaluate/bootstrap`.
 *
 * @example
 * const { accuracy } = evaluatePredictions(predictions);
 * console.log(`${accuracy.value} (${accuracy.low} to ${accuracy.high})`);
 */
export function evaluatePredictions(predictions: Predictions, options: EvaluateOptions = {}): Evaluation {
  checkPredictions(predictions);
  const bootstrap = settleBootstrap(options);
  const { classes, labels } = predictions;
  const judged = judge(predictions);
  const intervals = bootstrapIntervals(labels.length, judged.figures, bootstrap);
  const of = (name: string): Interval => intervals[name] as Interval;
  const optional = (name: string): Interval | null => (Number.isNaN(of(name).value) ? null : of(name));
  const { before, after, frequent } = judged;
  return {
    classes,
    accuracy: of('accuracy'),
    balancedAccuracy: of('balancedAccuracy'),
    macroPrecision: of('macroPrecision'),
    macroRecall: of('macroRecall'),
    macroF1: of('macroF1'),
    weightedPrecision: of('weightedPrecision'),
    weightedRecall: of('weightedRecall'),
    weightedF1: of('weightedF1'),
    topK: Object.fromEntries(
      Array.from({ length: largestK(classes.length) - 1 }, (_, index) => [String(index + 2), of(`top ${index + 2}`)]),
    ),
    rocAuc: optional('rocAuc'),
    prAuc: optional('prAuc'),
    logLoss: of('logLoss'),
    kappa: of('kappa'),
    ...tables(judged, classes, labels.length, of),
    calibration: {
      before: reliabilityOf(before, of('errorBefore')),
      after: reliabilityOf(after, of('errorAfter')),
      temperature: options.temperature ?? 1,
    },
    baseline: {
      label: classes[frequent] as string,
      accuracy: of('baselineAccuracy'),
      balancedAccuracy: of('baselineBalancedAccuracy'),
      macroF1: of('baselineMacroF1'),
    },
    bootstrap,
    items: countItems(labels.length, options.items),
  };
}

/** What goes class by class. */
function tables(
  { confusion, rankings }: Judge,
  classes: readonly string[],
  pictures: number,
  of: (name: string) => Interval,
): Pick<Evaluation, 'perClass' | 'confusion'> {
  const once = new Uint16Array(pictures).fill(1);
  const flat = confusion(once);
  const counts = classes.map((_, one) => [...flat.subarray(one * classes.length, (one + 1) * classes.length)]);
  const supports = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const ranked = rankings(once);
  const perClass = classes.map((label, one): ClassFigures => {
    const intervals = {
      precision: zeroed(of(`precision ${one}`)),
      recall: zeroed(of(`recall ${one}`)),
      f1: zeroed(of(`f1 ${one}`)),
    };
    return {
      label,
      precision: intervals.precision.value,
      recall: intervals.recall.value,
      f1: intervals.f1.value,
      rocAuc: ranked[one]?.roc ?? null,
      prAuc: ranked[one]?.precision ?? null,
      support: supports[one] as number,
      intervals,
    };
  });
  const shares = counts.map((row, one) => row.map((count) => (count === 0 ? 0 : count / (supports[one] as number))));
  return { perClass, confusion: { classes, counts, shares } };
}

/** 0 / 0 is 0. An interval has no value only where no resample has one either. */
const zeroed = (interval: Interval): Interval => (Number.isNaN(interval.value) ? { value: 0, low: 0, high: 0 } : interval);

function countItems(counted: number, { dropped = 0, skipped = [] }: EvaluateOptions['items'] = {}): Evaluation['items'] {
  const reasons: Record<string, number> = {};
  for (const { code } of skipped) reasons[code] = (reasons[code] ?? 0) + 1;
  return { counted, dropped, skipped: skipped.length, reasons, skippedItems: skipped };
}
