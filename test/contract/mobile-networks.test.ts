import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parameterNames, sgd, softmaxCrossEntropy, trainingStep } from '../../src/autodiff/index.js';
import { createModel } from '../../src/models/index.js';
import { parameterCount } from '../../src/nn/index.js';
import { replaceInitializers } from '../../src/onnx/rewrite/index.js';
import type { Tensor } from '../../src/onnx/types.js';
import { writeModel } from '../../src/onnx/write.js';
import { Trainer } from '../../src/runtime/index.js';
import { keepGradients } from '../support/golden-model.js';
import { runModel } from '../support/onnx-cases.js';
import { pattern } from '../support/pattern.js';

/** What test/golden/mobile_networks.py writes. */
interface Golden {
  readonly models: readonly {
    readonly name: string;
    readonly parameters: number;
    readonly gain: number;
    readonly tensors: number;
    readonly digest: string;
    readonly logits: readonly (readonly number[])[];
    /** Norm, and product with a probe. */
    readonly gradients?: readonly (readonly number[])[];
  }[];
}
const file = new URL('../golden/mobile_networks.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;

const isConstant = (name: string): boolean => name.startsWith('constant');
const options = { loss: softmaxCrossEntropy(), dims: { N: 2 } };
const labelled = (...classes: readonly bigint[]): Tensor => ({
  type: 'int64',
  dims: [classes.length],
  data: BigInt64Array.from(classes),
});
const image = (name: string, dims: readonly number[]): Tensor => ({ type: 'float32', dims, data: pattern(name, dims, 0.5, 0.5) });

/** Scale and offset of a pattern, as in test/golden/mobile_networks.py. */
function recipe(name: string, dims: readonly number[], gain: number): readonly [number, number] {
  if (name.endsWith('running_var')) return [0.2, 1];
  if (name.endsWith('layer_scale')) return [0.2, 0.6];
  if (dims.length === 1) return name.endsWith('weight') ? [0.2, gain] : [0.1, 0];
  return [Math.round(Math.sqrt(6 / dims.slice(1).reduce((product, dim) => product * dim, 1)) * 1e6) / 1e6, 0];
}

/** Relative to the gradient's norm. */
const tolerance = 1e-4;

describe.each(golden.models)("$name against PyTorch's", ({ name, parameters, gain, tensors, digest, logits, gradients }) => {
  const fresh = createModel(name.replaceAll('_', '-'), { classes: 10, height: 64, width: 64, dropout: 0 });
  const own = [...fresh.graph.initializers].filter(([key]) => !isConstant(key));
  const values = own.map(([key, { dims }]): [string, Tensor] => [
    key,
    { type: 'float32', dims, data: pattern(`${name}/${key}`, dims, ...recipe(key, dims, gain)) },
  ]);
  const model = replaceInitializers(fresh, new Map(values));
  const input = image(`${name}/image`, [2, 3, 64, 64]);

  it('has the same names and shapes of parameters and statistics', () => {
    expect(own.length).toBe(tensors);
    const lines = own.map(([key, { dims }]) => [key, ...dims].join()).sort();
    expect(createHash('sha256').update(lines.join('\n')).digest('hex')).toBe(digest);
    const [, features = 0] = own.find(([key, { dims }]) => key.startsWith('classifier') && dims[0] === 10)?.[1].dims ?? [];
    expect(parameterCount(model) + 990 * (features + 1)).toBe(parameters);
  });

  it('gives the same logits', async () => {
    const [found] = await runModel(writeModel(model), [input]);
    const errors = logits.flat().map((value, index) => Math.abs(Number(found?.data[index]) - value));
    expect(errors.length).toBe(20);
    expect(Math.max(...errors)).toBeLessThan(5e-5);
  });

  it.runIf(gradients)('gives the same gradient for every parameter', async () => {
    const step = trainingStep(model, { ...options, optimizer: keepGradients, batchNorm: 'inference' });
    const batch = { image: input, labels: labelled(0n, 1n) };
    const trainer = await Trainer.open(step, { device: 'cpu', threads: 2 });
    await trainer.step(batch, 0);
    const { tensors: state } = await trainer.snapshot();
    await trainer.release();
    const names = parameterNames(model).toSorted();
    expect(names.length).toBe(gradients?.length);
    for (const [index, key] of names.entries()) {
      const [norm = 0, dot = 0] = gradients?.[index] ?? [];
      const gradient = Float64Array.from(state.get(`${key}/gradient`)?.data ?? [], Number);
      const probe = pattern(`probe/${key}`, [gradient.length]);
      const found = gradient.reduce((sum, value, at) => sum + value * (probe[at] ?? 0), 0);
      const length = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
      expect(Math.abs(length - norm) / norm, `norm of ${key}`).toBeLessThan(tolerance);
      expect(Math.abs(found - dot) / norm, `direction of ${key}`).toBeLessThan(tolerance);
    }
  });
});

it.each([
  ['mobilenet-v3-small', 0.05],
  ['convnext-atto', 0.005],
])('%s learns one batch', async (name, rate) => {
  const model = createModel(name, { classes: 3, height: 64, width: 64 });
  const batch = { image: image(`${name}/batch`, [2, 3, 64, 64]), labels: labelled(0n, 2n) };
  const trainer = await Trainer.open(trainingStep(model, { ...options, optimizer: sgd() }), { device: 'cpu', threads: 2 });
  const losses: number[] = [];
  for (let step = 0; step < 5; step++) losses.push((await trainer.step(batch, rate)).loss);
  await trainer.release();
  expect(losses.at(-1), losses.join()).toBeLessThan((losses[0] ?? 0) - 0.1);
});
