/** Which item learns and which judges. */
import { kFold, splitItems, type SplitItem } from '../dataset/split.js';
import type { Part } from '../dataset/types.js';
import type { Recipe } from './schema.js';

/** One fold of a cross-validation: it is the test part, and the rest is divided into training and validation. */
export interface Fold {
  /** From 0. */
  readonly number: number;
  /** At least 2. */
  readonly of: number;
  /** What that makes of all items. */
  readonly shares: Readonly<Record<Part, number>>;
}

/** What is divided, and how. */
export interface DivideOptions {
  readonly split: Recipe['split'];
  /** Near-duplicates, as places among the items. */
  readonly groups: readonly (readonly number[])[];
  readonly fold?: Fold | undefined;
}

/** The folds of a recipe; its validation part keeps its size relative to the training part. */
export function foldsOf({ split: { train, validation } }: Recipe, count: number): Fold[] {
  const rest = 1 - 1 / count;
  const watching = (rest * validation) / (train + validation);
  const shares = { train: rest - watching, validation: watching, test: 1 / count };
  return Array.from({ length: count }, (_, number) => ({ number, of: count, shares }));
}

/** The part of each item. Throws what splitItems and kFold throw. */
export function divide(items: readonly SplitItem[], { split, groups, fold }: DivideOptions): Part[] {
  const { seed, train, validation, test } = split;
  if (!fold) return splitItems(items, { shares: { train, validation, test }, seed, groups });
  const folds = kFold(items, { folds: fold.of, seed, groups });
  const rest = [...items.keys()].filter((at) => folds[at] !== fold.number);
  const places = new Map(rest.map((at, place) => [at, place]));
  const within = splitItems(
    rest.map((at) => items[at] as SplitItem),
    {
      shares: { train: train / (train + validation), validation: validation / (train + validation), test: 0 },
      seed,
      groups: groups.map((group) => group.flatMap((at) => places.get(at) ?? [])).filter((group) => group.length > 1),
    },
  );
  return items.map((_, at) => {
    const place = places.get(at);
    return place === undefined ? 'test' : (within[place] ?? 'train');
  });
}
