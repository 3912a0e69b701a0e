import { MessierError } from '../core/errors.js';

/** A label that the answers contradict. */
export interface DoubtfulLabel {
  /** Place in the list of labels. */
  readonly index: number;
  readonly given: number;
  /** The class that is likeliest instead. */
  readonly suggested: number;
  /** p(suggested) - p(given). */
  readonly margin: number;
}

/** What answers say of labels. */
export interface ConfidentLearning {
  /** Row i, column j: estimated share of all pictures that are labelled i and are j in truth; adds up to 1. */
  readonly joint: readonly (readonly number[])[];
  /** Of each class, the mean probability of the pictures labelled so; NaN where there are none. */
  readonly thresholds: readonly number[];
  /** Estimated share of wrong labels: what `joint` holds off its diagonal. */
  readonly noise: number;
  /** Probability of each picture's own label. */
  readonly quality: Float32Array;
  /** Labels that are likely wrong, largest margin first. */
  readonly doubtful: readonly DoubtfulLabel[];
}

/**
 * Which labels are wrong (Northcutt, Jiang & Chuang 2021, arXiv:1911.00068), from probabilities by models that were not fitted to the picture.
 *
 * A picture labelled i counts as j where p(j) is at least t_j, the mean of p(j) over the pictures labelled j; of several such classes the
 * likeliest one. The counts, brought to the number of labels of each class, are the joint distribution of given and true labels. Doubtful are,
 * for each i and j, as many pictures labelled i as the joint says, those of the largest p(j) - p(i) above 0 (the paper's "prune by noise rate").
 *
 * @param probabilities (N, classes), out of fold: `outOfFold` of a logistic regression, or a cross-validation's answers.
 * @param labels Class of each picture as given.
 * @throws MessierError `classical/labels`, `classical/probabilities`
 *
 * @example
 * const { doubtful } = confidentLearning(fit.outOfFold, labels, 6);
 */
export function confidentLearning(probabilities: Float32Array, labels: ArrayLike<number>, classes: number): ConfidentLearning {
  checkAnswers(probabilities, labels, classes);
  const of = (picture: number, one: number): number => probabilities[picture * classes + one] as number;
  const pictures = Array.from(labels, (_, picture) => picture);
  const members = Array.from({ length: classes }, (_, one) => pictures.filter((picture) => labels[picture] === one));
  const thresholds = members.map((list, one) => list.reduce((sum, picture) => sum + of(picture, one), 0) / list.length);
  const joint = jointOf(members, (picture) => confidentClass(picture, of, thresholds));

  const doubtful = new Map<number, DoubtfulLabel>();
  joint.forEach((row, given) => {
    row.forEach((share, suggested) => {
      if (given === suggested) return;
      const candidates = (members[given] ?? [])
        .map((index) => ({ index, given, suggested, margin: of(index, suggested) - of(index, given) }))
        .sort((a, b) => b.margin - a.margin || a.index - b.index);
      for (const one of candidates.slice(0, Math.round(share * labels.length))) {
        if (one.margin > (doubtful.get(one.index)?.margin ?? 0)) doubtful.set(one.index, one);
      }
    });
  });
  return {
    joint,
    thresholds,
    noise: joint.reduce((sum, row, given) => sum + row.reduce((part, share, one) => (one === given ? part : part + share), 0), 0),
    quality: Float32Array.from(labels, (label, picture) => of(picture, label)),
    doubtful: [...doubtful.values()].sort((a, b) => b.margin - a.margin || a.index - b.index),
  };
}

/** The likeliest class among those that reach their threshold; none where no class does. */
function confidentClass(
  picture: number,
  of: (picture: number, one: number) => number,
  thresholds: readonly number[],
): number | undefined {
  let best: number | undefined;
  thresholds.forEach((threshold, one) => {
    if (of(picture, one) >= threshold && (best === undefined || of(picture, one) > of(picture, best))) best = one;
  });
  return best;
}

/** Counts of confident pictures, each row brought to the number of its labels, all of it to 1. */
function jointOf(
  members: readonly (readonly number[])[],
  classOf: (picture: number) => number | undefined,
): readonly (readonly number[])[] {
  const whole = members.reduce((sum, { length }) => sum + length, 0);
  return members.map((list, given) => {
    const counts = members.map(() => 0);
    for (const picture of list) {
      const one = classOf(picture);
      if (one !== undefined) counts[one] = (counts[one] ?? 0) + 1;
    }
    const sum = counts.reduce((total, count) => total + count, 0);
    // Where no picture of a class is sure of anything, nothing speaks against its labels.
    if (sum === 0) counts[given] = 1;
    return counts.map((count) => ((count / (sum || 1)) * list.length) / whole);
  });
}

function checkAnswers(probabilities: Float32Array, labels: ArrayLike<number>, classes: number): void {
  if (!Number.isInteger(classes) || classes < 2 || labels.length === 0 || probabilities.length !== labels.length * classes) {
    throw new MessierError(
      'classical/probabilities',
      `Probabilities (N, classes) of at least 1 picture and 2 classes expected; ${probabilities.length} values for ${labels.length} pictures and ${classes} classes received.`,
    );
  }
  const bad = probabilities.findIndex((value) => !(value >= 0 && value <= 1));
  if (bad !== -1) {
    throw new MessierError(
      'classical/probabilities',
      `Probabilities lie in [0, 1]; picture ${Math.floor(bad / classes)} has ${String(probabilities[bad])}. Pass softmax(logits).`,
    );
  }
  const wrong = Array.from(labels).findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  if (wrong === -1) return;
  throw new MessierError(
    'classical/labels',
    `Labels are whole numbers from 0 to ${classes - 1}; picture ${wrong} has ${String(labels[wrong])}.`,
  );
}
