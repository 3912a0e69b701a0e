import { MessierError } from '../core/errors.js';
import { randomStream } from '../core/random.js';
import { assignUnits, classNames } from './split-assign.js';
import { unitsOf, type SplitItem } from './split-groups.js';
import { targetCounts } from './split-targets.js';
import type { Part } from './types.js';

export type { SplitItem } from './split-groups.js';

/** All parts, in their order. */
export const partNames: readonly Part[] = ['train', 'validation', 'test'];

export interface SplitOptions {
  /** In [0, 1], adding up to 1. */
  readonly shares: Readonly<Record<Part, number>>;
  readonly seed: number;
  /** Items that must stay together, as places in the list: near-duplicates. */
  readonly groups?: readonly (readonly number[])[] | undefined;
}

/**
 * Divides items into parts: stratified, every class in the same shares; grouped, items of one `group` or of one list of `groups` in one
 * part; the same for the same items, whatever their order.
 *
 * Without groups each part of each class has share * count items, rounded up or down by largest remainders, and each part the right total;
 * but a class gives at least one item to every part with a share, training first, if it has that many, which can move totals where
 * many classes are tiny. With groups, parts come as near as whole groups allow: in data of one class a part exceeds its total by less than the
 * largest group.
 *
 * Throws `split/shares`, `split/groups`, `random/seed`.
 *
 * @example
 * const parts = splitItems(items, { shares: { train: 0.8, validation: 0, test: 0.2 }, seed: 222 });
 */
export function splitItems(items: readonly SplitItem[], { shares, seed, groups = [] }: SplitOptions): Part[] {
  const wanted = partNames.map((part) => shares[part]);
  const sum = wanted.reduce((total, share) => total + share, 0);
  if (!wanted.every((share) => share >= 0) || !(Math.abs(sum - 1) < 1e-9)) {
    throw new MessierError(
      'split/shares',
      `The shares of train, validation and test are at least 0 and add up to 1; ${wanted.join(', ')} received. Use 0.7, 0.1, 0.2.`,
    );
  }
  const names = classNames(items);
  const targets = targetCounts(countsOf(items, names), wanted, ranksOf(names, seed));
  return Array.from(assignUnits(items, unitsOf(items, groups), targets, seed), (part) => partNames[part] as Part);
}

export interface FoldOptions {
  /** At least 2. */
  readonly folds: number;
  readonly seed: number;
  /** As in {@link SplitOptions}. */
  readonly groups?: readonly (readonly number[])[] | undefined;
}

/**
 * The fold of each item, 0 to folds - 1: stratified, grouped and independent of order like {@link splitItems}. Without groups the items of
 * a class are spread over the folds as evenly as can be, and the folds' sizes differ by at most 1.
 *
 * Throws `split/folds` where there are more folds than groups of items; `split/groups`, `random/seed`.
 */
export function kFold(items: readonly SplitItem[], { folds, seed, groups = [] }: FoldOptions): Int32Array {
  const units = unitsOf(items, groups);
  if (!Number.isInteger(folds) || folds < 2 || folds > units.length) {
    throw new MessierError(
      'split/folds',
      `folds: a whole number from 2 to the ${units.length} items or groups that can be divided expected, ${folds} received.`,
    );
  }
  const names = classNames(items);
  const counts = countsOf(items, names);
  const targets = new Int32Array(names.length * folds);
  let next = 0;
  // Each class goes on with the fold after the last one of the class before.
  for (const label of randomStream(seed, 'split', 'ranks').shuffle([...names.keys()])) {
    const count = counts[label] as number;
    for (let fold = 0; fold < folds; fold++) {
      const place = (fold - next + folds) % folds;
      targets[label * folds + fold] = Math.floor(count / folds) + Number(place < count % folds);
    }
    next = (next + count) % folds;
  }
  return assignUnits(items, units, targets, seed);
}

function countsOf(items: readonly SplitItem[], names: readonly string[]): number[] {
  const counts = new Map<string, number>();
  for (const { label } of items) counts.set(label, (counts.get(label) ?? 0) + 1);
  return names.map((name) => counts.get(name) ?? 0);
}

/** A random order of classes: place of each. */
function ranksOf(names: readonly string[], seed: number): number[] {
  const ranks: number[] = [];
  for (const [rank, label] of randomStream(seed, 'split', 'ranks')
    .shuffle([...names.keys()])
    .entries())
    ranks[label] = rank;
  return ranks;
}
