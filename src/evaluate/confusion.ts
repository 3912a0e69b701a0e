/** Figures of one class that follow from counts. */
export interface ClassCounts {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Pictures of the class. */
  readonly support: number;
  /** Pictures that were answered so. */
  readonly answered: number;
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

/** Sum of the weights of the pictures in each cell. */
export function countCells(cells: Int32Array, weights: Uint16Array, size: number): Float64Array {
  const counts = new Float64Array(size);
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row] as number;
    counts[cell] = (counts[cell] as number) + (weights[row] as number);
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
  let total = 0;
  let right = 0;
  for (let one = 0; one < classes; one++) {
    const hits = counts[one * classes + one] as number;
    let support = 0;
    let answered = 0;
    for (let other = 0; other < classes; other++) {
      support += counts[one * classes + other] as number;
      answered += counts[other * classes + one] as number;
    }
    total += support;
    right += hits;
    perClass.push({
      precision: ratio(hits, answered),
      recall: ratio(hits, support),
      f1: ratio(2 * hits, support + answered),
      support,
      answered,
    });
  }
  const mean = (figure: (one: ClassCounts) => number, weight: (one: ClassCounts) => number): number => {
    let sum = 0;
    let weights = 0;
    for (const one of perClass) {
      sum += figure(one) * weight(one);
      weights += weight(one);
    }
    return ratio(sum, weights);
  };
  const has = ({ support }: ClassCounts): number => (support > 0 ? 1 : 0);
  const occurs = ({ support, answered }: ClassCounts): number => (support + answered > 0 ? 1 : 0);
  const bySupport = ({ support }: ClassCounts): number => support;
  const chance = ratio(
    perClass.reduce((sum, { support, answered }) => sum + support * answered, 0),
    total * total,
  );
  const accuracy = ratio(right, total);
  return {
    accuracy,
    balancedAccuracy: mean((one) => one.recall, has),
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
