import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { MessierError } from '../core/errors.js';
import type { Dataset } from '../dataset/types.js';
import { loadModel } from '../formats/model-file.js';
import { learnedCount } from '../models/learned-count.js';
import type { Asked } from './prediction.js';

/** What a finished model costs. */
export interface ModelCost {
  /** Numbers of the file that training learned; batch norms are folded into the layers before them. */
  readonly parameters: number;
  /** Of the file. */
  readonly bytes: number;
  /** Of decoded pictures on this machine, median of the turns that models took; of texts likewise. */
  readonly picturesPerSecond: number;
}

/** Threads of a predictor that was told none. */
export const everyThread = (threads: number | undefined): number => threads ?? availableParallelism();

/** Different pictures that speed is measured on, and bytes of them that are held. */
const most = { pictures: 64, bytes: 64 * 2 ** 20 } as const;

/** Decoded pictures (and texts) that every model is timed on: the first of a dataset that can be read. */
export async function timedQuestions(dataset: Dataset, takesPictures: boolean): Promise<Asked[]> {
  const asked: Asked[] = [];
  let bytes = 0;
  for (const item of dataset.items) {
    if (asked.length >= most.pictures || bytes > most.bytes) break;
    if (!takesPictures) {
      asked.push({ text: item.text });
      continue;
    }
    try {
      const { picture } = await dataset.load(item);
      bytes += picture.data.length;
      asked.push({ picture, text: item.text });
    } catch (error) {
      // A broken picture is counted where it is judged.
      if (!(error instanceof MessierError)) throw error;
    }
  }
  return asked;
}

/** Size of a model file. */
export async function sizeOf(path: string): Promise<Pick<ModelCost, 'parameters' | 'bytes'>> {
  return { parameters: learnedCount(loadModel(path)), bytes: (await stat(path)).size };
}
