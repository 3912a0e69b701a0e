import type { SplitManifest } from '../dataset/manifest.js';
import { judgedPart, partOf } from '../dataset/part-of.js';
import type { Dataset } from '../dataset/types.js';

/**
 * The pictures that a split keeps aside: its test part, or the validation part where it has no other, as `messier train` judges them.
 *
 * @throws MessierError what partOf throws.
 */
export function heldOut(dataset: Dataset, split: SplitManifest): Dataset {
  return partOf(dataset, split, judgedPart(split));
}
