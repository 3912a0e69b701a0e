import { join } from 'node:path';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { DisjointSets } from '../dataset/disjoint-sets.js';
import { applyLabels } from '../dataset/labels.js';
import { applyManifest } from '../dataset/manifest-apply.js';
import { makeManifest, readManifest, type SplitManifest } from '../dataset/manifest.js';
import { duplicatesInCache } from '../dataset/near-duplicates-cache.js';
import type { VoteTable } from '../dataset/open-votes.js';
import { makePixelCache } from '../dataset/pixel-cache.js';
import type { Dataset, Item, LabelRule, Part, PixelCache, Skipped } from '../dataset/types.js';
import { MOST_CLASSES } from '../evaluate/scores.js';
import { sha256 } from '../formats/hash.js';
import { similarTexts } from '../text/similar.js';
import { divide, type Fold } from './divide.js';
import { messierHome } from '../formats/home.js';
import type { Recipe } from './schema.js';
import { openSource } from './sources.js';

/** An item with its class and content, its place in the pixel cache, and its part of the split. */
export interface PreparedItem extends Item {
  /** Place in the cache, or among the texts. */
  readonly index: number;
  /** SHA-256 of the picture's file, or of the text where there is no picture. */
  readonly hash: string;
  readonly label: string;
  readonly classIndex: number;
  readonly part: Part;
}

/** Labelled items, read once and divided. */
export interface Prepared {
  readonly dataset: Dataset;
  /** Absent where only texts are read. */
  readonly cache: PixelCache | undefined;
  readonly rule: LabelRule;
  /** Of everything that is voted on; rows by {@link PreparedItem.id}. */
  readonly votes: VoteTable | undefined;
  readonly items: readonly PreparedItem[];
  readonly manifest: SplitManifest;
  /** Items that the rule leaves out (`dont_know`). */
  readonly dropped: number;
  /** The dataset's own, broken pictures, and items without a label. */
  readonly skipped: readonly Skipped[];
}

/** Which data, and how they are divided where not as the recipe says. */
export interface PrepareOptions extends WorkOptions {
  /** Folder, table or array file. */
  readonly data: string;
  /** A split manifest of an earlier run. */
  readonly splitFrom?: string | undefined;
  /** A fold of a cross-validation in place of the recipe's parts. */
  readonly fold?: Fold | undefined;
}

/**
 * Opens the data, decodes every picture into the pixel cache (kept under {@link messierHome} for the next time), gives each its class and
 * divides them. The caller closes `dataset`.
 *
 * @throws MessierError `data/classes` where fewer than two classes have items or more than can be judged are found, `data/part` where a part of the split stays empty, and what
 * the readers, `applyLabels` and `applyManifest` throw.
 */
export async function prepareData(recipe: Recipe, { data, splitFrom, fold, ...work }: PrepareOptions): Promise<Prepared> {
  const { dataset, rule, votes } = await openSource(recipe, data);
  try {
    // Split and labels first: a wrong one should not be found after minutes of decoding.
    const manifest = splitFrom === undefined ? undefined : await readManifest(splitFrom);
    applyLabels(dataset.items, rule);
    checkClassCount(rule.classes, data);
    const cache = recipe.inputs === 'text' ? undefined : await pixelsOf(recipe, dataset, work);
    const labelled = applyLabels(
      contentOf(dataset, cache).map((item, index) => ({ ...item, index })),
      rule,
    );
    if (!votes) checkClasses(labelled.items, rule.classes, { data, inputs: recipe.inputs });
    const groups = manifest || !recipe.split.nearDuplicates ? [] : similarAmong(labelled.items, cache, recipe);
    const shares = fold?.shares ?? recipe.split;
    const parts = manifest
      ? applyManifest(manifest, labelled.items)
      : divide(labelled.items, { split: recipe.split, groups, fold });
    const items = labelled.items.flatMap((item, at) => {
      const part = parts[at];
      return part ? [{ ...item, part }] : [];
    });
    const wanted = manifest?.shares ?? { train: shares.train, validation: shares.validation, test: shares.test };
    checkParts(items, wanted);
    if (recipe.training.monitor) checkWatched(items);
    const { seed } = recipe.split;
    return {
      dataset,
      cache,
      rule,
      votes,
      items,
      manifest:
        manifest ??
        makeManifest({
          name: dataset.name,
          rule,
          seed,
          shares: wanted,
          items,
          parts: items.map(({ part }) => part),
          duplicates: groups,
        }),
      dropped: labelled.dropped.length,
      skipped: [
        ...(cache?.skipped ?? dataset.skipped),
        ...labelled.unlabelled.map(({ id }) => ({ id, code: 'label/missing', reason: 'It has no label.' })),
      ],
    };
  } catch (error) {
    await dataset.close();
    throw error;
  }
}

/** The pixel cache as the recipe's network sees pictures. */
export async function pixelsOf({ pixels }: Recipe, dataset: Dataset, work: WorkOptions): Promise<PixelCache> {
  const { size, fit, crop, channels, stretch } = pixels;
  const side = Math.round(size / crop);
  return makePixelCache(dataset, { side, channels, fit, stretch, folder: join(messierHome(), 'pixels'), ...work });
}

/** Items with what identifies their content. */
export function contentOf(dataset: Dataset, cache: PixelCache | undefined): readonly (Item & { readonly hash: string })[] {
  return cache?.items ?? dataset.items.map((item) => ({ ...item, hash: sha256(item.text ?? '') }));
}

/** Items that are nearly the same by their pictures or by their texts, by their places among these. */
export function similarAmong(
  items: readonly (Item & { readonly index: number })[],
  cache: PixelCache | undefined,
  recipe: Recipe,
): number[][] {
  return [...(cache ? duplicatesAmong(cache, items) : []), ...textsAgain(items, recipe)];
}

/** Near-duplicates by their places among the labelled items. */
function duplicatesAmong(cache: PixelCache, labelled: readonly { readonly index: number }[]): number[][] {
  const places = new Map(labelled.map(({ index }, place) => [index, place]));
  const groups = duplicatesInCache(cache).map((group) => group.flatMap((index) => places.get(index) ?? []));
  return groups.filter((group) => group.length > 1);
}

/** A text of fewer characters may be the caption of many pictures; a longer one that stands there again describes the same thing. */
const captionCharacters = 100;

/** Items whose text is that of another, or was written from it, by their places; beside pictures short texts are captions, which many may have. */
function textsAgain(items: readonly Item[], { inputs }: Recipe): number[][] {
  const sets = new DisjointSets(items.length);
  for (const [first, second] of similarTexts(items.map(({ text = '' }) => text))) sets.join(first, second);
  const firsts = new Map<string, number>();
  for (const [place, { text }] of items.entries()) {
    if (text === undefined || (inputs === 'both' && text.length < captionCharacters)) continue;
    const first = firsts.get(text);
    if (first === undefined) firsts.set(text, place);
    else sets.join(first, place);
  }
  return sets.sets().filter((group) => group.length > 1);
}

/** Items of each class. */
export function countClasses(items: readonly { readonly classIndex: number }[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const { classIndex } of items) counts[classIndex] = (counts[classIndex] ?? 0) + 1;
  return counts;
}

function checkClassCount({ length }: readonly string[], data: string): void {
  if (length <= MOST_CLASSES) return;
  throw new MessierError(
    'data/classes',
    `At most ${MOST_CLASSES} classes can be judged; "${data}" has ${length}. Name the column of labels (--label-column), or map them to fewer classes in the recipe (data.labels).`,
  );
}

function checkClasses(
  items: readonly { readonly classIndex: number }[],
  classes: readonly string[],
  { data, inputs }: { readonly data: string; readonly inputs: Recipe['inputs'] },
): void {
  const counts = countClasses(items, classes.length);
  if (counts.filter((count) => count > 0).length >= 2) return;
  const found = classes.map((label, at) => `${label}: ${counts[at] ?? 0}`).join(', ');
  const way =
    inputs === 'image'
      ? 'Put pictures into one folder a class, or give a CSV with image and label columns.'
      : 'Give a CSV with columns of texts and labels (--label-column), or set data.keywords in the recipe.';
  throw new MessierError(
    'data/classes',
    `Items of at least two classes are needed to train; "${data}" has ${found === '' ? 'none' : found}. ${way}`,
  );
}

/** The recipe promises these parts; a split from elsewhere may lack them. */
function checkWatched(items: readonly PreparedItem[]): void {
  for (const part of ['validation', 'test'] as const) {
    if (items.some((item) => item.part === part)) continue;
    throw new MessierError(
      'data/part',
      `training.monitor chooses the epoch on the validation part, and another one judges it; the split has no ${part} part. Take a split that has both, or leave the monitor out.`,
    );
  }
}

function checkParts(items: readonly PreparedItem[], shares: Readonly<Record<Part, number>>): void {
  for (const part of ['train', 'validation', 'test'] as const) {
    if (shares[part] === 0 || items.some((item) => item.part === part)) continue;
    throw new MessierError(
      'data/part',
      `The part "${part}" should have ${shares[part]} of ${items.length} items and stays empty: there are too few, or too many that belong together. Add data, or change the recipe's split.`,
    );
  }
  if (items.some(({ part }) => part !== 'train')) return;
  throw new MessierError('data/part', 'The split keeps nothing aside to judge the model on. Give validation or test a share.');
}
