/** Which pictures are copies, and of which one. */
import { DisjointSets } from '../dataset/disjoint-sets.js';
import type { CachedItem, PixelCache } from '../dataset/types.js';

/** What is said of a picture that has copies. */
export interface Copy {
  /** The copy to keep, unless it is this one. */
  readonly better: string | undefined;
  /** Whether that one has the same bytes. */
  readonly isSame: boolean;
  /** A copy with another label. */
  readonly conflict: { readonly file: string; readonly label: string } | undefined;
}

/** Copies by place. The largest of a group, and of equal ones the first, is the one to keep. */
export function copiesOf({
  cache,
  duplicates,
  same,
}: {
  readonly cache: Pick<PixelCache, 'items'>;
  readonly duplicates: readonly (readonly number[])[];
  readonly same: readonly (readonly [number, number])[];
}): ReadonlyMap<number, Copy> {
  const { items } = cache;
  const sets = new DisjointSets(items.length);
  for (const [first = 0, ...rest] of duplicates) for (const at of rest) sets.join(first, at);
  const copies = new Map<number, Copy>();
  const put = (at: number, best: number, conflict: number | undefined): void => {
    const other = conflict === undefined ? undefined : items[conflict];
    copies.set(at, {
      better: at === best ? undefined : items[best]?.id,
      isSame: items[at]?.hash === items[best]?.hash,
      conflict: other?.label === undefined ? undefined : { file: other.id, label: other.label },
    });
  };
  // Pairs of one scene are not chained: a crop of a crop may share nothing with the first.
  const pairs = new Map<number, number[]>();
  for (const [a, b] of same) {
    pairs.set(a, [...(pairs.get(a) ?? []), b]);
    pairs.set(b, [...(pairs.get(b) ?? []), a]);
  }
  const groups = new Map(sets.sets().flatMap((group) => group.map((at) => [at, group] as const)));
  for (const at of items.keys()) {
    const group = [...new Set([at, ...(groups.get(at) ?? []), ...(pairs.get(at) ?? [])])];
    if (group.length < 2) continue;
    const best = group.reduce((kept, one) => (isBetter(items, one, kept) ? one : kept));
    const label = items[at]?.label;
    put(at, best, label === undefined ? undefined : group.find((one) => differs(items[one], label)));
  }
  return copies;
}

const differs = (item: CachedItem | undefined, label: string): boolean => item?.label !== undefined && item.label !== label;

function isBetter(items: readonly CachedItem[], one: number, kept: number): boolean {
  const size = (at: number): number => (items[at]?.width ?? 0) * (items[at]?.height ?? 0);
  return size(one) > size(kept) || (size(one) === size(kept) && one < kept);
}
