import { beforeAll, describe, expect, it } from 'vitest';
import { adam, sgd, softmaxCrossEntropy, trainingStep, type Target, type TrainingStep } from '../../src/autodiff/index.js';
import { createModel } from '../../src/models/index.js';
import type { Tensor } from '../../src/onnx/types.js';
import { writeModel } from '../../src/onnx/write.js';
import { browserSkipReason, runInBrowser } from '../support/chromium.js';
import { relativeError, runSteps } from '../support/run-steps.js';
import { filled, smallBatch, smallNetwork } from '../support/small-network.js';
import { floats } from '../support/step.js';

const reason = await browserSkipReason('webgpu');
const steps = 3;

/** A training step on its batch. */
interface Training {
  readonly name: string;
  readonly on: (target: Target) => TrainingStep;
  readonly batch: Readonly<Record<string, Tensor>>;
  readonly rate: number;
}

/** Losses and the state after the last step. */
interface Trained {
  readonly losses: number[];
  state: Readonly<Record<string, Tensor>>;
}

const pictures = {
  image: filled('pictures', [2, 3, 64, 64]),
  labels: { type: 'int64', dims: [2], data: BigInt64Array.of(1n, 3n) },
} as const;
const loss = softmaxCrossEntropy();

const trainings: readonly Training[] = [
  {
    name: 'four-galaxies with Adam',
    on: (target) =>
      trainingStep(createModel('four-galaxies', { height: 64, width: 64, seed: 1 }), {
        loss,
        optimizer: adam(),
        dims: { N: 2 },
        target,
      }),
    batch: pictures,
    rate: 0.003,
  },
  {
    name: 'convolutions, batch norm in training mode, an overlapping max-pool, with SGD',
    on: (target) =>
      trainingStep(smallNetwork({ blocks: 2, batchNorm: true, maxPool: true }), {
        loss,
        optimizer: sgd({ momentum: 0.9 }),
        target,
      }),
    batch: smallBatch(4),
    rate: 0.1,
  },
];

describe.skipIf(reason !== undefined)(
  `training on webgpu in the browser${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    let trained: readonly Trained[];
    beforeAll(async () => (trained = await trainInBrowser(trainings)));

    it.each(trainings.map((training, index) => ({ ...training, index })))(
      '$name: losses and state after three steps are those of the processor to 1e-3',
      async ({ on, batch, rate, index }) => {
        const expected = await runSteps(on('cpu'), new Array<number>(steps).fill(rate), batch);
        const { losses, state } = trained[index]!;
        expect(new Set(losses).size).toBe(steps);
        expected.forEach(({ scalars }, at) =>
          expect(relativeError([losses[at]!], [scalars['loss']!]), `loss ${at}`).toBeLessThan(1e-3),
        );
        for (const [name, values] of expected.at(-1)!.state)
          expect(relativeError(state[name]!.data as Float32Array, values), name).toBeLessThan(1e-3);
      },
    );
  },
);

/** All trainings side by side: one browser a step, whose new state is fed to the next. */
async function trainInBrowser(list: readonly Training[]): Promise<readonly Trained[]> {
  const emitted = list.map(({ on }) => on('webgpu'));
  const all = emitted.map(({ state }): Trained => ({
    losses: [],
    state: Object.fromEntries(state.map(({ name, initial }) => [name, initial])),
  }));
  for (let count = 0; count < steps; count++) {
    const results = await runInBrowser(
      emitted.map(({ model, rate }, index) => ({
        model: writeModel(model),
        feeds: { ...list[index]!.batch, ...all[index]!.state, [rate]: floats([], [list[index]!.rate]) },
      })),
      'webgpu',
    );
    results.forEach((result, index) => {
      if ('error' in result) throw new Error(`${list[index]!.name}: ${JSON.stringify(result.error)}`);
      const one = all[index]!;
      one.losses.push(Number(result['loss']!.data[0]));
      one.state = Object.fromEntries(emitted[index]!.state.map(({ name, next }) => [name, result[next]!]));
    });
  }
  return all;
}
