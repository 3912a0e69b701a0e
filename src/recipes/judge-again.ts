/** Judging another network as the run's own is judged. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { predictDataset } from '../evaluate/predict-dataset.js';
import { openPredictor } from '../evaluate/predictor.js';
import type { Predictions } from '../evaluate/types.js';
import { saveModel } from '../formats/model-file.js';
import { deploy } from '../models/deploy.js';
import type { Model } from '../onnx/types.js';
import { firstCard } from './card.js';
import type { FinishOptions } from './finish-options.js';
import type { Lesson } from './lesson.js';

/** A network, and what it learned from. */
export interface Subject {
  readonly lesson: Lesson;
  readonly model: Model;
}

/** Answers of a network on the judged part of the run, by way of a file that is gone afterwards. */
export async function answersOf(
  options: FinishOptions & { readonly judged: 'test' | 'validation' },
  { lesson, model }: Subject,
): Promise<Predictions> {
  const { folder, threads, work, prepared, judged } = options;
  const path = join(folder, `study-${process.pid}.onnx`);
  try {
    await saveModel(deploy(model, firstCard({ ...options, ...lesson })), path);
    const predictor = await openPredictor(path, { threads });
    try {
      const items = prepared.items.filter(({ part }) => part === judged);
      return (await predictDataset(predictor, prepared.dataset, items, work)).predictions;
    } finally {
      await predictor.close();
    }
  } finally {
    await rm(path, { force: true });
  }
}
