/** What people's decisions on labels were worth to a model. */
import { applyLabels } from '../dataset/labels.js';
import { duplicatesInCache } from '../dataset/near-duplicates-cache.js';
import { openCatalogueDataset } from '../dataset/open-catalogue.js';
import type { Item, PixelCache } from '../dataset/types.js';
import { comparePredictions } from '../evaluate/compare.js';
import type { Predictions } from '../evaluate/types.js';
import type { CleaningReport } from '../report/types.js';
import type { FinishOptions } from './finish-options.js';
import { answersOf } from './judge-again.js';
import { contentOf, pixelsOf, type Prepared, type PreparedItem } from './prepare.js';
import { learnPipeline } from './texts.js';

/** What was judged already. */
export interface CleaningStudyOptions extends FinishOptions {
  readonly judged: 'test' | 'validation';
  /** Of the run's own model, on the judged part. */
  readonly predictions: Predictions;
}

/**
 * Trains the recipe again on the labels as they were found, before any person relabelled or dropped something, and judges both networks on the same held-out
 * pictures with the labels that people left them. What was dropped is learned from again, unless it nearly is a picture that is kept aside.
 *
 * @returns `undefined` where no decision changes what is learned from.
 */
export async function studyCleaning(options: CleaningStudyOptions): Promise<CleaningReport | undefined> {
  const { recipe, prepared, predictions, work } = options;
  const { location } = prepared.dataset;
  const dataset = await openCatalogueDataset(location, {
    stretch: recipe.pixels.stretch,
    inputs: recipe.inputs,
    labels: 'found',
  });
  try {
    const clean = new Map(prepared.items.map((item) => [item.id, item]));
    const isKnown = new Set([...prepared.rule.classes, ...Object.keys(prepared.rule.labels)]);
    const found = new Map(dataset.items.map(({ id, label }) => [id, label]));
    const current = new Map(prepared.dataset.items.map(({ id, label }) => [id, label]));
    const dropped = new Set(prepared.skipped.filter(({ code }) => code === 'review/dropped').map(({ id }) => id));
    const learned = prepared.items.filter(({ part }) => part === 'train');
    const changed = {
      dropped: [...found.keys()].filter((id) => dropped.has(id)).length,
      relabelled: learned.filter(({ id }) => found.get(id) !== current.get(id)).length,
    };
    if (changed.dropped + changed.relabelled === 0) return undefined;
    const cache = recipe.inputs === 'text' ? undefined : await pixelsOf(recipe, dataset, work);
    const items = applyLabels(
      contentOf(dataset, cache)
        .map((item, index) => ({ ...item, index }))
        .filter(({ label }) => label === undefined || isKnown.has(label)),
      prepared.rule,
    ).items;
    const held = cache ? nearHeldOut(cache, clean) : new Set<string>();
    const again = items.flatMap((item): PreparedItem[] => {
      const part = clean.get(item.id)?.part ?? (held.has(item.id) ? undefined : 'train');
      return part === undefined || part === options.judged ? [] : [{ ...item, part }];
    });
    const learning = again.filter(({ part }) => part === 'train');
    const other: Prepared = { ...prepared, dataset, cache, items: again };
    const pipeline = recipe.inputs === 'image' ? undefined : learnPipeline(recipe, learning);
    const lesson = { ...options, prepared: other, pipeline };
    const { model } = await options.learnAgain(lesson, 'as-found');
    const answers = await answersOf(options, { lesson, model });
    return {
      changed,
      learned: { cleaned: learned.length, found: learning.length },
      comparison: comparePredictions(
        [
          { name: 'cleaned', predictions },
          { name: 'as found', predictions: answers },
        ],
        { samples: recipe.evaluation.bootstrap },
      ),
    };
  } finally {
    await dataset.close();
  }
}

/** Ids of items that nearly are pictures kept aside. */
function nearHeldOut(cache: PixelCache, clean: ReadonlyMap<string, Pick<PreparedItem, 'part'>>): Set<string> {
  const isHeld = ({ id }: Item): boolean => {
    const part = clean.get(id)?.part;
    return part !== undefined && part !== 'train';
  };
  const groups = duplicatesInCache(cache).map((group) => group.flatMap((place) => cache.items[place] ?? []));
  return new Set(groups.filter((group) => group.some(isHeld)).flatMap((group) => group.map(({ id }) => id)));
}
