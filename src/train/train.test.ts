import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blobBatches, blobPictures } from '../../test/support/blobs.js';
import { after, blobRuns, outcome, uninterrupted, weights, withoutStatistics } from '../../test/support/blob-runs.js';
import { sgd } from '../autodiff/index.js';
import { train } from './train.js';
import type { EpochRecord, TrainOptions } from './types.js';

const { at, checkpoints, metrics, options: run } = blobRuns();

describe('train', () => {
  it('learns to tell two kinds of blobs apart, and records every epoch', async () => {
    const told: EpochRecord[] = [];
    const stages = new Set<string>();
    const result = await train(
      run({
        batches: blobBatches({ steps: 32 }),
        averageDecay: undefined,
        onEpoch: (record) => told.push(record),
        progress: ({ stage }) => stages.add(stage),
      }),
    );
    const { history } = result;
    expect(history.map(({ epoch, step }) => [epoch, step])).toEqual([1, 2, 3].map((epoch) => [epoch, 32 * epoch]));
    const last = history[2]!;
    expect(last.loss).toBeLessThan(0.5 * history[0]!.loss);
    expect(last.accuracy).toBeGreaterThan(0.85);
    expect(last.validation!['accuracy']).toBeGreaterThan(0.9);
    expect(Object.keys(last.validation!)).toEqual(['loss', 'accuracy', 'balancedAccuracy', 'macroF1', 'auc']);
    expect(last.waited).toBeGreaterThanOrEqual(0);
    expect(last.imagesPerSecond).toBeCloseTo(512 / last.seconds, 6);
    expect(metrics()).toEqual(history);
    expect(told).toEqual(history);
    expect(result).toMatchObject({ bestEpoch: 3, stoppedEarly: false });
    expect([...stages].slice(0, 2)).toEqual(['epoch 1 of 3', 'epoch 1 of 3, validation']);
    expect(readdirSync(at()).sort()).toEqual(['checkpoints', 'metrics.jsonl']);
    expect(checkpoints()).toEqual(['step-00000064.safetensors', 'step-00000096.safetensors']);
  });

  it('gives the averaged weights where they are asked for', async () => {
    const averaged = await uninterrupted();
    const plain = await uninterrupted({ averageDecay: undefined });
    expect(averaged.history.map(({ loss }) => loss)).toEqual(plain.history.map(({ loss }) => loss));
    expect(averaged.history[2]!.validation).not.toEqual(plain.history[2]!.validation);
    expect(weights(averaged.model)).not.toEqual(weights(plain.model));
  });

  it('keeps the best epoch and stops when patience runs out', async () => {
    // A rate of nothing after the first epoch: no later epoch is better.
    const options = {
      schedule: (step: number) => (step < 8 ? 0.01 : 0),
      averageDecay: undefined,
      epochs: 9,
      optimizer: sgd(),
      monitor: { metric: 'loss', patience: 2 },
    };
    const result = await train(run({ ...options, model: withoutStatistics() }));
    expect(result).toMatchObject({ bestEpoch: 1, stoppedEarly: true });
    expect(result.history).toHaveLength(3);
    const first = await uninterrupted({ ...options, model: withoutStatistics(), epochs: 1 });
    expect(weights(result.model)).toEqual(weights(first.model));
    expect(checkpoints()[0]).toBe('best-00000008.safetensors');
  });

  it('waits for slow batches, and says so', async () => {
    const source = blobBatches({ steps: 2 });
    const slow = { ...source, batch: (epoch: number, step: number) => after(200, () => source.batch(epoch, step)) };
    const { history, waited } = await train(run({ batches: slow, epochs: 1, validation: undefined }));
    expect(history[0]!.waited).toBeGreaterThan(0.5);
    expect(waited).toBeCloseTo(history[0]!.waited, 12);
  });

  it('asks for the next batch before the current step is done, and gives the same as one that asks late', async () => {
    const source = blobBatches();
    const asked: string[] = [];
    const early = {
      ...source,
      batch: (epoch: number, step: number) => (asked.push(`${epoch}/${step}`), source.batch(epoch, step)),
    };
    const askedAt: number[] = [];
    const first = await uninterrupted({
      validation: undefined,
      batches: early,
      epochs: 2,
      progress: () => void askedAt.push(asked.length),
    });
    expect(asked).toEqual([0, 1].flatMap((epoch) => [0, 1, 2, 3, 4, 5, 6, 7].map((step) => `${epoch}/${step}`)));
    expect(askedAt).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16]);

    // One that prepares nothing before it must: every batch waits for the one before to be used.
    let turn: Promise<unknown> = Promise.resolve();
    const late = {
      ...source,
      batch: (epoch: number, step: number) => (turn = turn.then(() => after(5, () => source.batch(epoch, step)))),
    };
    const second = await uninterrupted({ validation: undefined, batches: late as typeof source, epochs: 2 });
    expect(outcome(second)).toEqual(outcome(first));
  });
});

describe('training that goes wrong', () => {
  it('stops where the loss is no number, and keeps the checkpoint of before', async () => {
    const schedule = (step: number) => (step < 10 ? 0.01 : 1e30);
    const options = { schedule, optimizer: sgd(), model: withoutStatistics(), checkpointSeconds: 0 };
    const error = await train(run(options)).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'train/diverged',
      message: expect.stringMatching(/step 1\d, at a learning rate of 1e\+30.*clipNorm/) as string,
    });
    const kept = checkpoints();
    expect(kept).toHaveLength(2);
    const resumed = await train(run({ ...options, resume: true })).catch((caught: unknown) => caught);
    expect(resumed).toMatchObject({ code: 'train/diverged' });
  });

  it('says what does not fit', async () => {
    const bad: [Partial<TrainOptions>, string][] = [
      [{ epochs: 0 }, 'train/options'],
      [{ checkpointSeconds: NaN }, 'train/options'],
      [{ batches: { ...blobBatches(), steps: 0 } }, 'train/options'],
      [{ validation: { ...blobPictures(4), source: { ...blobPictures(4).source, count: 0 } } }, 'train/options'],
      [{ monitor: { metric: 'f1' } }, 'train/monitor'],
      [{ monitor: { metric: 'loss', patience: 0 } }, 'train/monitor'],
      [{ monitor: { metric: 'loss' }, validation: undefined }, 'train/monitor'],
    ];
    for (const [options, code] of bad) await expect(train(run(options))).rejects.toMatchObject({ code });
  });

  it('passes on what the batches throw, without an unhandled rejection', async () => {
    const source = blobBatches();
    const broken = {
      ...source,
      batch: (epoch: number, step: number) =>
        step === 2 ? Promise.reject(new Error('picture gone')) : source.batch(epoch, step),
    };
    await expect(train(run({ batches: broken }))).rejects.toThrow('picture gone');
    expect(readdirSync(at()).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });
});
