import { MessierError } from '../core/errors.js';
import type { SplitManifest } from '../dataset/manifest.js';
import type { Dataset } from '../dataset/types.js';

/**
 * The pictures that a split keeps aside: its test part, or the validation part where it has no other, as `messier train` judges them. One whose
 * content changed since can't be loaded (`split/changed`), so that it is skipped with its reason.
 *
 * @throws MessierError `split/missing` where some of them are not in the data.
 */
export function heldOut(dataset: Dataset, { items }: SplitManifest): Dataset {
  const part = items.some((item) => item.part === 'test') ? 'test' : 'validation';
  const hashes = new Map(items.filter((item) => item.part === part).map(({ id, hash }) => [id, hash]));
  const kept = dataset.items.filter(({ id }) => hashes.has(id));
  const skipped = dataset.skipped.filter(({ id }) => hashes.has(id));
  const known = new Set([...kept, ...skipped].map(({ id }) => id));
  const missing = [...hashes.keys()].filter((id) => !known.has(id));
  if (missing[0] !== undefined) {
    throw new MessierError(
      'split/missing',
      `${missing.length} of the ${hashes.size} pictures that the split keeps aside are not in "${dataset.location}", the first: ${missing[0]}. Pass the data that were split.`,
    );
  }
  return {
    name: dataset.name,
    location: dataset.location,
    items: kept,
    skipped,
    async load(item) {
      const loaded = await dataset.load(item);
      if (loaded.hash === hashes.get(item.id)) return loaded;
      throw new MessierError('split/changed', `"${item.id}" has other content than when it was split. Restore it.`);
    },
    close: () => dataset.close(),
  };
}
