import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { relativeError, runSteps } from '../../test/support/run-steps.js';
import { smallBatch, smallNetwork } from '../../test/support/small-network.js';
import type { Tensor } from '../onnx/types.js';
import { softmaxCrossEntropy } from './losses.js';
import { adam, sgd } from './optimizers.js';
import { trainedModel } from './trained-model.js';
import { trainingStep, type TrainingOptions } from './training-step.js';

/** A case of test/golden/frozen.json, made with torch; see frozen.py. */
interface GoldenCase {
  readonly name: string;
  readonly losses: readonly number[];
  /** After the last step; of head.weight the beginning. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/frozen.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly (GoldenCase & { readonly name: keyof typeof cases })[];
  readonly stages: readonly [GoldenCase];
};

const plain = { loss: softmaxCrossEntropy(), optimizer: sgd() } as const;
const cases = {
  'all trained, batch norms in eval()': { batchNorm: 'inference' },
  'first block frozen': { trainable: (name: string) => !/^(conv|bn)0/.test(name) },
  'head alone': { trainable: (name: string) => name.startsWith('head') },
} satisfies Readonly<Record<string, Partial<TrainingOptions>>>;

describe('a network trained in part follows PyTorch', () => {
  test.each(golden.cases)('$name', async ({ name, losses, values }) => {
    const model = smallNetwork({ blocks: 2, batchNorm: true });
    const results = await runSteps(trainingStep(model, { ...plain, ...cases[name] }), [0.1, 0.1, 0.1], smallBatch(6));
    losses.forEach((loss, step) => {
      expect(results[step]!.scalars['loss'], `loss of step ${step + 1}`).toBeCloseTo(loss, 5);
    });
    for (const [parameter, expected] of Object.entries(values)) {
      const own = results[2]!.state.get(parameter) ?? (model.graph.initializers.get(parameter)!.data as Float32Array);
      expect(relativeError(own.subarray(0, expected.length), expected), parameter).toBeLessThan(2e-5);
    }
  });
});

describe('parameters that begin to learn later', () => {
  /** Which parameters learn in each stage of two steps, and how many steps each has missed by then. */
  const stages: readonly Partial<TrainingOptions>[] = [
    { trainable: (name) => name.startsWith('head') },
    { skippedSteps: (name) => (name.startsWith('head') ? 0 : 2) },
    { trainable: (name) => /^(conv|bn)1/.test(name), skippedSteps: () => 2 },
  ];

  test('follow Adam of PyTorch, which counts the steps of each', async () => {
    const [{ losses, values }] = golden.stages;
    const whole = smallNetwork({ blocks: 2, batchNorm: true });
    let tensors: ReadonlyMap<string, Tensor> = new Map();
    const found: number[] = [];
    for (const stage of stages) {
      const model = tensors.size === 0 ? whole : trainedModel(whole, tensors);
      const made = trainingStep(model, { ...plain, optimizer: adam(), ...stage });
      const state = made.state.map((item) => ({ ...item, initial: tensors.get(item.name) ?? item.initial }));
      const results = await runSteps({ ...made, state }, [0.01, 0.01], smallBatch(6));
      found.push(...results.map(({ scalars }) => scalars['loss']!));
      const after = state.map(({ name, initial }) => [name, { ...initial, data: results[1]!.state.get(name)! }] as const);
      tensors = new Map([...tensors, ...after]);
    }
    losses.forEach((loss, step) => expect(found[step], `loss of step ${step + 1}`).toBeCloseTo(loss, 5));
    for (const [parameter, expected] of Object.entries(values)) {
      const own = tensors.get(parameter)!.data as Float32Array;
      expect(relativeError(own.subarray(0, expected.length), expected), parameter).toBeLessThan(5e-5);
    }
  });
});

describe('rates of single parameters', () => {
  test.each([0, -1, NaN, Infinity])('a factor of %d is refused', (factor) => {
    const rateFactor = (name: string) => (name === 'head.bias' ? factor : 1);
    const message = expect.stringContaining('head.bias') as string;
    const error = expect.objectContaining({ code: 'optimizer/option', message }) as Error;
    expect(() => trainingStep(smallNetwork(), { ...plain, rateFactor })).toThrow(error);
    const trainable = (name: string) => name !== 'head.bias';
    expect(() => trainingStep(smallNetwork(), { ...plain, rateFactor, trainable })).not.toThrow();
  });
});
