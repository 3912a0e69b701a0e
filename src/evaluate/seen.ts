/** Whether a model is judged on what it learned from. */
import type { SplitManifest } from '../dataset/manifest.js';
import type { Dataset } from '../dataset/types.js';
import { sha256 } from '../formats/hash.js';
import type { ModelCard } from '../models/card.js';

/** Data that remember what they loaded. */
export interface WatchedDataset extends Dataset {
  /** SHA-256 of each loaded picture, by id. */
  readonly content: ReadonlyMap<string, string>;
}

/** The same data; closing them closes the dataset. */
export function watchContent(dataset: Dataset): WatchedDataset {
  const content = new Map<string, string>();
  const { name, location, items, skipped } = dataset;
  return {
    name,
    location,
    items,
    skipped,
    content,
    async load(item) {
      const loaded = await dataset.load(item);
      content.set(item.id, loaded.hash);
      return loaded;
    },
    close: () => dataset.close(),
  };
}

/**
 * How many items are in the training part of a model's split. They are known by their content, wherever they lie: pictures that were loaded, and of a
 * model of texts the texts; other items by their id.
 *
 * @param ids Of the judged items.
 */
export function countSeen(
  { items, content }: Pick<WatchedDataset, 'items' | 'content'>,
  ids: readonly string[],
  { split, inputs }: { readonly split: SplitManifest; readonly inputs: ModelCard['inputs'] },
): number {
  const training = split.items.filter(({ part }) => part === 'train');
  const [names, contents] = [new Set(training.map(({ id }) => id)), new Set(training.map(({ hash }) => hash))];
  const known =
    inputs === 'text' ? new Map(items.map(({ id, text, hash }) => [id, hash ?? sha256(text ?? '')] as const)) : content;
  return ids.filter((id) => {
    const hash = known.get(id);
    return hash === undefined ? names.has(id) : contents.has(hash);
  }).length;
}
