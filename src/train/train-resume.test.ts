import { cpSync, existsSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blobBatches } from '../../test/support/blobs.js';
import { blobRuns, outcome, uninterrupted, weights } from '../../test/support/blob-runs.js';
import type { Progress } from '../core/progress.js';
import { train } from './train.js';
import type { TrainResult } from './types.js';

const { at, checkpoints, metrics, options: run, stopAfter } = blobRuns();

const monitored = { monitor: { metric: 'auc' } };
let monitoredRun: Promise<TrainResult> | undefined;
/** The run that stopped ones are compared with, made once. */
const wholeRun = (): Promise<TrainResult> => (monitoredRun ??= uninterrupted(monitored));

describe('a stopped run', () => {
  it('goes on to the same bits, wherever it was stopped', async () => {
    for (const steps of [3, 8]) await stopAfter(steps, { ...monitored, resume: true });
    const result = await train(run({ ...monitored, resume: true }));
    expect(outcome(result)).toEqual(outcome(await wholeRun()));
    expect(metrics()).toEqual(result.history);
  });

  it('gives its result at once when it is finished', async () => {
    const result = await train(run({ monitor: { metric: 'loss' } }));
    const failing = { ...blobBatches(), batch: () => Promise.reject(new Error('no batch is needed')) };
    const again = await train(run({ monitor: { metric: 'loss' }, batches: failing, resume: true }));
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
    const stopped = run({ ...monitored, batches: stuck, signal: controller.signal });
    await expect(train(stopped)).rejects.toThrow('enough');
    expect(checkpoints()).toEqual(['step-00000003.safetensors']);
    const validating = new AbortController();
    const progress = ({ stage }: Progress) => {
      if (stage.endsWith('validation')) validating.abort();
    };
    await expect(train(run({ ...monitored, progress, signal: validating.signal, resume: true }))).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(checkpoints()).toEqual(['step-00000003.safetensors', 'step-00000008.safetensors']);
    expect(outcome(await train(run({ ...monitored, resume: true })))).toEqual(outcome(await wholeRun()));
  });

  it('is not begun where the signal has aborted before', async () => {
    const options = run({ signal: AbortSignal.abort(), folder: at('new') });
    await expect(train(options)).rejects.toMatchObject({ name: 'AbortError' });
    expect(existsSync(options.folder)).toBe(false);
  });

  it('passes over a damaged checkpoint and says so', async () => {
    const options = { ...monitored, checkpointSeconds: 0, resume: true };
    await stopAfter(9, options);
    cpSync(at('checkpoints'), at('sound'), { recursive: true });
    const names = checkpoints();
    const newest = at('checkpoints', names.at(-1)!);
    for (const damage of [() => truncateSync(newest, 5000), () => flipByte(newest)]) {
      cpSync(at('sound'), at('checkpoints'), { recursive: true });
      damage();
      const notices: string[] = [];
      const result = await train(run({ ...options, onNotice: (text) => notices.push(text) }));
      expect(notices).toHaveLength(1);
      expect(notices[0]).toMatch(/^The checkpoint after step 9 is damaged and passed over\./);
      expect(outcome(result)).toEqual(outcome(await wholeRun()));
      rmSync(at('checkpoints'), { recursive: true });
    }
    cpSync(at('sound'), at('checkpoints'), { recursive: true });
    flipByte(
      at(
        'checkpoints',
        names.find((name) => name.startsWith('best'))!,
      ),
    );
    await expect(train(run(options))).rejects.toMatchObject({ code: 'train/checkpoint' });
  });

  it('cuts metrics.jsonl back to what its checkpoint knows, and clears what a killed process left', async () => {
    await stopAfter(20);
    const before = metrics();
    expect(before).toHaveLength(2);
    writeFileSync(at('metrics.jsonl'), `${before.map((line) => JSON.stringify(line)).join('\n')}\n{"epoch":3,"lo`);
    writeFileSync(at('metrics.jsonl.0.tmp'), 'half');
    writeFileSync(at('checkpoints', 'step-00000024.safetensors.0.tmp'), 'half');
    const { history } = await train(run({ resume: true }));
    expect(metrics()).toEqual(history);
    expect(history.slice(0, 2)).toEqual(before);
    expect([...readdirSync(at()), ...checkpoints()].filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('a folder', () => {
  it('with checkpoints is refused unless the run is to go on', async () => {
    await stopAfter(2);
    await expect(train(run())).rejects.toMatchObject({
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
      await expect(train(run({ ...options, resume: true }))).rejects.toMatchObject(error);
    }
    expect((await train(run({ validation: undefined, threads: undefined, resume: true }))).history).toHaveLength(3);
  });

  it('takes one run at a time', async () => {
    let second: Promise<unknown> | undefined;
    const progress = () => void (second ??= train(run({ resume: true })).catch((error: unknown) => error));
    await train(run({ validation: undefined, epochs: 1, progress }));
    await expect(second).resolves.toMatchObject({ code: 'train/locked' });
  });

  it('that cannot be written gives a coded error', async () => {
    writeFileSync(at('file'), '');
    await expect(train(run({ folder: at('file', 'run') }))).rejects.toMatchObject({ code: 'file/write' });
  });
});

function flipByte(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length - 10]! ^= 1;
  writeFileSync(file, bytes);
}
