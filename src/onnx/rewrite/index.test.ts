import { describe, expect, test } from 'vitest';
import { runModel } from '../../../test/support/onnx-cases.js';
import { pattern } from '../../../test/support/pattern.js';
import { MessierError } from '../../core/errors.js';
import { float, type Value } from '../assembler.js';
import { GraphBuilder } from '../builder.js';
import { int64 } from '../tensors.js';
import type { Model, Tensor } from '../types.js';
import { writeModel } from '../write.js';
import { cutModel, foldBatchNorm, foldConstants, pruneDeadNodes, replaceInitializers, withMetadata } from './index.js';

/** A tensor of repeatable values in ±1, or above `floor`. */
function tensor(name: string, dims: readonly number[], floor?: number): Tensor {
  const values = pattern(name, dims);
  return {
    type: 'float32',
    dims,
    data: Float32Array.from(values, (value) => (floor === undefined ? value : Math.abs(value) + floor)),
  };
}

const opTypes = (model: Model): string[] => model.graph.nodes.map((node) => node.opType);

async function outputs(model: Model, inputs: readonly Tensor[]): Promise<Tensor[]> {
  return runModel(writeModel(model), inputs);
}

/** Largest difference over the largest value. */
function relativeError(found: Tensor, expected: Tensor): number {
  expect(found.dims).toEqual(expected.dims);
  const [a, b] = [Array.from(found.data, Number), Array.from(expected.data, Number)];
  const scale = Math.max(...b.map(Math.abs));
  return Math.max(...b.map((value, index) => Math.abs(value - a[index]!))) / scale;
}

async function expectSame(after: Model, before: Model, inputs: readonly Tensor[]): Promise<void> {
  const [found, expected] = [await outputs(after, inputs), await outputs(before, inputs)];
  expect(found.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) expect(relativeError(found[index]!, value)).toBeLessThan(1e-5);
}

function batchNorm(g: GraphBuilder, x: Value, name: string, channels: number): Value {
  const vector = (part: string, floor?: number): Value =>
    g.parameter(`${name}.${part}`, tensor(`${name}.${part}`, [channels], floor));
  return g.op('BatchNormalization', [x, vector('scale'), vector('bias'), vector('mean'), vector('variance', 0.5)], {
    epsilon: float(1e-3),
  });
}

describe('foldBatchNorm', () => {
  test('folds into convolutions with and without bias, in groups and transposed', async () => {
    const g = new GraphBuilder();
    let x = g.input('x', 'float32', ['N', 4, 9, 9]);
    const weight = (name: string, dims: readonly number[]): Value => g.parameter(name, tensor(name, dims));
    x = batchNorm(g, g.op('Conv', [x, weight('w1', [6, 4, 3, 3])], { pads: [1, 1, 1, 1] }), 'bn1', 6);
    x = g.op('Relu', [x]);
    x = batchNorm(g, g.op('Conv', [x, weight('w2', [8, 3, 3, 3]), weight('b2', [8])], { group: 2 }), 'bn2', 8);
    x = batchNorm(g, g.op('ConvTranspose', [x, weight('w3', [8, 3, 2, 2])], { group: 2, strides: [2, 2] }), 'bn3', 6);
    x = batchNorm(g, g.op('ConvTranspose', [x, weight('w4', [6, 5, 2, 2]), weight('b4', [5])]), 'bn4', 5);
    x = g.op('Flatten', [g.op('GlobalAveragePool', [x])]);
    x = batchNorm(g, g.op('Gemm', [x, weight('w5', [5, 7]), weight('b5', [7])], { alpha: float(0.5), beta: float(2) }), 'bn5', 7);
    x = batchNorm(g, g.op('Gemm', [x, weight('w6', [3, 7])], { transB: 1 }), 'bn6', 3);
    g.output(x, 'y');
    const before = g.build();
    const after = foldBatchNorm(before);
    expect(opTypes(after)).not.toContain('BatchNormalization');
    expect(after.graph.initializers.get('w1')?.dims).toEqual([6, 4, 3, 3]);
    await expectSame(after, before, [tensor('x', [2, 4, 9, 9])]);
  });

  test('leaves a weight that others share, and a norm that stands alone', async () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['N', 3, 8, 8]);
    const shared = g.parameter('shared', tensor('shared', [3, 3, 1, 1]));
    const [left, right] = [batchNorm(g, g.op('Conv', [x, shared]), 'bn1', 3), g.op('Conv', [x, shared])];
    g.output(batchNorm(g, g.op('Relu', [g.add(left, right)]), 'bn2', 3), 'y');
    const before = g.build();
    const after = foldBatchNorm(before);
    expect(opTypes(after)).toEqual(['Conv', 'Conv', 'Add', 'Relu', 'BatchNormalization', 'Identity']);
    expect(after.graph.initializers.get('shared')).toBe(before.graph.initializers.get('shared'));
    await expectSame(after, before, [tensor('x', [2, 3, 8, 8])]);
  });

  test('leaves a convolution whose own output is used', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['N', 3, 8, 8]);
    const conv = g.op('Conv', [x, g.parameter('w', tensor('w', [3, 3, 1, 1]))]);
    g.output(batchNorm(g, conv, 'bn', 3), 'y');
    g.output(conv, 'features');
    expect(opTypes(foldBatchNorm(g.build()))).toContain('BatchNormalization');
  });
});

/** An exporter's idea of a flatten: sizes computed in the graph. */
function shapeChain(batch: number | string): Model {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', [batch, 3, 4]);
  const size = g.op('Unsqueeze', [g.op('Gather', [g.op('Shape', [x]), g.int(0)]), g.ints([0])]);
  const rest = g.op('Constant', [], { value: { kind: 'tensor', value: int64([-1]) } });
  const flat = g.op('Reshape', [x, g.op('Concat', [size, rest], { axis: 0 })]);
  const weight = g.op('Transpose', [g.parameter('w', tensor('w', [5, 12]))]);
  g.output(g.op('MatMul', [flat, weight]), 'y');
  return g.build();
}

describe('foldConstants', () => {
  test('folds the whole chain where shapes are static', async () => {
    const before = shapeChain(2);
    const after = foldConstants(before);
    expect(opTypes(after)).toEqual(['Reshape', 'MatMul', 'Identity']);
    await expectSame(after, before, [tensor('x', [2, 3, 4])]);
  });

  test('keeps what depends on the batch', async () => {
    const before = shapeChain('N');
    const after = foldConstants(before);
    expect(opTypes(after)).toEqual(['Shape', 'Gather', 'Unsqueeze', 'Concat', 'Reshape', 'MatMul', 'Identity']);
    expect(before.graph.values.get('reshape:out')?.shape).toEqual(['N', 12]);
    await expectSame(after, before, [tensor('x', [3, 3, 4])]);
  });

  test('makes no large table out of a small node', () => {
    const g = new GraphBuilder();
    const zeros = g.op('ConstantOfShape', [g.ints([1024, 1024])]);
    g.output(g.add(g.input('x', 'float32', [1]), zeros), 'y');
    expect(opTypes(foldConstants(g.build()))).toEqual(['ConstantOfShape', 'Add', 'Identity']);
  });
});

test('all results together are bounded too', () => {
  const g = new GraphBuilder();
  let x: Value = g.parameter('x', tensor('x', [2048]));
  for (let turn = 0; turn < 100; turn++) x = g.op('Relu', [x]);
  g.output(x, 'y');
  expect(opTypes(foldConstants(g.build(), { maxElements: 2048 }))).toHaveLength(100 - 32 + 1);
});

test('weights made by nodes become parameters where the limits allow, also in a file of IR version 3', async () => {
  const g = new GraphBuilder({ opset: 9 });
  const x = g.input('x', 'float32', [1, 2, 300]);
  const tenth = { kind: 'tensor', value: { type: 'float32', dims: [1], data: Float32Array.of(0.1) } } as const;
  const sizes = g.parameter('sizes', int64([2, 300, 300]));
  g.output(g.op('MatMul', [x, g.op('ConstantOfShape', [sizes], { value: tenth }, { outputs: ['w'] })]), 'y');
  const made = g.build();
  const inputs = [...made.graph.inputs, { name: 'sizes', type: 'int64', shape: [3] } as const];
  const before = { ...made, irVersion: 3, graph: { ...made.graph, inputs } };
  expect(opTypes(foldConstants(before))).toEqual(['ConstantOfShape', 'MatMul', 'Identity']);
  const after = foldConstants(before, { maxGrown: 2 ** 20 });
  expect([...after.graph.initializers.keys()]).toEqual(['w']);
  expect(after.graph.inputs.map((input) => input.name)).toEqual(['x']);
  await expectSame(after, before, [tensor('x', [1, 2, 300])]);
});

function twoLayers(): Model {
  const g = new GraphBuilder();
  const x = g.input('image', 'float32', ['N', 6]);
  const hidden = g.op('Relu', [g.op('MatMul', [x, g.parameter('w1', tensor('w1', [6, 5]))])], {}, { outputs: ['hidden'] });
  g.output(g.op('MatMul', [hidden, g.parameter('w2', tensor('w2', [5, 4]))], {}, { outputs: ['logits'] }));
  g.op('Exp', [hidden]);
  return g.build();
}

describe('cutModel', () => {
  test('two halves make the whole', async () => {
    const whole = twoLayers();
    const [lower, upper] = [
      cutModel(whole, { outputs: ['hidden'] }),
      cutModel(whole, { outputs: ['logits'], inputs: ['hidden'] }),
    ];
    expect(lower.graph.outputs).toEqual([{ name: 'hidden', type: 'float32', shape: ['N', 5] }]);
    expect(upper.graph.inputs).toEqual([{ name: 'hidden', type: 'float32', shape: ['N', 5] }]);
    expect([[...lower.graph.initializers.keys()], [...upper.graph.initializers.keys()]]).toEqual([['w1'], ['w2']]);
    const image = tensor('image', [3, 6]);
    const [expected] = await outputs(whole, [image]);
    const [found] = await outputs(upper, await outputs(lower, [image]));
    expect(relativeError(found!, expected!)).toBe(0);
  });

  test('keeps several outputs in the order asked for', () => {
    const cut = cutModel(twoLayers(), { outputs: ['logits', 'hidden'] });
    expect(cut.graph.outputs.map((output) => output.name)).toEqual(['logits', 'hidden']);
    expect(opTypes(cut)).toEqual(['MatMul', 'Relu', 'MatMul']);
  });

  test('names the nearest tensors where there is none of that name', () => {
    expect(() => cutModel(twoLayers(), { outputs: ['hiden'] })).toThrow(/No tensor "hiden" .* Nearest: "hidden"/);
    expect(() => cutModel(twoLayers(), { outputs: [] })).toThrow(MessierError);
  });
});

test('pruneDeadNodes drops what no output needs and keeps the inputs', () => {
  const before = twoLayers();
  const unused = new Map([...before.graph.initializers, ['unused', tensor('unused', [2])] as const]);
  const after = pruneDeadNodes({ ...before, graph: { ...before.graph, initializers: unused } });
  expect(opTypes(after)).toEqual(['MatMul', 'Relu', 'MatMul']);
  expect([...after.graph.initializers.keys()]).toEqual(['w1', 'w2']);
  expect(after.graph.values.has('exp:out')).toBe(false);
  expect(after.graph.inputs).toEqual(before.graph.inputs);
});

test('withMetadata adds, replaces and removes', () => {
  const first = withMetadata(twoLayers(), { classes: 'a,b', stretch: 'asinh' });
  expect(withMetadata(first, { stretch: undefined, classes: 'c' }).metadata).toEqual({ classes: 'c' });
});

describe('replaceInitializers', () => {
  test('takes tensors of the same type and shape only', () => {
    const model = twoLayers();
    const value = tensor('new', [6, 5]);
    expect(replaceInitializers(model, new Map([['w1', value]])).graph.initializers.get('w1')).toBe(value);
    expect(() => replaceInitializers(model, new Map([['w1', tensor('new', [5, 6])]]))).toThrow(
      /\(6, 5\) expected, \(5, 6\) received/,
    );
    expect(() => replaceInitializers(model, new Map([['w3', value]]))).toThrow(/Nearest: "w1", "w2"/);
    expect(() => replaceInitializers(model, new Map([['w1', int64([1])]]))).toThrow(MessierError);
  });
});
