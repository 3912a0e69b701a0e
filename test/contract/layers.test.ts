import { describe, expect, it, test } from 'vitest';
import { meanSquaredError, sgd, trainingStep, type TrainingStep } from '../../src/autodiff/index.js';
import { activations, layers, Network } from '../../src/nn/index.js';
import type { Model, Tensor } from '../../src/onnx/types.js';
import { writeModel } from '../../src/onnx/write.js';
import { gelu, relu, relu6, sigmoid, type Case, type Weights } from '../support/layer-case.js';
import { runModel } from '../support/onnx-cases.js';
import { pattern } from '../support/pattern.js';
import { pictureLayers } from '../support/picture-layers.js';
import { nest, softmax, type Matrix, type Picture, type Vector } from '../support/plain-layers.js';
import { sequenceLayers } from '../support/sequence-layers.js';

const cases: readonly Case[] = [...pictureLayers, ...sequenceLayers];

const dims = { picture: [2, 4, 7, 6], sequence: [2, 5, 8], row: [2, 6], tokens: [2, 5] } as const;
const input = {
  picture: (net: Network) => net.image({ channels: 4, height: 7, width: 6 }),
  sequence: (net: Network) => net.graph.input('x', 'float32', ['N', 5, 8]),
  row: (net: Network) => net.features({ size: 6 }),
  tokens: (net: Network) => net.tokens({ length: 5 }),
};
const tokens = [3, 1, 4, 0, 0, 2, 5, 5, 1, 0];

/** The model with patterns for parameters: also those that begin at zero or one matter. Variances stay positive. */
function withPatterns(model: Model): Model {
  const initializers = [...model.graph.initializers].map(([name, tensor]): [string, Tensor] => {
    if (name.startsWith('constant')) return [name, tensor];
    const isScale = name.endsWith('running_var') || (tensor.dims.length === 1 && name.endsWith('weight'));
    return [name, { ...tensor, data: pattern(name, tensor.dims, 0.5, isScale ? 1 : 0) }];
  });
  return { ...model, graph: { ...model.graph, initializers: new Map(initializers) } };
}

const inputTensor = (kind: Case['input']): Tensor =>
  kind === 'tokens'
    ? { type: 'int64', dims: dims.tokens, data: BigInt64Array.from(tokens, BigInt) }
    : { type: 'float32', dims: dims[kind], data: pattern(`input/${kind}`, dims[kind], 2) };

const built = (entry: Case, seed = 0): Model => {
  const net = new Network({ seed });
  const y = entry.build(net, input[entry.input](net));
  if (entry.layer !== 'classifier') net.output(y, 'y');
  return net.build();
};

test('every registered layer has a case', () => {
  expect([...new Set(cases.map((entry) => entry.layer))].sort()).toEqual([...layers.names()].sort());
});

describe.each(cases)('$layer, $about', (entry) => {
  it('equals plain loops, and its shape was known beforehand', async () => {
    const model = withPatterns(built(entry));
    const given = inputTensor(entry.input);
    const [found] = await runModel(writeModel(model), [given]);
    const lookUp = (name: string): unknown => {
      const tensor = model.graph.initializers.get(name);
      if (!tensor) throw new Error(`No parameter ${name}; there are ${[...model.graph.initializers.keys()].join(', ')}.`);
      return nest(Array.from(tensor.data, Number), tensor.dims);
    };
    const weights: Weights = {
      vector: (name) => lookUp(name) as Vector,
      matrix: (name) => lookUp(name) as Matrix,
      picture: (name) => lookUp(name) as Picture,
      filters: (name) => lookUp(name) as Picture[],
    };
    const items = nest(Array.from(given.data, Number), given.dims) as never[];
    const expected = items.map((item) => entry.plain(item, weights)).flat(4) as number[];
    const values = Array.from(found!.data, Number);
    expect(values).toHaveLength(expected.length);
    for (const [index, value] of values.entries())
      expect(Math.abs(value - expected[index]!), String(index)).toBeLessThan(2e-5 * (1 + Math.abs(expected[index]!)));
    const [declared] = model.graph.outputs as readonly { readonly shape?: readonly unknown[] }[];
    expect(declared?.shape).toEqual(['N', ...found!.dims.slice(1)]);
  });

  it('has the same first weights for the same seed', () => {
    const text = (model: Model): string =>
      [...model.graph.initializers].map(([name, { data }]) => `${name}:${Array.from(data, String).join()}`).join(';');
    expect(text(built(entry, 5))).toBe(text(built(entry, 5)));
  });
});

/** Feeds a training step by the names of its inputs, and returns its outputs by theirs. */
async function feed(step: TrainingStep, feeds: ReadonlyMap<string, Tensor>): Promise<ReadonlyMap<string, Tensor>> {
  const found = await runModel(
    writeModel(step.model),
    step.model.graph.inputs.map(({ name }) => feeds.get(name)!),
  );
  return new Map(step.model.graph.outputs.map(({ name }, index) => [name, found[index]!]));
}

const difference = (before: Tensor, after: Tensor): number[] => {
  const values = Array.from(after.data, Number);
  return Array.from(before.data, Number).map((value, index) => value - values[index]!);
};

const learning = cases.filter(({ layer }) => !['flatten', 'dropout', 'paddingMask'].includes(layer) && !layer.endsWith('Pool'));

test.each(learning)('$layer, $about: the loss falls along its gradient as fast as the gradient says', async (entry) => {
  const model = withPatterns(built(entry));
  const step = trainingStep(model, { loss: meanSquaredError(), optimizer: sgd(), dims: { N: 2 } });
  const fixed = (dimensions: readonly unknown[] = []): number[] => dimensions.map(Number);
  const feeds = new Map<string, Tensor>([[step.rate, { type: 'float32', dims: [], data: Float32Array.of(1) }]]);
  for (const { name, shape } of step.batch) {
    const targets: Tensor = { type: 'float32', dims: fixed(shape), data: pattern(name, fixed(shape)) };
    feeds.set(name, name === 'targets' ? targets : inputTensor(entry.input));
  }
  for (const { name, shape } of step.noise)
    feeds.set(name, { type: 'float32', dims: fixed(shape), data: pattern(name, fixed(shape), 0.5, 0.5) });
  for (const { name, initial } of step.state) feeds.set(name, initial);
  const first = await feed(step, feeds);

  const gradients = step.state
    .filter(({ role }) => role === 'parameter')
    .map(({ name, next, initial }) => ({
      name,
      initial,
      gradient: difference(initial, first.get(next)!),
    }));
  const norm = Math.hypot(...gradients.flatMap(({ gradient }) => gradient));
  expect(norm).toBeGreaterThan(1e-3);
  const lossAt = async (distance: number): Promise<number> => {
    const moved = new Map(feeds);
    for (const { name, initial, gradient } of gradients) {
      const data = Float32Array.from(gradient, (slope, index) => Number(initial.data[index]) + (distance * slope) / norm);
      moved.set(name, { ...initial, data });
    }
    return Number((await feed(step, moved)).get('loss')!.data[0]);
  };
  const distance = 4e-3;
  const slope = ((await lossAt(distance)) - (await lossAt(-distance))) / (2 * distance);
  expect(Math.abs(slope / norm - 1)).toBeLessThan(0.01);
});

const plainActivations: Readonly<Record<string, (x: number) => number>> = {
  linear: (x) => x,
  relu,
  relu6,
  leakyRelu: (x) => (x < 0 ? x / 100 : x),
  elu: (x) => (x < 0 ? Math.expm1(x) : x),
  gelu,
  silu: (x) => x * sigmoid(x),
  hardSwish: (x) => (x * relu6(x + 3)) / 6,
  hardSigmoid: (x) => relu6(x + 3) / 6,
  sigmoid,
  tanh: Math.tanh,
  softplus: (x) => Math.log1p(Math.exp(x)),
  mish: (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
};

test.each(activations.names())('activation %s equals its formula', async (name) => {
  const net = new Network();
  net.output(activations.get(name)(net, net.features({ size: 41 })), 'y');
  const points = Float32Array.from({ length: 41 }, (_, index) => index / 2.5 - 8);
  const [found] = await runModel(writeModel(net.build()), [{ type: 'float32', dims: [1, 41], data: points.slice() }]);
  const expected = name === 'gelu' ? geluPoints : plainActivations[name]!;
  for (const [index, x] of points.entries())
    expect(Math.abs(Number(found!.data[index]) - expected(x))).toBeLessThan(4e-6 * (1 + Math.abs(x)));
});

/** The series of erf ends near 4; beyond, GELU is x or 0. */
const geluPoints = (x: number): number => (Math.abs(x) < 5 ? gelu(x) : relu(x));

test('softmax of the plain loops adds up to one', () => {
  expect(softmax([1, 2, 3]).reduce((total, value) => total + value, 0)).toBeCloseTo(1, 12);
});
