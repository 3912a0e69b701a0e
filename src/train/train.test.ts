import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blobBatches, blobNetwork, blobPictures } from '../../test/support/blobs.js';
import { adamW, constantRate, meanSquaredError, sgd, softmaxCrossEntropy } from '../autodiff/index.js';
import type { Progress } from '../core/progress.js';
import { tensorBytes } from '../onnx/tensors.js';
import type { Model } from '../onnx/types.js';
import { train } from './train.js';
import type { EpochRecord, TrainOptions, TrainResult } from './types.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'messier-train-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A run of 3 epochs of 8 steps. */
const blobs = (options: Partial<TrainOptions> = {}): TrainOptions => ({
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

const weights = ({ graph }: Model): Record<string, string> =>
  Object.fromEntries(
    [...graph.initializers].map(([name, tensor]) => [name, Buffer.from(tensorBytes(tensor)).toString('base64')]),
  );

const timeless = ({ seconds: _s, imagesPerSecond: _i, waited: _w, ...record }: EpochRecord) => record;
const outcome = ({ model, history, bestEpoch, stoppedEarly }: TrainResult) => ({
  weights: weights(model),
  history: history.map(timeless),
  bestEpoch,
  stoppedEarly,
});
const metrics = () =>
  readFileSync(path.join(folder, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as EpochRecord);
const checkpoints = () => readdirSync(path.join(folder, 'checkpoints')).sort();

/** Runs until so many steps were reported, then stops. */
async function stopAfter(steps: number, options: Partial<TrainOptions> = {}): Promise<void> {
  const controller = new AbortController();
  let seen = 0;
  const progress = ({ stage }: Progress) => {
    if (!stage.endsWith('validation') && ++seen === steps) controller.abort();
  };
  await expect(train(blobs({ ...options, progress, signal: controller.signal }))).rejects.toMatchObject({ name: 'AbortError' });
}

const monitored = { monitor: { metric: 'auc' } };
let monitoredRun: Promise<TrainResult> | undefined;
/** The run that stopped ones are compared with, made once. */
const wholeRun = (): Promise<TrainResult> => (monitoredRun ??= uninterrupted(monitored));

/** What a run that never stopped gives, in a folder of its own. */
async function uninterrupted(options: Partial<TrainOptions> = {}): Promise<TrainResult> {
  const other = mkdtempSync(path.join(tmpdir(), 'messier-train-'));
  try {
    return await train(blobs({ ...options, folder: other }));
  } finally {
    rmSync(other, { recursive: true });
  }
}

describe('train', () => {
  it('learns to tell two kinds of blobs apart, and records every epoch', async () => {
    const told: EpochRecord[] = [];
    const stages = new Set<string>();
    const result = await train(
      blobs({
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
    expect(readdirSync(folder).sort()).toEqual(['checkpoints', 'metrics.jsonl']);
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
    const result = await train(blobs({ ...options, model: withoutStatistics() }));
    expect(result).toMatchObject({ bestEpoch: 1, stoppedEarly: true });
    expect(result.history).toHaveLength(3);
    const first = await uninterrupted({ ...options, model: withoutStatistics(), epochs: 1 });
    expect(weights(result.model)).toEqual(weights(first.model));
    expect(checkpoints()[0]).toBe('best-00000008.safetensors');
  });

  it('waits for slow batches, and says so', async () => {
    const source = blobBatches({ steps: 2 });
    const slow = { ...source, batch: (epoch: number, step: number) => after(200, () => source.batch(epoch, step)) };
    const { history, waited } = await train(blobs({ batches: slow, epochs: 1, validation: undefined }));
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

describe('a stopped run', () => {
  it('goes on to the same bits, wherever it was stopped', async () => {
    for (const steps of [3, 8, 1]) await stopAfter(steps, { ...monitored, resume: true });
    const result = await train(blobs({ ...monitored, resume: true }));
    expect(outcome(result)).toEqual(outcome(await wholeRun()));
    expect(metrics()).toEqual(result.history);
  });

  it('gives its result at once when it is finished', async () => {
    const result = await train(blobs({ monitor: { metric: 'loss' } }));
    const failing = { ...blobBatches(), batch: () => Promise.reject(new Error('no batch is needed')) };
    const again = await train(blobs({ monitor: { metric: 'loss' }, batches: failing, resume: true }));
    expect({ ...again, model: weights(again.model) }).toEqual({ ...result, model: weights(result.model) });
  });

  it('can be stopped while it waits for a batch, and while it validates', async () => {
    const source = blobBatches();
    const controller = new AbortController();
    const stuck = {
      ...source,
      batch: (epoch: number, step: number) => {
        if (step < 3) return source.batch(epoch, step);
        setTimeout(() => controller.abort(new Error('enough')), 20);
        return new Promise<never>(() => undefined);
      },
    };
    const stopped = blobs({ ...monitored, batches: stuck, signal: controller.signal });
    await expect(train(stopped)).rejects.toThrow('enough');
    expect(checkpoints()).toEqual(['step-00000003.safetensors']);
    const validating = new AbortController();
    const progress = ({ stage }: Progress) => {
      if (stage.endsWith('validation')) validating.abort();
    };
    await expect(train(blobs({ ...monitored, progress, signal: validating.signal, resume: true }))).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(checkpoints()).toEqual(['step-00000003.safetensors', 'step-00000008.safetensors']);
    expect(outcome(await train(blobs({ ...monitored, resume: true })))).toEqual(outcome(await wholeRun()));
  });

  it('is not begun where the signal has aborted before', async () => {
    const options = blobs({ signal: AbortSignal.abort(), folder: path.join(folder, 'new') });
    await expect(train(options)).rejects.toMatchObject({ name: 'AbortError' });
    expect(existsSync(options.folder)).toBe(false);
  });

  it('passes over a damaged checkpoint and says so', async () => {
    const options = { ...monitored, checkpointSeconds: 0, resume: true };
    for (const damage of ['truncated', 'altered', 'best altered'] as const) {
      await stopAfter(9, options);
      const names = checkpoints();
      const file = path.join(folder, 'checkpoints', names.find((name) => name.startsWith('best')) ?? '');
      const newest = path.join(folder, 'checkpoints', names.at(-1)!);
      if (damage === 'truncated') truncateSync(newest, 5000);
      else if (damage === 'altered') flipByte(newest);
      else {
        flipByte(file);
        await expect(train(blobs(options))).rejects.toMatchObject({ code: 'train/checkpoint' });
        break;
      }
      const notices: string[] = [];
      const result = await train(blobs({ ...options, onNotice: (text) => notices.push(text) }));
      expect(notices).toHaveLength(1);
      expect(notices[0]).toMatch(/^The checkpoint after step 9 is damaged and passed over\./);
      expect(outcome(result)).toEqual(outcome(await wholeRun()));
      rmSync(path.join(folder, 'checkpoints'), { recursive: true });
    }
  });

  it('cuts metrics.jsonl back to what its checkpoint knows, and clears what a killed process left', async () => {
    await stopAfter(20);
    const before = metrics();
    expect(before).toHaveLength(2);
    writeFileSync(path.join(folder, 'metrics.jsonl'), `${before.map((line) => JSON.stringify(line)).join('\n')}\n{"epoch":3,"lo`);
    writeFileSync(path.join(folder, 'metrics.jsonl.0.tmp'), 'half');
    writeFileSync(path.join(folder, 'checkpoints', 'step-00000024.safetensors.0.tmp'), 'half');
    const { history } = await train(blobs({ resume: true }));
    expect(metrics()).toEqual(history);
    expect(history.slice(0, 2)).toEqual(before);
    expect([...readdirSync(folder), ...checkpoints()].filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('a folder', () => {
  it('with checkpoints is refused unless the run is to go on', async () => {
    await stopAfter(2);
    await expect(train(blobs())).rejects.toMatchObject({
      code: 'train/folder',
      message: expect.stringContaining('--resume') as string,
    });
    expect(checkpoints()).toHaveLength(1);
  });

  it('of another run is refused, with what differs', async () => {
    await stopAfter(2);
    for (const [options, named] of [
      [{ fingerprint: 'other' }, 'fingerprint was blobs and is now other'],
      [{ epochs: 4 }, 'epochs was 3 and is now 4'],
      [{ threads: 2 }, 'threads was 1 and is now 2'],
      [{ batches: blobBatches({ size: 8 }) }, 'batch size was 16 and is now 8'],
    ] as const) {
      const error = { code: 'train/fingerprint', message: expect.stringContaining(named) as string };
      await expect(train(blobs({ ...options, resume: true }))).rejects.toMatchObject(error);
    }
    expect((await train(blobs({ validation: undefined, threads: undefined, resume: true }))).history).toHaveLength(3);
  });

  it('takes one run at a time', async () => {
    let second: Promise<unknown> | undefined;
    const progress = () => void (second ??= train(blobs({ resume: true })).catch((error: unknown) => error));
    await train(blobs({ validation: undefined, epochs: 1, progress }));
    await expect(second).resolves.toMatchObject({ code: 'train/locked' });
  });

  it('that cannot be written gives a coded error', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    await expect(train(blobs({ folder: path.join(folder, 'file', 'run') }))).rejects.toMatchObject({ code: 'file/write' });
  });
});

describe('training that goes wrong', () => {
  it('stops where the loss is no number, and keeps the checkpoint of before', async () => {
    const schedule = (step: number) => (step < 10 ? 0.01 : 1e30);
    const options = { schedule, optimizer: sgd(), model: withoutStatistics(), checkpointSeconds: 0 };
    const error = await train(blobs(options)).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'train/diverged',
      message: expect.stringMatching(/step 1\d, at a learning rate of 1e\+30.*clipNorm/) as string,
    });
    const kept = checkpoints();
    expect(kept).toHaveLength(2);
    const resumed = await train(blobs({ ...options, resume: true })).catch((caught: unknown) => caught);
    expect(resumed).toMatchObject({ code: 'train/diverged' });
  });

  it('says what does not fit', async () => {
    const bad: [Partial<TrainOptions>, string][] = [
      [{ epochs: 0 }, 'train/options'],
      [{ checkpointSeconds: NaN }, 'train/options'],
      [{ batches: { ...blobBatches(), steps: 0 } }, 'train/options'],
      [{ validation: { ...blobPictures(4), count: 0, labels: new Int32Array() } }, 'train/options'],
      [{ monitor: { metric: 'f1' } }, 'train/monitor'],
      [{ monitor: { metric: 'loss', patience: 0 } }, 'train/monitor'],
      [{ monitor: { metric: 'loss' }, validation: undefined }, 'train/monitor'],
      [{ loss: meanSquaredError() }, 'train/loss'],
    ];
    for (const [options, code] of bad) await expect(train(blobs(options))).rejects.toMatchObject({ code });
  });

  it('passes on what the batches throw, without an unhandled rejection', async () => {
    const source = blobBatches();
    const broken = {
      ...source,
      batch: (epoch: number, step: number) =>
        step === 2 ? Promise.reject(new Error('picture gone')) : source.batch(epoch, step),
    };
    await expect(train(blobs({ batches: broken }))).rejects.toThrow('picture gone');
    expect(readdirSync(folder).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });
});

/** A network without batch norm, whose statistics move at a rate of 0 too. */
function withoutStatistics(): Model {
  return blobNetwork({ normalized: false });
}

async function after<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return work();
}

function flipByte(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length - 10]! ^= 1;
  writeFileSync(file, bytes);
}
