import { MessierError } from '../core/errors.js';
import { randomStream } from '../core/random.js';
import type { SplitManifest } from './manifest.js';
import type { Dataset, Item, Part } from './types.js';

/** How much of a part is taken. */
export interface PartOptions {
  /** At most so many items, the same ones each time; all unless told. */
  readonly most?: number | undefined;
}

/** The part of a split that judges: the test part, or the validation part where there is no other. */
export function judgedPart({ items }: { readonly items: readonly { readonly part: Part }[] }): 'test' | 'validation' {
  return items.some(({ part }) => part === 'test') ? 'test' : 'validation';
}

/**
 * The items of one part of a split, in the dataset's order. One whose content changed since is skipped (`split/changed`), a picture
 * where it can't be loaded. Closing it closes the dataset.
 *
 * @throws MessierError `split/missing` where some of the part are not in the data.
 */
export function partOf(dataset: Dataset, { items, seed }: SplitManifest, part: Part, { most }: PartOptions = {}): Dataset {
  const hashes = new Map(items.filter((item) => item.part === part).map(({ id, hash }) => [id, hash]));
  const found = dataset.items.filter(({ id }) => hashes.has(id));
  // Texts are known by their lines, which move where a table grows: what was trained on would judge.
  const isChanged = ({ id, hash }: Item): boolean => hash !== undefined && hash !== hashes.get(id);
  const kept = found.filter((item) => !isChanged(item));
  const skipped = [
    ...dataset.skipped.filter(({ id }) => hashes.has(id)),
    ...found.filter(isChanged).map(({ id }) => ({ id, code: 'split/changed', reason: changed(id) })),
  ];
  const known = new Set([...kept, ...skipped].map(({ id }) => id));
  const missing = [...hashes.keys()].filter((id) => !known.has(id));
  if (missing[0] !== undefined) {
    throw new MessierError(
      'split/missing',
      `${missing.length} of the ${hashes.size} items of the split's part "${part}" are not in "${dataset.location}", the first: ${missing[0]}. Pass the data that were split.`,
    );
  }
  const places = most === undefined || kept.length <= most ? undefined : sample(kept.length, most, seed);
  return {
    name: dataset.name,
    location: dataset.location,
    items: places ? kept.filter((_, at) => places.has(at)) : kept,
    skipped: places ? [] : skipped,
    async load(item) {
      const loaded = await dataset.load(item);
      if (loaded.hash === hashes.get(item.id)) return loaded;
      throw new MessierError('split/changed', changed(item.id));
    },
    close: () => dataset.close(),
  };
}

const changed = (id: string): string => `"${id}" has other content than when it was split. Restore it.`;

function sample(count: number, most: number, seed: number): ReadonlySet<number> {
  const places = Array.from({ length: count }, (_, at) => at);
  return new Set(randomStream(seed, 'part').shuffle(places).slice(0, most));
}
