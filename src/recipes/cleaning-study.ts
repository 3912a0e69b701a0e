/** What people's decisions on labels were worth to a model. */
import { openCatalogueDataset } from '../dataset/open-catalogue.js';
import type { Dataset } from '../dataset/types.js';
import { comparePredictions } from '../evaluate/compare.js';
import type { Predictions } from '../evaluate/types.js';
import type { CleaningReport } from '../report/types.js';
import { asFound } from './as-found.js';
import type { FinishOptions } from './finish-options.js';
import { answersOf } from './judge-again.js';
import { pixelsOf } from './prepare.js';
import { keywordLabels } from './sources.js';
import { learnPipeline } from './texts.js';

/** What was judged already. */
export interface CleaningStudyOptions extends FinishOptions {
  readonly judged: 'test' | 'validation';
  /** Of the run's own model, on the judged part. */
  readonly predictions: Predictions;
}

/**
 * Trains the recipe again on the labels as they were found, before any person relabelled or dropped something, and judges both networks on the same held-out
 * pictures with the labels that people left them. What was dropped is learned from again, unless it nearly is a picture or text that is kept aside.
 *
 * @returns `undefined` where no decision changes what is learned from, and where nothing was found of a class that people named.
 */
export async function studyCleaning(options: CleaningStudyOptions): Promise<CleaningReport | undefined> {
  const { recipe, prepared, judged, predictions, work } = options;
  const opened = await openCatalogueDataset(prepared.dataset.location, {
    stretch: recipe.pixels.stretch,
    inputs: recipe.inputs,
    labels: 'found',
  });
  try {
    const { keywords } = recipe.data;
    const dataset = keywords ? keywordLabels(opened, keywords) : opened;
    if (isSame(dataset, prepared.dataset)) return undefined;
    const cache = recipe.inputs === 'text' ? undefined : await pixelsOf(recipe, dataset, work);
    const { prepared: found, changed, missing } = asFound(prepared, { dataset, cache }, recipe, judged);
    if (changed.dropped + changed.relabelled === 0) return undefined;
    if (missing.length > 0) {
      options.onNotice?.(
        `What cleaning gained can't be measured: before people named ${missing.slice(0, 5).join(', ')}, nothing was labelled so.`,
      );
      return undefined;
    }
    const learning = found.items.filter(({ part }) => part === 'train');
    const pipeline = recipe.inputs === 'image' ? undefined : learnPipeline(recipe, learning);
    const lesson = { ...options, prepared: found, pipeline };
    const { model } = await options.learnAgain(lesson, 'as-found');
    const answers = await answersOf(options, { lesson, model });
    return {
      changed,
      learned: { cleaned: prepared.items.filter(({ part }) => part === 'train').length, found: learning.length },
      comparison: comparePredictions(
        [
          { name: 'cleaned', predictions },
          { name: 'as found', predictions: answers },
        ],
        { samples: recipe.evaluation.bootstrap },
      ),
    };
  } finally {
    await opened.close();
  }
}

/** Whether no decision shows, before pictures are decoded. */
function isSame(found: Dataset, current: Dataset): boolean {
  const labels = new Map(current.items.map(({ id, label }) => [id, label]));
  return (
    found.items.length === current.items.length &&
    found.items.every(({ id, label }) => labels.has(id) && labels.get(id) === label)
  );
}
