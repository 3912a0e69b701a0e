import { randomStream } from '../core/random.js';
import { compare, type SplitItem } from './split-groups.js';

/** Target of a class that a part should have nothing of, where the distance to it is measured. */
const leastTarget = 0.5;

/** The classes of items, by name. */
export function classNames(items: readonly SplitItem[]): string[] {
  return [...new Set(items.map(({ label }) => label))].sort(compare);
}

/**
 * The part of each item. Units of several items come first, the largest first: each goes to the part with room where the squared
 * distances to the targets, divided by the targets (Pearson's chi-square), grow least. Single items then fill up, class by class. Among
 * equals the seed decides, by content and not by place.
 *
 * So parts have exactly their targets where no items belong together; with units no part takes another one once it is full.
 *
 * @param targets (classes, parts), classes in the order of {@link classNames}; those of each class add up to its items.
 * @param units Those of `unitsOf`: in content order.
 */
export function assignUnits(
  items: readonly SplitItem[],
  units: readonly (readonly number[])[],
  targets: Int32Array,
  seed: number,
): Int32Array {
  const names = classNames(items);
  const classes = new Map(names.map((name, index) => [name, index]));
  const parts = names.length === 0 ? 0 : targets.length / names.length;
  const needs = targets.slice();
  const result = new Int32Array(items.length);
  const give = (index: number, part: number): void => {
    const cell = (classes.get((items[index] as SplitItem).label) as number) * parts + part;
    needs[cell] = (needs[cell] as number) - 1;
    result[index] = part;
  };
  const room = Array.from({ length: parts }, (_, part) =>
    names.reduce((sum, _, label) => sum + (targets[label * parts + part] as number), 0),
  );

  const several = randomStream(seed, 'split', 'units').shuffle(units.filter(({ length }) => length > 1));
  for (const unit of several.sort((a, b) => b.length - a.length)) {
    const counts = new Map<number, number>();
    for (const index of unit) {
      const label = classes.get((items[index] as SplitItem).label) as number;
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    let best = 0;
    let least = Infinity;
    for (let part = 0; part < parts; part++) {
      if ((room[part] as number) <= 0) continue;
      let growth = 0;
      for (const [label, count] of counts) {
        const cell = label * parts + part;
        growth += (count * (count - 2 * (needs[cell] as number))) / Math.max(targets[cell] as number, leastTarget);
      }
      if (growth >= least) continue;
      least = growth;
      best = part;
    }
    room[best] = (room[best] as number) - unit.length;
    for (const index of unit) give(index, best);
  }

  const singles = names.map((): number[] => []);
  for (const unit of units) {
    const [index] = unit;
    if (unit.length === 1 && index !== undefined) singles[classes.get((items[index] as SplitItem).label) as number]?.push(index);
  }
  for (const [label, members] of singles.entries()) {
    for (const index of randomStream(seed, 'split', 'class', names[label] as string).shuffle(members)) {
      give(index, neediest(needs, targets, label * parts, parts));
    }
  }
  return result;
}

/** The part that lacks the largest share of its target; where targets are met by groups, the one that exceeds it least. */
function neediest(needs: Int32Array, targets: Int32Array, from: number, parts: number): number {
  let best = 0;
  let most = -Infinity;
  for (let part = 0; part < parts; part++) {
    const target = targets[from + part] as number;
    if (target === 0) continue;
    const share = (needs[from + part] as number) / target;
    if (share <= most) continue;
    most = share;
    best = part;
  }
  return best;
}
