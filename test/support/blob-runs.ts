import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { adamW, constantRate, softmaxCrossEntropy } from '../../src/autodiff/index.js';
import type { Progress } from '../../src/core/progress.js';
import { tensorBytes } from '../../src/onnx/tensors.js';
import type { Model } from '../../src/onnx/types.js';
import { train } from '../../src/train/train.js';
import type { EpochRecord, TrainOptions, TrainResult } from '../../src/train/types.js';
import { blobBatches, blobNetwork, blobPictures } from './blobs.js';

/** A run of 3 epochs of 8 steps. */
const blobs = (folder: string, options: Partial<TrainOptions>): TrainOptions => ({
  model: blobNetwork(),
  batches: blobBatches(),
  validation: blobPictures(40),
  loss: softmaxCrossEntropy({ targets: 'shares' }),
  optimizer: adamW(),
  schedule: constantRate(0.01),
  epochs: 3,
  seed: 1,
  averageDecay: 0.9,
  folder,
  fingerprint: 'blobs',
  threads: 1,
  ...options,
});

/** The weights of a model, for comparing. */
export const weights = ({ graph }: Model): Record<string, string> =>
  Object.fromEntries(
    [...graph.initializers].map(([name, tensor]) => [name, Buffer.from(tensorBytes(tensor)).toString('base64')]),
  );

const timeless = ({ seconds: _s, imagesPerSecond: _i, waited: _w, ...record }: EpochRecord) => record;

/** What must be the same where two runs are. */
export const outcome = ({ model, history, bestEpoch, stoppedEarly }: TrainResult) => ({
  weights: weights(model),
  history: history.map(timeless),
  bestEpoch,
  stoppedEarly,
});

/** What a run that never stopped gives, in a folder of its own. */
export async function uninterrupted(options: Partial<TrainOptions> = {}): Promise<TrainResult> {
  const other = mkdtempSync(path.join(tmpdir(), 'messier-train-'));
  try {
    return await train(blobs(other, options));
  } finally {
    rmSync(other, { recursive: true });
  }
}

/** A network without batch norm, whose statistics move at a rate of 0 too. */
export const withoutStatistics = (): Model => blobNetwork({ normalized: false });

/** Does something some time later. */
export async function after<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return work();
}

/** A folder for each test, and small runs in it. */
export function blobRuns() {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'messier-train-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const options = (changes: Partial<TrainOptions> = {}): TrainOptions => blobs(folder, changes);
  return {
    /** A path in the test's folder. */
    at: (...parts: string[]): string => path.join(folder, ...parts),
    options,
    metrics: () =>
      readFileSync(path.join(folder, 'metrics.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as EpochRecord),
    checkpoints: () => readdirSync(path.join(folder, 'checkpoints')).sort(),
    /** Runs until so many steps were reported, then stops. */
    stopAfter: async (steps: number, changes: Partial<TrainOptions> = {}): Promise<void> => {
      const controller = new AbortController();
      let seen = 0;
      const progress = ({ stage }: Progress) => {
        if (!stage.endsWith('validation') && ++seen === steps) controller.abort();
      };
      const stopped = train(options({ ...changes, progress, signal: controller.signal }));
      await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    },
  };
}
