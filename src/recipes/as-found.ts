/** What would be learned from without people's decisions. */
import { applyLabels } from '../dataset/labels.js';
import { DisjointSets } from '../dataset/disjoint-sets.js';
import type { Dataset, PixelCache } from '../dataset/types.js';
import type { CleaningReport } from '../report/types.js';
import { contentOf, countClasses, similarAmong, type Prepared, type PreparedItem } from './prepare.js';
import type { Recipe } from './schema.js';

/** The labels as they were found, in place of those of a run. */
export interface FoundLabels {
  /** The same location, dropped items included. */
  readonly dataset: Dataset;
  /** Of `dataset`; absent where only texts are read. */
  readonly cache: PixelCache | undefined;
}

/** Items with the labels that they were found with, on the run's split. */
export interface AsFound {
  readonly prepared: Prepared;
  readonly changed: CleaningReport['changed'];
  /** Classes that the run learns and that nothing was found of. */
  readonly missing: readonly string[];
}

/**
 * The items of a run with the labels that they were found with. What is in the run keeps its part, but for the judged part, which the run itself keeps;
 * what people dropped is learned from, unless its picture or text nearly is one that is kept aside. A label that is no class of the run is as none.
 *
 * @param prepared Of the run, by the labels as people left them.
 */
export function asFound(
  prepared: Prepared,
  { dataset, cache }: FoundLabels,
  recipe: Recipe,
  judged: PreparedItem['part'],
): AsFound {
  const { rule } = prepared;
  // A content is one item of the catalogue, but many items may have one text.
  const keyOf = ({ id, hash }: { readonly id: string; readonly hash: string }) => (recipe.inputs === 'text' ? id : hash);
  const own = new Map(prepared.items.map((item) => [keyOf(item), item]));
  const all = contentOf(dataset, cache).map((item, index) => ({ ...item, index }));
  const groups = similarAmong(all, cache, recipe);
  const isKnown = new Set([...rule.classes, ...Object.keys(rule.labels)]);
  const labelled = applyLabels(
    all.filter(({ label }) => label === undefined || isKnown.has(label)),
    rule,
  ).items;
  const held = nearHeldOut(
    groups,
    all.map((item) => own.get(keyOf(item))?.part),
  );
  const items = labelled.flatMap((item): PreparedItem[] => {
    const part = own.get(keyOf(item))?.part ?? (held.has(item.index) ? undefined : 'train');
    return part === undefined || part === judged ? [] : [{ ...item, part }];
  });
  const learned = prepared.items.filter(({ part }) => part === 'train');
  const again = new Map(items.flatMap((item) => (item.part === 'train' ? [[keyOf(item), item.classIndex] as const] : [])));
  const duplicates = groups.map((group) => group.flatMap((at) => all[at]?.id ?? []));
  const counts = countClasses(
    [...again.values()].map((classIndex) => ({ classIndex })),
    rule.classes.length,
  );
  return {
    prepared: { ...prepared, dataset, cache, items, manifest: { ...prepared.manifest, duplicates } },
    changed: {
      dropped: [...again.keys()].filter((key) => !own.has(key)).length,
      relabelled: learned.filter((item) => again.get(keyOf(item)) !== item.classIndex).length,
    },
    missing: rule.classes.filter((_, at) => counts[at] === 0 && learned.some(({ classIndex }) => classIndex === at)),
  };
}

/** Places of what belongs to a group with a picture or text that is kept aside. */
function nearHeldOut(groups: readonly (readonly number[])[], parts: readonly (PreparedItem['part'] | undefined)[]): Set<number> {
  // Pictures and texts chain: what is like a picture whose text is like another one's is kept aside with it.
  const sets = new DisjointSets(parts.length);
  for (const [first = 0, ...rest] of groups) for (const at of rest) sets.join(first, at);
  const isHeld = (at: number): boolean => parts[at] !== undefined && parts[at] !== 'train';
  return new Set(
    sets
      .sets()
      .filter((group) => group.some(isHeld))
      .flat(),
  );
}
