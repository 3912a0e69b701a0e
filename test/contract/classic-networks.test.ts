import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parameterNames, sgd, softmaxCrossEntropy, trainingStep } from '../../src/autodiff/index.js';
import { models, outlineModel } from '../../src/models/registry.js';
import { parameterCount } from '../../src/nn/index.js';
import { replaceInitializers } from '../../src/onnx/rewrite/index.js';
import type { Model, Tensor } from '../../src/onnx/types.js';
import { writeModel } from '../../src/onnx/write.js';
import { Trainer } from '../../src/runtime/index.js';
import { runModel } from '../support/onnx-cases.js';
import { pattern } from '../support/pattern.js';

/** What test/golden/classic_networks.py writes. */
interface Golden {
  readonly models: readonly {
    readonly name: string;
    readonly parameters: number;
    readonly size: readonly [number, number];
    readonly power: number;
    readonly gain: number;
    readonly tensors: number;
    readonly digest: string;
    readonly logits: readonly (readonly number[])[];
    readonly ownSize: number;
    readonly ownLogits: readonly (readonly number[])[];
    /** Norm, and product with a probe. */
    readonly gradients: readonly (readonly [number, number])[];
  }[];
}
const file = new URL('../golden/classic_networks.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;

const loss = softmaxCrossEntropy();
const labels: Tensor = { type: 'int64', dims: [2], data: BigInt64Array.of(0n, 1n) };
const image = (name: string, dims: readonly number[]): Tensor => ({ type: 'float32', dims, data: pattern(name, dims, 0.5, 0.5) });
/** Parameters and statistics. */
const tensorsOf = ({ graph }: Model): (readonly [string, Tensor])[] =>
  [...graph.initializers].filter(([key]) => !key.startsWith('constant'));

/** Scale and offset of a pattern, as in test/golden/classic_networks.py. */
function recipe(key: string, dims: readonly number[], { power, gain }: Golden['models'][number]): readonly [number, number] {
  if (key.endsWith('running_var')) return [0.2, 1];
  if (dims.length === 1) return key.endsWith('weight') ? [0.2, gain] : [0.1, 0];
  return [Math.round(Math.sqrt(power / dims.slice(1).reduce((product, dim) => product * dim, 1)) * 1e6) / 1e6, 0];
}

/** The largest difference, over the largest logit. */
function logitsError(found: Tensor | undefined, expected: readonly (readonly number[])[]): number {
  const flat = expected.flat();
  expect(found?.data.length).toBe(flat.length);
  return Math.max(...flat.map((value, at) => Math.abs(Number(found?.data[at]) - value))) / Math.max(...flat.map(Math.abs));
}

describe.each(golden.models)("$name against PyTorch's", (entry) => {
  const { name, size, ownSize } = entry;
  const registered = name.replace('_v3', '-v3');
  const sized = (height: number, width: number): Model => outlineModel(registered, { classes: 10, height, width, dropout: 0 });
  const [height, width] = size;
  const outline = sized(height, width);
  const values = new Map(
    tensorsOf(outline).map(([key, { dims }]): [string, Tensor] => [
      key,
      { type: 'float32', dims, data: pattern(`${name}/${key}`, dims, ...recipe(key, dims, entry)) },
    ]),
  );
  const model = replaceInitializers(outline, values);
  const pictures = image(`${name}/image`, [2, 3, height, width]);

  it('has the same names and shapes of parameters and statistics', () => {
    expect(values.size).toBe(entry.tensors);
    const lines = [...values].map(([key, { dims }]) => [key, ...dims].join()).sort();
    expect(createHash('sha256').update(lines.join('\n')).digest('hex')).toBe(entry.digest);
    expect(parameterCount(outlineModel(registered))).toBe(entry.parameters);
    expect(models.get(registered).height).toBe(ownSize);
  });

  it('gives the same logits, at a small size and at its own', async () => {
    const [small] = await runModel(writeModel(model), [pictures]);
    expect(logitsError(small, entry.logits)).toBeLessThan(1e-5);
    const own = replaceInitializers(sized(ownSize, ownSize), values);
    const [large] = await runModel(writeModel(own), [image(`${name}/own`, [1, 3, ownSize, ownSize])]);
    expect(logitsError(large, entry.ownLogits)).toBeLessThan(1e-5);
  });

  it('gives the same gradient for every parameter, and learns by it', async () => {
    const batchNorm = name === 'inception_v3' ? 'inference' : 'train';
    const step = trainingStep(model, { loss, optimizer: sgd({ momentum: 0.9 }), dims: { N: 2 }, batchNorm });
    const trainer = await Trainer.open(step, { device: 'cpu', threads: 2 });
    const batch = { image: pictures, labels };
    const before = await trainer.step(batch, 0);
    const { tensors: state } = await trainer.snapshot();
    const names = parameterNames(model).toSorted();
    expect(names.length).toBe(entry.gradients.length);
    const errors = names.map((key, index) => {
      const [norm, dot] = entry.gradients[index] ?? [0, 0];
      // The first velocity is the gradient.
      const gradient = state.get(`${key}/velocity`)?.data as Float32Array;
      const probe = pattern(`probe/${key}`, [gradient.length]);
      let [squares, found] = [0, 0];
      for (let at = 0; at < gradient.length; at++) {
        squares += gradient[at]! ** 2;
        found += gradient[at]! * probe[at]!;
      }
      return { key, error: Math.max(Math.abs(Math.sqrt(squares) - norm), Math.abs(found - dot)) / norm };
    });
    // Where rounding puts a value on the other side of a ReLU's or pool's kink, single gradients move by some thousandths, torch's too.
    errors.sort((one, other) => other.error - one.error);
    expect(errors[0]?.error, errors[0]?.key).toBeLessThan(0.01);
    expect(errors[Math.floor(errors.length / 2)]?.error).toBeLessThan(1e-4);
    // As far as takes a tenth off the loss, to first order in the rate, with the velocity 1.9 times the gradient.
    const rate = (0.1 * before.loss) / (1.9 * entry.gradients.reduce((sum, [norm]) => sum + norm ** 2, 0));
    await trainer.step(batch, rate);
    const after = await trainer.step(batch, rate);
    await trainer.release();
    expect(after.loss / before.loss).toBeLessThan(0.95);
  });
});
