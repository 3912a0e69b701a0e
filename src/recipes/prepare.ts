import { join } from 'node:path';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { applyLabels, inferClasses } from '../dataset/labels.js';
import { applyManifest } from '../dataset/manifest-apply.js';
import { makeManifest, readManifest, type SplitManifest } from '../dataset/manifest.js';
import { duplicatesInCache } from '../dataset/near-duplicates-cache.js';
import { openDataset } from '../dataset/open.js';
import { makePixelCache } from '../dataset/pixel-cache.js';
import { splitItems } from '../dataset/split.js';
import type { CachedItem, Dataset, Item, LabelRule, Part, PixelCache, Skipped } from '../dataset/types.js';
import { messierHome } from './home.js';
import type { Recipe } from './schema.js';

/** An item with a class, its place in the pixel cache, and its part of the split. */
export interface PreparedItem extends CachedItem {
  /** Place in the cache. */
  readonly index: number;
  readonly label: string;
  readonly classIndex: number;
  readonly part: Part;
}

/** Labelled pictures, decoded once and divided. */
export interface Prepared {
  readonly dataset: Dataset;
  readonly cache: PixelCache;
  readonly rule: LabelRule;
  readonly items: readonly PreparedItem[];
  readonly manifest: SplitManifest;
  /** Items that the rule leaves out (`dont_know`). */
  readonly dropped: number;
  /** The dataset's own, broken pictures, and items without a label. */
  readonly skipped: readonly Skipped[];
}

/** Which data, and whether an older split is used again. */
export interface PrepareOptions extends WorkOptions {
  /** Folder, table or array file. */
  readonly data: string;
  /** A split manifest of an earlier run. */
  readonly splitFrom?: string | undefined;
}

/**
 * Opens the data, decodes every picture into the pixel cache (kept under {@link messierHome} for the next time), gives each its class and
 * divides them. The caller closes `dataset`.
 *
 * @throws MessierError `data/classes` where fewer than two classes have pictures, `data/part` where a part of the split stays empty, and what
 * the readers, `applyLabels` and `applyManifest` throw.
 */
export async function prepareData(recipe: Recipe, { data, splitFrom, ...work }: PrepareOptions): Promise<Prepared> {
  const { imageColumn, labelColumn, groupColumn } = recipe.data;
  const dataset = await openDataset(data, { stretch: recipe.pixels.stretch, imageColumn, labelColumn, groupColumn });
  try {
    const { size, crop, channels, stretch } = recipe.pixels;
    const folder = join(messierHome(), 'pixels');
    // Split and labels first: a wrong one should not be found after minutes of decoding.
    const manifest = splitFrom === undefined ? undefined : await readManifest(splitFrom);
    const rule: LabelRule = { classes: recipe.data.classes ?? classesOf(dataset.items, recipe), labels: recipe.data.labels };
    applyLabels(dataset.items, rule);
    const cache = await makePixelCache(dataset, { side: Math.round(size / crop), channels, stretch, folder, ...work });
    const labelled = applyLabels(
      cache.items.map((item, index) => ({ ...item, index })),
      rule,
    );
    checkClasses(labelled.items, rule.classes, data);
    const groups = manifest || !recipe.split.nearDuplicates ? [] : duplicatesAmong(cache, labelled.items);
    const { seed, train, validation, test } = recipe.split;
    const shares = { train, validation, test };
    const parts = manifest ? applyManifest(manifest, labelled.items) : splitItems(labelled.items, { shares, seed, groups });
    const items = labelled.items.flatMap((item, at) => {
      const part = parts[at];
      return part ? [{ ...item, part }] : [];
    });
    checkParts(items, manifest?.shares ?? shares);
    return {
      dataset,
      cache,
      rule,
      items,
      manifest:
        manifest ??
        makeManifest({ name: dataset.name, rule, seed, shares, items, parts: items.map(({ part }) => part), duplicates: groups }),
      dropped: labelled.dropped.length,
      skipped: [
        ...cache.skipped,
        ...labelled.unlabelled.map(({ id }) => ({ id, code: 'label/missing', reason: 'It has no label.' })),
      ],
    };
  } catch (error) {
    await dataset.close();
    throw error;
  }
}

/** The classes that the data show, after the recipe's mapping. */
function classesOf(items: readonly Item[], { data: { labels } }: Recipe): string[] {
  const mapped = items.flatMap((item) => {
    const label = item.label === undefined ? undefined : Object.hasOwn(labels, item.label) ? labels[item.label] : item.label;
    return typeof label === 'string' ? [{ ...item, label }] : [];
  });
  return inferClasses(mapped);
}

/** Near-duplicates by their places among the labelled items. */
function duplicatesAmong(cache: PixelCache, labelled: readonly { readonly index: number }[]): number[][] {
  const places = new Map(labelled.map(({ index }, place) => [index, place]));
  const groups = duplicatesInCache(cache).map((group) => group.flatMap((index) => places.get(index) ?? []));
  return groups.filter((group) => group.length > 1);
}

/** Pictures of each class. */
export function countClasses(items: readonly { readonly classIndex: number }[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const { classIndex } of items) counts[classIndex] = (counts[classIndex] ?? 0) + 1;
  return counts;
}

function checkClasses(items: readonly { readonly classIndex: number }[], classes: readonly string[], data: string): void {
  const counts = countClasses(items, classes.length);
  if (counts.filter((count) => count > 0).length >= 2) return;
  const found = classes.map((label, at) => `${label}: ${counts[at] ?? 0}`).join(', ');
  throw new MessierError(
    'data/classes',
    `Pictures of at least two classes are needed to train; "${data}" has ${found === '' ? 'none' : found}. ` +
      'Put pictures into one folder a class, or give a CSV with image and label columns.',
  );
}

function checkParts(items: readonly PreparedItem[], shares: Readonly<Record<Part, number>>): void {
  if (!items.some(({ part }) => part !== 'train')) {
    throw new MessierError(
      'data/part',
      'The split keeps no picture aside to judge the model on. Give validation or test a share.',
    );
  }
  for (const part of ['train', 'validation', 'test'] as const) {
    if (shares[part] === 0 || items.some((item) => item.part === part)) continue;
    throw new MessierError(
      'data/part',
      `The part "${part}" should have ${shares[part]} of ${items.length} pictures and stays empty. Add pictures, or change the recipe's split.`,
    );
  }
}
