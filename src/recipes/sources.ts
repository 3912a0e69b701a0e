/** What a recipe reads: a dataset whose items have labels, texts or votes. */
import { basename } from 'node:path';
import { MessierError } from '../core/errors.js';
import { inferClasses } from '../dataset/labels.js';
import { openDataset } from '../dataset/open.js';
import { openVotes, type VoteTable } from '../dataset/open-votes.js';
import type { Dataset, Item, LabelRule } from '../dataset/types.js';
import { keywordClasses, keywordLabel, type KeywordRule } from '../text/keywords.js';
import type { Recipe } from './schema.js';
import { loadTree } from './trees.js';

/** A dataset, which classes its items have, and the votes on them. */
export interface Source {
  /** Its items carry the labels that the rule reads. */
  readonly dataset: Dataset;
  readonly rule: LabelRule;
  readonly votes?: VoteTable | undefined;
}

/** The class of every item where there are votes in place of classes. */
export const everyItem = 'all';

/** Opens the data of a recipe. Throws what the readers throw. */
export async function openSource(recipe: Recipe, data: string): Promise<Source> {
  const { imageColumn, labelColumn, groupColumn, textColumn, keywords } = recipe.data;
  const { stretch } = recipe.pixels;
  if (recipe.task === 'votes') {
    const tree = loadTree(recipe.votes.tree);
    const { dataset, votes } = await openVotes(data, tree, { stretch, imageColumn, groupColumn });
    if (recipe.votes.head === 'dirichlet' && !votes.counts) {
      await dataset.close();
      throw new MessierError(
        'votes/counts',
        `"${basename(data)}" has ${votes.values} of votes, and a Dirichlet head learns from counts of volunteers. Set votes.head to softmax or sparsemax.`,
      );
    }
    const items = dataset.items.map((item) => ({ ...item, label: everyItem }));
    return { dataset: withItems(dataset, items), rule: { classes: [everyItem], labels: {} }, votes };
  }
  const { inputs } = recipe;
  const dataset = await openDataset(data, { stretch, imageColumn, labelColumn, groupColumn, textColumn, inputs });
  if (!keywords) {
    return { dataset, rule: { classes: recipe.data.classes ?? classesOf(dataset.items, recipe), labels: recipe.data.labels } };
  }
  const classes = recipe.data.classes ?? keywordClasses(keywords);
  return { dataset: keywordLabels(dataset, keywords), rule: { classes, labels: recipe.data.labels } };
}

/** The dataset with labels that follow from its texts. */
export function keywordLabels(dataset: Dataset, keywords: KeywordRule): Dataset {
  return withItems(
    dataset,
    dataset.items.map((item) => ({ ...item, label: keywordLabel(keywords, item.text ?? '') })),
  );
}

/** The dataset with other labels on its items. */
function withItems(dataset: Dataset, items: readonly Item[]): Dataset {
  const { name, location, skipped } = dataset;
  return { name, location, skipped, items, load: (item) => dataset.load(item), close: () => dataset.close() };
}

/** The classes that the data show, after the recipe's mapping. */
function classesOf(items: readonly Item[], { data: { labels } }: Recipe): string[] {
  const mapped = items.flatMap((item) => {
    const label = item.label === undefined ? undefined : Object.hasOwn(labels, item.label) ? labels[item.label] : item.label;
    return typeof label === 'string' ? [{ ...item, label }] : [];
  });
  return inferClasses(mapped);
}
