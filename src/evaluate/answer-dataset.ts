import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { applyLabels } from '../dataset/labels.js';
import type { Dataset, Skipped } from '../dataset/types.js';
import { predictDataset } from './predict-dataset.js';
import { openPredictor, type Predictor, type PredictorOptions } from './predictor.js';
import type { Predictions } from './types.js';

/** How a model file answers. */
export interface AnswerOptions extends WorkOptions, PredictorOptions {}

/** What a model file answered on a dataset. */
export interface Answered {
  readonly predictions: Predictions;
  readonly temperature: number;
  /** Items that the rule of the model's card leaves out. */
  readonly dropped: number;
  /** The dataset's own, items without a label, and those whose picture is broken. */
  readonly skipped: readonly Skipped[];
}

/**
 * Opens a model file, gives each item its class by the rule in the card, and asks for every picture.
 *
 * @throws MessierError `evaluate/empty` where nothing is left to judge; what openPredictor, applyLabels and predictDataset throw.
 */
export async function answerDataset(
  path: string,
  dataset: Dataset,
  { threads, inThread, progress, signal }: AnswerOptions,
): Promise<Answered> {
  const predictor = await openPredictor(path, { threads, inThread });
  try {
    return await answerWith(predictor, dataset, { progress, signal });
  } finally {
    await predictor.close();
  }
}

/** {@link answerDataset} with a model that is open. */
export async function answerWith(predictor: Predictor, dataset: Dataset, { progress, signal }: WorkOptions): Promise<Answered> {
  const { classes, labels, temperature } = predictor.card;
  const { items, dropped, unlabelled } = applyLabels(dataset.items, { classes, labels });
  const { predictions, skipped } = await predictDataset(predictor, dataset, items, { progress, signal });
  const nameless = unlabelled.map(({ id }) => ({ id, code: 'label/missing', reason: 'It has no label.' }));
  const all = [...dataset.skipped, ...nameless, ...skipped];
  if (predictions.ids.length === 0) {
    const why = all[0] ? ` The first reason: ${all[0].reason}` : '';
    throw new MessierError(
      'evaluate/empty',
      `No picture of ${dataset.location} can be judged: ${dropped.length} dropped by the model's labels, ${all.length} skipped.${why}`,
    );
  }
  return { predictions, temperature, dropped: dropped.length, skipped: all };
}
