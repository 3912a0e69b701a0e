import { MessierError } from '../core/errors.js';
import type { Picture } from '../core/picture.js';
import type { WorkOptions } from '../core/progress.js';
import type { Dataset, Item, Skipped } from '../dataset/types.js';
import type { Asked, Prediction, Predictor } from './prediction.js';
import { calibrated } from './temperature.js';
import type { Predictions } from './types.js';

/** An item with its class. */
export interface JudgedItem extends Item {
  /** Number of the class in the card. */
  readonly classIndex: number;
}

/** Long work, and how much of it is prepared. */
export interface PredictDatasetOptions extends WorkOptions {
  /** Pictures that are decoded at once, 4 unless told: the threads that Node has for it. */
  readonly concurrency?: number | undefined;
}

/** Answers, and what could not be asked. */
export interface DatasetPredictions {
  /** Of the items that could be read, in their order. */
  readonly predictions: Predictions;
  readonly skipped: readonly Skipped[];
}

/** Decoded pictures that wait for a run. */
const MOST_WAITING_BYTES = 64 * 2 ** 20;

/** Questions of one run with their items. */
interface Batch<Kind> {
  readonly items: Kind[];
  readonly asked: Asked[];
  bytes: number;
}

/** Answers to the items that could be read, in their order, and what could not be asked. */
export interface DatasetAnswers<Kind extends Item> {
  readonly items: readonly Kind[];
  readonly answers: readonly Prediction[];
  readonly skipped: readonly Skipped[];
}

/**
 * Asks a model of classes for every item. Pictures are decoded while others run; a broken one is skipped with its reason.
 *
 * @throws MessierError what a predictor throws; the signal's reason where it is aborted.
 *
 * @example
 * const { predictions, skipped } = await predictDataset(predictor, dataset, items, { progress });
 */
export async function predictDataset(
  predictor: Predictor,
  dataset: Pick<Dataset, 'load'>,
  items: readonly JudgedItem[],
  options: PredictDatasetOptions = {},
): Promise<DatasetPredictions> {
  const { items: asked, answers, skipped } = await askDataset(predictor, dataset, items, options);
  return { predictions: collect(predictor, asked, answers), skipped };
}

/** Asks any model for every item, as {@link predictDataset}. */
export async function askDataset<Kind extends Item>(
  predictor: Predictor,
  dataset: Pick<Dataset, 'load'>,
  items: readonly Kind[],
  { progress, signal, concurrency = 4 }: PredictDatasetOptions = {},
): Promise<DatasetAnswers<Kind>> {
  const asked: Kind[] = [];
  const answers: Prediction[] = [];
  const skipped: Skipped[] = [];
  const tell = (): void =>
    progress?.({ stage: 'predict', done: answers.length + skipped.length, total: items.length, unit: 'pictures' });
  const takesPictures = predictor.card.inputs !== 'text';
  const run = async ({ items: batch, asked: questions }: Batch<Kind>): Promise<void> => {
    answers.push(...(await predictor.predictMany(questions)));
    asked.push(...batch);
    tell();
  };
  const loading = new Map<number, Promise<Picture | Skipped | undefined>>();
  let ahead = 0;
  let running = Promise.resolve();
  let batch: Batch<Kind> = { items: [], asked: [], bytes: 0 };
  try {
    tell();
    for (const [index, item] of items.entries()) {
      signal?.throwIfAborted();
      for (; ahead < Math.min(items.length, index + concurrency); ahead++) {
        loading.set(ahead, takesPictures ? held(load(dataset, items[ahead] as Kind)) : Promise.resolve(undefined));
      }
      const loaded = await (loading.get(index) as Promise<Picture | Skipped | undefined>);
      loading.delete(index);
      if (loaded && 'code' in loaded) {
        skipped.push(loaded);
        tell();
        continue;
      }
      batch.items.push(item);
      batch.asked.push({ picture: loaded, text: item.text });
      batch.bytes += loaded?.data.length ?? 0;
      if (batch.asked.length < predictor.batch && batch.bytes < MOST_WAITING_BYTES) continue;
      await running;
      running = held(run(batch));
      batch = { items: [], asked: [], bytes: 0 };
    }
    await running;
    await run(batch);
  } finally {
    // Whoever closes dataset and predictor next finds nothing under way.
    await Promise.allSettled([...loading.values(), running]);
  }
  return { items: asked, answers, skipped };
}

/** A promise that is awaited later: its failure is no unhandled one until then. */
function held<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

async function load(dataset: Pick<Dataset, 'load'>, item: Item): Promise<Picture | Skipped> {
  try {
    return (await dataset.load(item)).picture;
  } catch (error) {
    if (error instanceof MessierError) return { id: item.id, code: error.code, reason: error.message };
    throw error;
  }
}

/** (N, width): one output of all answers, row after row. */
export function answerRows(answers: readonly Prediction[], output: keyof Prediction, width: number): Float32Array {
  const all = new Float32Array(answers.length * width);
  answers.forEach((answer, row) => {
    all.set(answer[output], row * width);
  });
  return all;
}

function collect({ card }: Predictor, items: readonly JudgedItem[], answers: readonly Prediction[]): Predictions {
  const classes = card.classes.length;
  return {
    classes: card.classes,
    ids: items.map(({ id }) => id),
    labels: Int32Array.from(items, ({ classIndex }) => classIndex),
    probabilities: answerRows(answers, 'probabilities', classes),
    uncalibrated: calibrated(answerRows(answers, 'logits', classes), classes, 1, card.offsets),
  };
}
