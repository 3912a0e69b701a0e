/** What pictures say of their labels: a logistic regression that has not seen the picture, and confident learning on its answers. */
import { confidentLearning, logisticRegression } from '../classical/index.js';
import type { WorkOptions } from '../core/progress.js';
import { unitsOf } from '../dataset/split-groups.js';
import { kFold } from '../dataset/split.js';
import type { CachedItem } from '../dataset/types.js';
import { selectFeatures } from '../dataset/features.js';
import type { Tensor } from '../onnx/types.js';

/** A class of fewer pictures says nothing of its own: out of fold too few are left. */
const leastOfClass = 5;
/** More classes than this are names, not classes. */
const mostClasses = 200;
const mostFolds = 5;
/** Flat between 0.03 and 0.06 for the published MobileNetV2's features; see FEATURES.md. */
const l2 = 0.03;
const labelSmoothing = 0.1;

/** A label that the answers contradict. */
export interface LabelDoubt {
  readonly suggested: string;
  /** Probabilities out of fold. */
  readonly given: number;
  readonly instead: number;
}

export interface LabelDoubts {
  /** 1 - p(given label) of each picture; the mean of all where it has no class that can be judged. */
  readonly surprise: Float64Array;
  readonly doubts: ReadonlyMap<number, LabelDoubt>;
  readonly noise: number;
}

/**
 * Out-of-fold answers to every picture whose class has at least 5 pictures, items of one group (an object, near-duplicates) in one fold. `undefined` where there are fewer than two
 * such classes, or more than 200, or where all pictures belong together.
 */
export async function doubtLabels(
  features: Tensor,
  items: readonly CachedItem[],
  groups: readonly (readonly number[])[],
  work: WorkOptions,
): Promise<LabelDoubts | undefined> {
  const counts = new Map<string, number>();
  for (const { label } of items) if (label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
  const classes = [...counts].flatMap(([label, count]) => (count >= leastOfClass ? [label] : [])).sort();
  if (classes.length < 2 || classes.length > mostClasses) return undefined;
  const indexOf = new Map(classes.map((label, at) => [label, at]));
  const judged = [...items.keys()].filter((at) => indexOf.has(items[at]?.label ?? ''));
  const places = new Map(judged.map((at, place) => [at, place]));
  const labels = judged.map((at) => indexOf.get(items[at]?.label ?? '') ?? 0);
  const together = groups.map((group) => group.flatMap((at) => places.get(at) ?? [])).filter((group) => group.length > 1);
  const divided = judged.map((at) => {
    const { id = '', label = '', hash = '', group } = items[at] ?? {};
    return { id, label, hash, group };
  });
  // What belongs together is in one fold: there are no more folds than groups.
  const folds = Math.min(mostFolds, unitsOf(divided, together).length);
  if (folds < 2) return undefined;
  const fit = await logisticRegression(selectFeatures(features, judged), labels, {
    classes: classes.length,
    l2,
    labelSmoothing,
    folds: kFold(divided, { folds, seed: 0, groups: together }),
    ...work,
  });
  const answers = fit.outOfFold ?? new Float32Array();
  const learned = confidentLearning(answers, labels, classes.length);
  const usual = learned.quality.reduce((sum, value) => sum + 1 - value, 0) / labels.length;
  const surprise = new Float64Array(items.length).fill(usual);
  for (const [place, at] of judged.entries()) surprise[at] = 1 - (learned.quality[place] ?? 0);
  const doubts = new Map(
    learned.doubtful.map(({ index, given, suggested }) => {
      const share = (one: number): number => answers[index * classes.length + one] ?? 0;
      const doubt = { suggested: classes[suggested] ?? '', given: share(given), instead: share(suggested) };
      return [judged[index] ?? 0, doubt] as const;
    }),
  );
  return { surprise, doubts, noise: learned.noise };
}
