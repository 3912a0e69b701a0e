import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { difference, runModel } from '../../../test/support/onnx-cases.js';
import { GraphBuilder } from '../builder.js';
import { readModel } from '../read.js';
import { elementCount } from '../tensors.js';
import { isTensorInfo, type Attribute, type Model, type Node, type Tensor } from '../types.js';
import { writeModel } from '../write.js';
import { evaluateNode } from './index.js';

const golden = JSON.parse(readFileSync(new URL('../../../test/golden/shapes.json', import.meta.url), 'utf8')) as {
  readonly graphs: readonly { readonly name: string; readonly model: string }[];
};

/** Values for each input of a model, "N" being 2. */
function inputsOf(model: Model): Tensor[] {
  return model.graph.inputs.filter(isTensorInfo).map(({ type, shape = [] }) => {
    const dims = shape.map((dim) => (typeof dim === 'number' ? dim : 2));
    const values = Array.from({ length: elementCount(dims) }, (_, index) => ((index * 7) % 11) / 4 + 0.25);
    const bits = values.map((_, index) => index % 2);
    if (type === 'int64') return { type, dims, data: BigInt64Array.from(bits, BigInt) };
    if (type === 'bool') return { type, dims, data: Uint8Array.from(bits) };
    return { type: 'float32', dims, data: Float32Array.from(values) };
  });
}

/** What evaluation makes of a model of one node. */
function evaluated(model: Model, inputs: readonly Tensor[]): readonly Tensor[] | undefined {
  const values = new Map([...model.graph.initializers]);
  for (const [index, input] of model.graph.inputs.entries()) values.set(input.name, inputs[index]!);
  const [node] = model.graph.nodes;
  return evaluateNode(
    node!,
    node!.inputs.map((name) => values.get(name)),
    { opset: model.opsets['']! },
  );
}

describe('nodes of the golden graphs give what ONNX Runtime gives', () => {
  const singles = golden.graphs.map(({ name, model }, index) => ({ name, index, bytes: Buffer.from(model, 'base64') }));
  const seen = new Set<string>();

  test.each(singles)('$index $name', async ({ name, bytes }) => {
    const model = readModel(bytes);
    const inputs = inputsOf(model);
    const ours = model.graph.nodes.length === 1 ? evaluated(model, inputs) : undefined;
    if (!ours) return;
    seen.add(name);
    const [theirs] = await runModel(bytes, inputs);
    expect(difference(ours[0], theirs!)).toBeUndefined();
  });

  test('of every family', () => {
    const families =
      'Add Sub Mul Div Pow Min Max Sum And Or Xor Equal Greater Less Where Cast CastLike Abs Neg Relu Sqrt Floor Ceil Round Not Identity Reshape ' +
      'Flatten Squeeze Unsqueeze Transpose Concat Slice Pad Expand Tile Gather ReduceSum ReduceMean ReduceProd ReduceMax ReduceL2 Shape Size ' +
      'ConstantOfShape Range';
    expect(families.split(' ').filter((family) => !seen.has(family))).toEqual([]);
  });
});

const int64 = (dims: readonly number[], values: readonly number[]): Tensor => ({
  type: 'int64',
  dims,
  data: BigInt64Array.from(values, BigInt),
});

describe('64-bit integers', () => {
  const [a, b] = [int64([4], [-7, 7, 3, 0]), int64([1], [2])];
  test.each(['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max', 'Equal', 'Greater', 'LessOrEqual'])('%s', async (opType) => {
    const g = new GraphBuilder();
    g.output(g.op(opType, [g.input('a', 'int64', [4]), g.input('b', 'int64', [1])]), 'y');
    const model = g.build();
    const [theirs] = await runModel(writeModel(model), [a, b]);
    expect(difference(evaluated(model, [a, b])![0], theirs!)).toBeUndefined();
  });

  test.each(['ReduceSum', 'ReduceProd'])('%s', async (opType) => {
    const g = new GraphBuilder();
    g.output(g.op(opType, [g.input('a', 'int64', [2, 3])], { keepdims: 0 }), 'y');
    const model = g.build();
    const input = int64([2, 3], [1, 2, 3, -4, 5, 6]);
    const [theirs] = await runModel(writeModel(model), [input]);
    expect(difference(evaluated(model, [input])![0], theirs!)).toBeUndefined();
  });

  test('a division by zero is left to the runtime', () => {
    expect(evaluateNode(nodeOf('Div', 2), [a, int64([1], [0])], { opset: 17 })).toBeUndefined();
  });
});

function nodeOf(opType: string, inputs: number, attributes: Readonly<Record<string, Attribute>> = {}): Node {
  return {
    name: 'n',
    opType,
    domain: '',
    inputs: Array.from({ length: inputs }, (_, index) => `x${index}`),
    outputs: ['y'],
    attributes,
  };
}

describe('bounds', () => {
  test('a result above the limit leaves the node alone, whatever it claims', () => {
    for (const size of [2 ** 23, 2 ** 40, 2 ** 53 - 1]) {
      expect(evaluateNode(nodeOf('ConstantOfShape', 1), [int64([1], [size])], { opset: 17 })).toBeUndefined();
      expect(evaluateNode(nodeOf('ConstantOfShape', 1), [int64([2], [size, 0])], { opset: 17 })).toBeUndefined();
    }
    expect(evaluateNode(nodeOf('ConstantOfShape', 1), [int64([1], [9])], { opset: 17, maxElements: 8 })).toBeUndefined();
    expect(evaluateNode(nodeOf('ConstantOfShape', 1), [int64([1], [8])], { opset: 17, maxElements: 8 })?.[0]?.dims).toEqual([8]);
  });

  test('an input without elements and with a huge dimension is left alone', () => {
    const empty: Tensor = { type: 'float32', dims: [0, 2 ** 40], data: new Float32Array() };
    for (const opType of ['ReduceSum', 'Transpose', 'Relu', 'Identity']) {
      expect(evaluateNode(nodeOf(opType, 1), [empty], { opset: 17 })).toBeUndefined();
    }
  });

  test('operators of other domains and unknown ones are left alone', () => {
    const x = int64([1], [1]);
    expect(evaluateNode({ ...nodeOf('Add', 2), domain: 'org.example' }, [x, x], { opset: 17 })).toBeUndefined();
    expect(evaluateNode(nodeOf('Nonesuch', 1), [x], { opset: 17 })).toBeUndefined();
    expect(evaluateNode(nodeOf('RandomNormalLike', 1), [x], { opset: 17 })).toBeUndefined();
  });
});
