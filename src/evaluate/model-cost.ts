import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { MessierError } from '../core/errors.js';
import type { Dataset } from '../dataset/types.js';
import { loadModel } from '../formats/model-file.js';
import { parameterCount } from '../nn/parameters.js';
import type { Asked, Predictor } from './prediction.js';

/** What a finished model costs. */
export interface ModelCost {
  /** Numbers of the file that training learned; batch norms are folded into the layers before them. */
  readonly parameters: number;
  /** Of the file. */
  readonly bytes: number;
  /** Median over runs of decoded pictures on this machine, the first run left out; of texts likewise. */
  readonly picturesPerSecond: number;
}

/** Threads of a predictor that was told none. */
export const everyThread = (threads: number | undefined): number => threads ?? availableParallelism();

/** Different pictures that speed is measured on, and bytes of them that are held. */
const most = { pictures: 64, bytes: 64 * 2 ** 20 } as const;
/** Runs that are timed, at least and at most, and the seconds after which no more is begun. */
const runs = { least: 5, most: 60, seconds: 0.5 } as const;

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

/** Offsets and temperature are chosen once the network has learned. */
const isLearned = (name: string): boolean => !name.startsWith('messier.');

/** Size and speed of a model file, which the predictor has open. */
export async function costOf(
  path: string,
  predictor: Predictor,
  { questions, signal }: { readonly questions: readonly Asked[]; readonly signal?: AbortSignal | undefined },
): Promise<ModelCost> {
  const { size } = await stat(path);
  const rates: number[] = [];
  const began = performance.now();
  for (let run = 0; run <= runs.most; run++) {
    signal?.throwIfAborted();
    if (run > runs.least && performance.now() - began > 1000 * runs.seconds) break;
    const batch = Array.from(
      { length: predictor.batch },
      (_, at) => questions[(run * predictor.batch + at) % questions.length] ?? {},
    );
    const start = performance.now();
    await predictor.predictMany(batch);
    if (run > 0) rates.push((1000 * batch.length) / (performance.now() - start));
  }
  rates.sort((a, b) => a - b);
  const middle = rates.length / 2;
  const median = ((rates[Math.floor(middle - 0.5)] ?? NaN) + (rates[Math.ceil(middle - 0.5)] ?? NaN)) / 2;
  return { parameters: parameterCount(loadModel(path), isLearned), bytes: size, picturesPerSecond: median };
}
