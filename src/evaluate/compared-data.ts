import type { SplitManifest } from '../dataset/manifest.js';
import type { VoteTable } from '../dataset/open-votes.js';
import { judgedPart, partOf } from '../dataset/part-of.js';
import type { Dataset } from '../dataset/types.js';
import type { ComparedData } from './compare-models.js';

/** Of the training part so many are judged: enough to show how far a model has learned it by heart. */
export const trainingSample = 1000;

/**
 * What models are compared on: the part of the split that judges, and beside it the other parts, of a large training part a sample that the split's
 * seed chooses. Without a split all the data judge.
 *
 * @throws MessierError `split/missing`
 */
export function comparedData(
  { dataset, votes }: { readonly dataset: Dataset; readonly votes?: VoteTable | undefined },
  split?: SplitManifest,
): ComparedData {
  if (!split) return { dataset, votes };
  const count = (part: string): number => split.items.filter((item) => item.part === part).length;
  const [training, validation] = [count('train'), count('validation')];
  const judged = judgedPart(split);
  return {
    dataset: partOf(dataset, split, judged),
    judged,
    votes,
    train: training > 0 ? { dataset: partOf(dataset, split, 'train', { most: trainingSample }), of: training } : undefined,
    validation:
      judged === 'test' && validation > 0 ? { dataset: partOf(dataset, split, 'validation'), of: validation } : undefined,
  };
}
