/** Figures of one class that follow from counts. */
export interface ClassCounts {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Pictures of the class. */
  readonly support: number;
}

/** Figures that follow from a confusion matrix. */
export interface ConfusionFigures {
  readonly accuracy: number;
  readonly balancedAccuracy: number;
  readonly macroPrecision: number;
  readonly macroRecall: number;
  readonly macroF1: number;
  readonly weightedPrecision: number;
  readonly weightedRecall: number;
  readonly weightedF1: number;
  readonly kappa: number;
  readonly perClass: readonly ClassCounts[];
}

/** Counts of (truth, answer), row after row. */
export function confusionOf(labels: Int32Array, answers: Int32Array, classes: number): Float64Array {
  const counts = new Float64Array(classes * classes);
  for (let row = 0; row < labels.length; row++) {
    const cell = (labels[row] as number) * classes + (answers[row] as number);
    counts[cell] = (counts[cell] as number) + 1;
  }
  return counts;
}

/** 0 / 0 is 0: scikit-learn's `zero_division=0`. */
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/**
 * Figures of a confusion matrix (classes x classes, rows are the truth). Defined as in scikit-learn: a ratio without anything to count
 * is 0; balanced accuracy is the mean recall of the classes that have pictures; macro means go over the classes that occur as truth or
 * as answer; weighted ones weigh by the pictures of the class. Kappa (Cohen 1960) is (observed - chance) / (1 - chance), and 0 where
 * truth and answers are all of one class, which scikit-learn leaves undefined.
 */
export function confusionFigures(counts: Float64Array, classes: number): ConfusionFigures {
  const perClass: ClassCounts[] = [];
  const answered: number[] = [];
  let total = 0;
  let right = 0;
  for (let one = 0; one < classes; one++) {
    const hits = counts[one * classes + one] as number;
    let support = 0;
    let answers = 0;
    for (let other = 0; other < classes; other++) {
      support += counts[one * classes + other] as number;
      answers += counts[other * classes + one] as number;
    }
    total += support;
    right += hits;
    answered.push(answers);
    perClass.push({
      precision: ratio(hits, answers),
      recall: ratio(hits, support),
      f1: ratio(2 * hits, support + answers),
      support,
    });
  }
  const mean = (figure: (counts: ClassCounts) => number, weight: (counts: ClassCounts, index: number) => number): number => {
    let sum = 0;
    let weights = 0;
    perClass.forEach((one, index) => {
      sum += figure(one) * weight(one, index);
      weights += weight(one, index);
    });
    return ratio(sum, weights);
  };
  const occurs = ({ support }: ClassCounts, index: number): number => (support > 0 || (answered[index] ?? 0) > 0 ? 1 : 0);
  const bySupport = ({ support }: ClassCounts): number => support;
  const chance = ratio(
    perClass.reduce((sum, { support }, index) => sum + support * (answered[index] ?? 0), 0),
    total * total,
  );
  const accuracy = ratio(right, total);
  return {
    accuracy,
    balancedAccuracy: mean(
      (one) => one.recall,
      ({ support }) => (support > 0 ? 1 : 0),
    ),
    macroPrecision: mean((one) => one.precision, occurs),
    macroRecall: mean((one) => one.recall, occurs),
    macroF1: mean((one) => one.f1, occurs),
    weightedPrecision: mean((one) => one.precision, bySupport),
    weightedRecall: mean((one) => one.recall, bySupport),
    weightedF1: mean((one) => one.f1, bySupport),
    kappa: ratio(accuracy - chance, 1 - chance),
    perClass,
  };
}
