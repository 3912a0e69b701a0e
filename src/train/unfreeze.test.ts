import { describe, expect, it } from 'vitest';
import { blobRuns, outcome, uninterrupted, weights } from '../../test/support/blob-runs.js';
import { blobNetwork } from '../../test/support/blobs.js';
import { Learners } from './learners.js';
import { train } from './train.js';
import type { TrainOptions } from './types.js';

const { options: run, stopAfter } = blobRuns();

/** First the head, then all, then the first layer alone. */
const stages = [/^fc/, /./, /^(conv|bn)1/];
const gradual: Partial<TrainOptions> = {
  trainable: (name, epoch) => stages[epoch]!.test(name),
  rateFactor: (name) => (name.startsWith('fc') ? 1 : 0.1),
  validation: undefined,
};

describe('gradual unfreezing', () => {
  it('moves what learns, and nothing else; what was frozen again keeps what it has learned', async () => {
    const begin = weights(blobNetwork());
    const states = [begin];
    for (const epochs of [1, 2, 3]) states.push(weights((await uninterrupted({ ...gradual, epochs })).model));
    for (const [epoch, stage] of stages.entries()) {
      for (const [name, value] of Object.entries(states[epoch + 1]!)) {
        // Statistics move where their scale learns.
        const parameter = name.replace(/running_(mean|var)$/, 'weight');
        if (name !== 'constant')
          expect(value !== states[epoch]![name], `${name} in epoch ${epoch + 1}`).toBe(stage.test(parameter));
      }
    }
  });

  it('goes on to the same bits, wherever it was stopped', async () => {
    const whole = outcome(await uninterrupted(gradual));
    for (const steps of [3, 5, 3, 7]) await stopAfter(steps, { ...gradual, resume: true });
    expect(outcome(await train(run({ ...gradual, resume: true })))).toEqual(whole);
    expect(outcome(await train(run({ ...gradual, resume: true })))).toEqual(whole);
  });

  it('is refused where nothing learns in some epoch', async () => {
    const trainable = (_: string, epoch: number) => epoch !== 1;
    const error = { code: 'train/options', message: expect.stringContaining('epoch 2') as string };
    await expect(train(run({ trainable }))).rejects.toMatchObject(error);
  });

  it('counts the steps that each parameter missed', () => {
    const learners = new Learners(run(gradual));
    expect([0, 1, 2, 3].map((epoch) => learners.skippedSteps('fc.weight', epoch))).toEqual([0, 0, 0, 8]);
    expect([0, 1, 2].map((epoch) => learners.skippedSteps('conv2.weight', epoch))).toEqual([0, 8, 8]);
    expect([learners.areSame(0, 0), learners.areSame(0, 1)]).toEqual([true, false]);
  });
});

it('batch norms in inference mode keep their statistics', async () => {
  const before = weights(blobNetwork());
  const after = weights((await uninterrupted({ batchNorm: 'inference', epochs: 1, validation: undefined })).model);
  const changed = Object.keys(before).filter((name) => before[name] !== after[name]);
  expect(changed.some((name) => name.includes('running'))).toBe(false);
  expect(changed).toContain('fc.weight');
});
