/** Items that are there already, and what is offered under their names. */
import { unsaid } from '../catalogue/arrivals.js';
import type { Label, NewLabel } from '../catalogue/types.js';
import { MessierError } from '../core/errors.js';
import type { Held } from './byte-room.js';
import type { CollectOptions, Offer } from './source.js';

/** An item, and what is offered under its name. */
export interface Known {
  readonly id: number;
  readonly offer: Offer;
}

/** What a damaged or missing file meets that is read. */
const broken = new Set(['blob/absent', 'blob/corrupt', 'file/read']);

/**
 * The hash of an item whose stored file is missing, damaged or unreadable; `undefined` where the file is whole.
 *
 * @throws MessierError what the catalogue and a store as a whole throw.
 */
export async function brokenContent(
  { catalogue, blobs }: Pick<CollectOptions, 'catalogue' | 'blobs'>,
  id: number,
  signal: AbortSignal,
  held: Held,
): Promise<string | undefined> {
  const { items } = await catalogue.find({}, { limit: 1, after: id - 1 });
  const item = items.find((one) => one.id === id);
  if (!item) return undefined;
  await held.take(item.bytes);
  try {
    await blobs.get(item.hash, { signal });
    return undefined;
  } catch (error) {
    if (error instanceof MessierError && broken.has(error.code)) return item.hash;
    throw error;
  } finally {
    held.clear();
  }
}

/** Adds the labels that were never given to these items. */
export async function relabel(catalogue: CollectOptions['catalogue'], known: readonly Known[]): Promise<void> {
  if (known.every(({ offer }) => offer.labels.length === 0)) return;
  const earlier = new Map<number, Label[]>();
  for (const label of await catalogue.labels(known.map(({ id }) => id))) {
    const own = earlier.get(label.item) ?? [];
    earlier.set(label.item, [...own, label]);
  }
  const labels = known.flatMap(({ id, offer }): (NewLabel & { readonly item: number })[] =>
    unsaid(earlier.get(id) ?? [], offer.labels).map((label) => ({ ...label, item: id })),
  );
  if (labels.length > 0) await catalogue.label(labels);
}
