import type { Kysely } from 'kysely';
import { MessierError } from '../core/errors.js';
import { insertArrivals, nextId, storedItems, unsaid, type Arrival } from './arrivals.js';
import { write } from './dialect.js';
import { catalogueLimits, checkedItem } from './new-item.js';
import type { Tables } from './tables.js';
import type { Added, NewItem } from './types.js';

/**
 * Takes items in, one for each content, whole or not at all. Item by item, in the order given:
 *
 * - Content that is new becomes an item with these fields, names and labels.
 * - Content that is there, or came earlier in the same call, keeps its fields. It gains the name under which it came, votes that were not there, and labels
 *   that were never given: one that its author gave before, even if it was retracted since, is not given again.
 * - A source's name that stood for other content stands for the newer item from now on; the older item stays.
 * - A name that was refused before is refused no longer.
 *
 * @throws MessierError `catalogue/limit`, `catalogue/item`, `catalogue/label`, `catalogue/name`.
 */
export async function addItems(db: Kysely<Tables>, items: readonly NewItem[]): Promise<readonly Added[]> {
  if (items.length > catalogueLimits.itemsAtOnce) {
    throw new MessierError(
      'catalogue/limit',
      `At most ${catalogueLimits.itemsAtOnce} items are taken in at once, ${items.length} received. Give them in parts.`,
    );
  }
  if (items.length === 0) return [];
  const arrivals = byContent(items.map(checkedItem));
  const ids = new Map<string, number>();
  const fresh = await write(db, async (transaction) => {
    const there = await storedItems(transaction, [...arrivals.keys()]);
    let next = await nextId(transaction);
    for (const hash of arrivals.keys()) ids.set(hash, there.get(hash) ?? next++);
    const placed = [...arrivals].map(([hash, arrival]) => ({ ...arrival, id: ids.get(hash) ?? NaN, isNew: !there.has(hash) }));
    await insertArrivals(transaction, placed, new Date().toISOString());
    return new Set(placed.filter(({ isNew }) => isNew).map(({ item }) => item.hash));
  });
  return items.map(({ hash }) => ({ id: ids.get(hash) ?? NaN, isNew: fresh.delete(hash) }));
}

function byContent(items: readonly NewItem[]): ReadonlyMap<string, Arrival> {
  const arrivals = new Map<string, Arrival>();
  for (const item of items) {
    let arrival = arrivals.get(item.hash);
    if (!arrival) {
      arrival = { item, names: new Map(), labels: [], votes: [] };
      arrivals.set(item.hash, arrival);
    }
    arrival.names.set(`${item.source}\0${item.sourceId}`, [item.source, item.sourceId]);
    arrival.labels.push(...unsaid(arrival.labels, item.labels));
    if (item.votes) arrival.votes.push(item.votes);
  }
  return arrivals;
}
