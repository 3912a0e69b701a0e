import { MessierError } from '../core/errors.js';
import { DisjointSets } from './disjoint-sets.js';

/** What a split looks at. */
export interface SplitItem {
  readonly id: string;
  /** SHA-256 of the content. */
  readonly hash: string;
  /** The class. */
  readonly label: string;
  /** Items of one group stay together. */
  readonly group?: string | undefined;
}

/** Items by their content, then by id: an order that does not depend on how they are listed. */
export function contentOrder(items: readonly SplitItem[]): Int32Array {
  const order = Int32Array.from(items, (_, index) => index);
  return order.sort((a, b) => {
    const [first, second] = [items[a] as SplitItem, items[b] as SplitItem];
    return compare(first.hash, second.hash) || compare(first.id, second.id);
  });
}

/** By UTF-16 code units, the same in every locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/**
 * Items that stay together: those of one `group`, those of one list of `groups`, and whatever these join. Units and their members are in
 * content order. Throws `split/groups` where a list names a place that is not there.
 */
export function unitsOf(items: readonly SplitItem[], groups: readonly (readonly number[])[]): number[][] {
  const order = contentOrder(items);
  const places = new Int32Array(items.length);
  for (const [place, index] of order.entries()) places[index] = place;
  const sets = new DisjointSets(items.length);
  const firsts = new Map<string, number>();
  for (const [place, index] of order.entries()) {
    const { group } = items[index] as SplitItem;
    if (group === undefined) continue;
    const first = firsts.get(group);
    if (first === undefined) firsts.set(group, place);
    else sets.join(first, place);
  }
  for (const group of groups) {
    const known = group.map((index) => {
      const place = places[index];
      if (place !== undefined) return place;
      const rule = `groups: places in the list of items expected, 0 to ${items.length - 1}`;
      throw new MessierError('split/groups', `${rule}, ${index} received. Find the groups among these same items.`);
    });
    for (const place of known) sets.join(known[0] as number, place);
  }
  return sets.sets().map((unit) => unit.map((place) => order[place] as number));
}
