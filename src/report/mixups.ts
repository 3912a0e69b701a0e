import type { Evaluation } from '../evaluate/types.js';

/** One cell of a confusion matrix. */
export interface ConfusionCell {
  readonly truth: string;
  readonly answer: string;
  readonly count: number;
  /** Of the pictures of the true class; `undefined` where it has none. */
  readonly share: number | undefined;
}

/** A cell off the diagonal that is not empty. */
export type Mixup = ConfusionCell & { readonly share: number };

/** Row by row. */
export function confusionCells({ classes, counts, shares }: Evaluation['confusion']): readonly ConfusionCell[] {
  return classes.flatMap((truth, row) => {
    const empty = (counts[row] ?? []).every((value) => value === 0);
    return classes.map((answer, column) => ({
      truth,
      answer,
      count: counts[row]?.[column] ?? 0,
      share: empty ? undefined : (shares[row]?.[column] ?? 0),
    }));
  });
}

/** Which classes are taken for which, most frequent first. */
export const mixups = (confusion: Evaluation['confusion']): readonly Mixup[] =>
  confusionCells(confusion)
    .filter((one): one is Mixup => one.truth !== one.answer && one.count > 0 && one.share !== undefined)
    .sort((a, b) => b.count - a.count || b.share - a.share);
