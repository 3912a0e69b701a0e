import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { kFold } from '../dataset/split.js';
import type { Rows } from './rows.js';

/** Strengths that `auto` tries, from the strongest on; it ends where two in a row were worse. */
export const l2Candidates: readonly number[] = Array.from({ length: 11 }, (_, step) => 10 ** ((2 - step) / 2));

/** What a logistic regression is told. */
export interface LogisticOptions extends WorkOptions {
  /** At least 2. */
  readonly classes: number;
  /**
   * Strength of the penalty l2 / 2 |W|^2 on weights of standardised features, beside the mean log loss (scikit-learn's C is
   * 1 / (l2 N)); `auto` takes the one of {@link l2Candidates} with the least log loss out of fold.
   */
  readonly l2: number | 'auto';
  /**
   * Share of each label that is spread evenly over all classes, in [0, 1), 0 unless told (https://arxiv.org/abs/1512.00567): labels of which
   * some are wrong are then believed less.
   */
  readonly labelSmoothing?: number | undefined;
  /** One factor a class, above 0, on the pictures labelled so. */
  readonly classWeights?: readonly number[] | undefined;
  /** One factor a picture; pictures of 0 take no part, but are answered out of fold. */
  readonly sampleWeights?: ArrayLike<number> | undefined;
  /** Fold of each picture, from 0 on, for answers out of fold; five stratified ones for `auto` unless told. Near-duplicates belong into one. */
  readonly folds?: ArrayLike<number> | undefined;
}

/** The weight of each picture: its own times its class's. @throws MessierError `classical/option`, `classical/labels`. */
export function weightsOf(
  rows: Rows,
  labels: ArrayLike<number>,
  { classes, l2, labelSmoothing = 0, classWeights, sampleWeights }: LogisticOptions,
): Float64Array {
  const option = (message: string) => new MessierError('classical/option', message);
  const isFactor = (value: number) => value >= 0 && Number.isFinite(value);
  if (!Number.isInteger(classes) || classes < 2) throw option(`classes: a whole number from 2 up expected, ${classes} received.`);
  if (l2 !== 'auto' && !(l2 > 0 && Number.isFinite(l2))) {
    throw option(
      `l2: a number above 0 or "auto" expected, ${String(l2)} received. Separable classes have no finite fit without it.`,
    );
  }
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    throw option(`labelSmoothing: in [0, 1) expected, ${labelSmoothing} received.`);
  if (classWeights && !(classWeights.length === classes && classWeights.every((value) => value > 0 && isFactor(value)))) {
    throw option(
      `classWeights: a number above 0 for each of ${classes} classes expected, [${classWeights.join(', ')}] received.`,
    );
  }
  if (sampleWeights && !(sampleWeights.length === rows.pictures && Array.from(sampleWeights).every(isFactor))) {
    throw option(
      `sampleWeights: a number from 0 up for each of ${rows.pictures} pictures expected. Check their number and values.`,
    );
  }
  const labelled = (message: string) => new MessierError('classical/labels', message);
  if (labels.length !== rows.pictures) throw labelled(`${rows.pictures} pictures have ${labels.length} labels. Pass one each.`);
  const weights = new Float64Array(rows.pictures);
  const sums = new Float64Array(classes);
  for (let picture = 0; picture < rows.pictures; picture++) {
    const label = labels[picture] as number;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw labelled(`Labels are whole numbers from 0 to ${classes - 1}; picture ${picture} has ${label}.`);
    }
    weights[picture] = (classWeights?.[label] ?? 1) * (sampleWeights?.[picture] ?? 1);
    sums[label] = (sums[label] as number) + (weights[picture] as number);
  }
  const empty = sums.findIndex((sum) => sum === 0);
  if (empty !== -1)
    throw labelled(`Class ${empty} has no picture of a weight above 0. Leave the class out, or give it pictures.`);
  return weights;
}

/** The folds given, or five stratified ones where the penalty is chosen. */
export function foldsOf(
  labels: ArrayLike<number>,
  pictures: number,
  { l2, folds }: LogisticOptions,
): ArrayLike<number> | undefined {
  if (!folds) {
    if (l2 !== 'auto') return undefined;
    const items = Array.from(labels, (label, picture) => ({ id: String(picture), label: String(label), hash: String(picture) }));
    return kFold(items, { folds: Math.min(5, pictures), seed: 0 });
  }
  const list = Array.from(folds);
  const count = 1 + Math.max(...list);
  const isWhole = list.every((fold) => Number.isInteger(fold) && fold >= 0) && new Set(list).size === count;
  if (list.length === pictures && count >= 2 && isWhole) return folds;
  throw new MessierError(
    'classical/option',
    `folds: a whole number for each of ${pictures} pictures, at least 0 and 1 among them and none left out, expected. Take kFold's.`,
  );
}
