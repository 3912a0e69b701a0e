import { describe, expect, test } from 'vitest';
import { readModel } from '../../src/onnx/read.js';
import { filled, float32, int64 } from '../../src/onnx/tensors.js';
import type { Attribute, DataType, Model, Node, Tensor } from '../../src/onnx/types.js';
import { upgradeModel, upgradeRules } from '../../src/onnx/upgrade/index.js';
import { validateModel } from '../../src/onnx/validate.js';
import { writeModel } from '../../src/onnx/write.js';
import { difference, runModel } from '../support/onnx-cases.js';

const i = (value: number): Attribute => ({ kind: 'int', value });
const f = (value: number): Attribute => ({ kind: 'float', value });
const s = (value: string): Attribute => ({ kind: 'string', value });
const is = (...value: number[]): Attribute => ({ kind: 'ints', value });
const fs = (...value: number[]): Attribute => ({ kind: 'floats', value });

/** A node of an old opset: input `x`, then constants; outputs `y0`, `y1`... */
interface Old {
  readonly name: string;
  readonly opset: number;
  readonly op: string;
  readonly x: Tensor;
  readonly constants?: readonly Tensor[];
  readonly attributes?: Node['attributes'];
  readonly outputs?: number;
  /** What must come out; where it is not told, what ONNX Runtime makes of the old file. */
  readonly expected?: readonly Tensor[];
  /** Rank of `x` is unknown. */
  readonly unknown?: boolean;
}

function modelOf({ opset, op, x, constants = [], attributes = {}, outputs = 1, unknown = false }: Old): Model {
  const names = Array.from({ length: outputs }, (_, index) => `y${index}`);
  const inputs = ['x', ...constants.map((_, index) => `c${index}`)];
  return {
    irVersion: 3,
    opsets: { '': opset },
    producer: '',
    metadata: {},
    functions: [],
    graph: {
      name: 'old',
      nodes: [{ name: 'node', opType: op, domain: '', inputs, outputs: names, attributes }],
      inputs: [
        { name: 'x', type: x.type, ...(unknown ? {} : { shape: x.dims }) },
        ...constants.map(({ type, dims }, index) => ({ name: `c${index}`, type, shape: dims })),
      ],
      outputs: names.map((name, index) => ({ name, type: outputType(op, index) ?? x.type })),
      initializers: new Map(constants.map((tensor, index) => [`c${index}`, tensor])),
      values: new Map(),
    },
  };
}

function outputType(op: string, index: number): DataType | undefined {
  if (op === 'Greater' || op === 'Less') return 'bool';
  return op === 'TopK' && index === 1 ? 'int64' : undefined;
}

const ramp = (...dims: number[]): Tensor => {
  const length = dims.reduce((a, b) => a * b, 1);
  return float32(
    dims,
    Float32Array.from({ length }, (_, index) => Math.sin(index * 1.7) * 3),
  );
};
const image = ramp(2, 3, 4, 5);
const row = float32([3], [1, 2, 4]);
const channels = Float32Array.from({ length: 120 }, (_, index) => [1, 2, 4][Math.floor(index / 20) % 3]!);
const each = (combine: (x: number, channel: number) => number): Tensor[] => [
  float32(
    image.dims,
    Float32Array.from({ length: 120 }, (_, index) => combine(Number(image.data[index]), channels[index]!)),
  ),
];
const bools = (combine: (x: number, channel: number) => boolean): Tensor[] => [
  { type: 'bool', dims: image.dims, data: Uint8Array.from(each((x, c) => Number(combine(x, c)))[0]!.data as Float32Array) },
];
const flags: Tensor = { type: 'bool', dims: [2, 2, 2], data: Uint8Array.of(1, 1, 0, 0, 1, 0, 1, 0) };
const flagRow: Tensor = { type: 'bool', dims: [2], data: Uint8Array.of(1, 0) };
const flagRows = [1, 1, 0, 0, 1, 1, 0, 0];
const flagsOf = (combine: (a: boolean, b: boolean) => boolean): Tensor[] => {
  const data = Uint8Array.from(flagRows, (value, index) => Number(combine(flags.data[index] === 1, value === 1)));
  return [{ type: 'bool', dims: [2, 2, 2], data }];
};
const axis1 = { broadcast: i(1), axis: i(1) };
const ones = (count: number): Tensor => filled([count], 1, 'float32');

const olds: readonly Omit<Old, 'name'>[] = [
  ...[1, 2, 3, -1].flatMap((axis) =>
    ['Softmax', 'LogSoftmax', 'Hardmax'].map((op) => ({ opset: 11, op, x: image, attributes: { axis: i(axis) } })),
  ),
  ...['Softmax', 'LogSoftmax', 'Hardmax'].map((op) => ({ opset: 7, op, x: image })),
  { opset: 7, op: 'Softmax', x: ramp(2, 3) },
  { opset: 7, op: 'Softmax', x: image, unknown: true },
  { opset: 10, op: 'Clip', x: image, attributes: { min: f(-1), max: f(2) } },
  { opset: 10, op: 'Clip', x: image, attributes: { max: f(2) } },
  { opset: 6, op: 'Clip', x: image, attributes: { min: f(0), max: f(3.4028234663852886e38) } },
  { opset: 9, op: 'Clip', x: image },
  { opset: 10, op: 'Pad', x: image, attributes: { pads: is(0, 0, 1, 2, 0, 1, 0, 3), value: f(1.5) } },
  { opset: 10, op: 'Pad', x: image, attributes: { pads: is(0, 0, 1, 2, 0, 0, 1, 2), mode: s('reflect') } },
  { opset: 1, op: 'Pad', x: row, attributes: { paddings: is(1, 0) }, expected: [float32([4], [0, 1, 2, 4])] },
  { opset: 9, op: 'Slice', x: image, attributes: { starts: is(1, -3), ends: is(2, 2 ** 63), axes: is(1, 3) } },
  { opset: 9, op: 'Slice', x: image, attributes: { starts: is(1), ends: is(2) } },
  { opset: 12, op: 'Squeeze', x: ramp(1, 3, 1), attributes: { axes: is(0) } },
  { opset: 12, op: 'Squeeze', x: ramp(1, 3, 1) },
  { opset: 12, op: 'Unsqueeze', x: ramp(3), attributes: { axes: is(0, 2) } },
  { opset: 12, op: 'ReduceSum', x: image, attributes: { axes: is(1, 3), keepdims: i(0) } },
  { opset: 12, op: 'ReduceSum', x: image },
  { opset: 12, op: 'Split', x: image, attributes: { axis: i(3), split: is(2, 3) }, outputs: 2 },
  { opset: 12, op: 'Split', x: image, attributes: { axis: i(2) }, outputs: 2 },
  { opset: 9, op: 'TopK', x: image, attributes: { k: i(2), axis: i(1) }, outputs: 2 },
  { opset: 11, op: 'Dropout', x: image, attributes: { ratio: f(0.3) } },
  { opset: 6, op: 'Dropout', x: image, attributes: { is_test: i(1) }, expected: [image] },
  { opset: 1, op: 'Reshape', x: image, attributes: { shape: is(0, -1) }, expected: [{ ...image, dims: [2, 60] }] },
  {
    opset: 1,
    op: 'Tile',
    x: row,
    constants: [float32([1], [2]), float32([1], [0])],
    expected: [float32([6], [1, 2, 4, 1, 2, 4])],
  },
  { opset: 6, op: 'Add', x: image, constants: [row], attributes: axis1, expected: each((x, c) => x + c) },
  { opset: 6, op: 'Sub', x: image, constants: [row], attributes: axis1, expected: each((x, c) => x - c) },
  {
    opset: 6,
    op: 'Mul',
    x: image,
    constants: [row],
    attributes: { ...axis1, consumed_inputs: is(0, 0) },
    expected: each((x, c) => x * c),
  },
  { opset: 6, op: 'Div', x: image, constants: [row], attributes: axis1, expected: each((x, c) => x / c) },
  { opset: 6, op: 'Pow', x: image, constants: [row], attributes: axis1, expected: each((x, c) => x ** c) },
  { opset: 6, op: 'Greater', x: image, constants: [row], attributes: axis1, expected: bools((x, c) => x > c) },
  { opset: 6, op: 'Less', x: image, constants: [row], attributes: axis1, expected: bools((x, c) => x < c) },
  { opset: 9, op: 'Add', x: image, constants: [row], attributes: axis1, expected: each((x, c) => x + c) },
  { opset: 6, op: 'Add', x: image, constants: [ramp(4, 5)], attributes: { broadcast: i(1) }, expected: [sum(image, ramp(4, 5))] },
  { opset: 6, op: 'Add', x: row, constants: [row], expected: [float32([3], [2, 4, 8])] },
  { opset: 6, op: 'And', x: flags, constants: [flagRow], attributes: axis1, expected: flagsOf((a, b) => a && b) },
  { opset: 6, op: 'Or', x: flags, constants: [flagRow], attributes: axis1, expected: flagsOf((a, b) => a || b) },
  { opset: 6, op: 'Xor', x: flags, constants: [flagRow], attributes: axis1, expected: flagsOf((a, b) => a !== b) },
  { opset: 6, op: 'Equal', x: flags, constants: [flagRow], attributes: axis1, expected: flagsOf((a, b) => a === b) },
  {
    opset: 6,
    op: 'Gemm',
    x: float32([1, 2], [1, 2]),
    constants: [float32([2, 2], [1, 2, 3, 4]), float32([2], [10, 20])],
    attributes: { broadcast: i(1) },
    expected: [float32([1, 2], [17, 30])],
  },
  { opset: 6, op: 'PRelu', x: image, constants: [row], expected: each((x, c) => (x < 0 ? x * c : x)) },
  { opset: 6, op: 'PRelu', x: image, constants: [float32([1], [2])], expected: each((x) => (x < 0 ? x * 2 : x)) },
  {
    opset: 8,
    op: 'BatchNormalization',
    x: image,
    constants: [row, row, row, row],
    attributes: { spatial: i(1), momentum: f(0.5) },
  },
  { opset: 13, op: 'BatchNormalization', x: image, constants: [row, row, row, row], attributes: { epsilon: f(0.1) } },
  {
    opset: 6,
    op: 'BatchNormalization',
    x: image,
    constants: [row, row, ones(3), ones(3)],
    attributes: { is_test: i(1), epsilon: f(3) },
    outputs: 1,
    expected: each((x, c) => ((x - 1) / 2) * c + c),
  },
  { opset: 7, op: 'Upsample', x: ramp(1, 1, 3, 4), attributes: { scales: fs(1, 1, 2, 1.5), mode: s('nearest') } },
  { opset: 7, op: 'Upsample', x: ramp(1, 1, 3, 4), attributes: { scales: fs(1, 1, 2, 3), mode: s('linear') } },
  { opset: 9, op: 'Upsample', x: ramp(1, 1, 3, 4), constants: [float32([4], [1, 1, 2, 2])] },
  {
    opset: 1,
    op: 'Upsample',
    x: float32([1, 1, 1, 2], [1, 2]),
    attributes: { height_scale: f(1), width_scale: f(2), mode: s('nearest') },
    expected: [float32([1, 1, 1, 4], [1, 1, 2, 2])],
  },
  { opset: 10, op: 'Resize', x: ramp(1, 1, 3, 4), constants: [float32([4], [1, 1, 1.7, 2])] },
  { opset: 10, op: 'Resize', x: ramp(1, 1, 7, 9), constants: [float32([4], [1, 1, 0.6, 0.4])] },
  { opset: 10, op: 'Resize', x: ramp(1, 1, 7, 9), constants: [float32([4], [1, 1, 0.6, 2])], attributes: { mode: s('linear') } },
  {
    opset: 10,
    op: 'RoiAlign',
    x: ramp(1, 2, 6, 6),
    constants: [float32([1, 4], [0.3, 0.2, 4.1, 5]), int64([0])],
    attributes: { output_height: i(3), output_width: i(3), sampling_ratio: i(2) },
  },
  { opset: 10, op: 'Scatter', x: row, constants: [int64([2, 0]), float32([2], [7, 8])] },
  { opset: 5, op: 'Cast', x: int64([1, 0, 5]), attributes: { to: s('INT64') }, expected: [int64([1, 0, 5])] },
  { opset: 3, op: 'Concat', x: ramp(2, 1), constants: [ramp(2, 1)], expected: [twice(ramp(2, 1))] },
  { opset: 5, op: 'Selu', x: row, attributes: { alpha: f(2), gamma: f(0.5) }, expected: [float32([3], [0.5, 1, 2])] },
  { opset: 1, op: 'Selu', x: float32([1], [-1]), expected: [float32([1], [1.0507 * 1.6732 * (Math.exp(-1) - 1)])] },
  { opset: 1, op: 'GlobalLpPool', x: ramp(1, 1, 2, 2), attributes: { p: f(1) }, expected: [norm(ramp(1, 1, 2, 2))] },
  {
    opset: 1,
    op: 'LpPool',
    x: ramp(1, 1, 2, 2),
    attributes: { p: f(1), kernel_shape: is(2, 2) },
    expected: [norm(ramp(1, 1, 2, 2))],
  },
  ...(['RNN', 'GRU', 'LSTM'] as const).map((op, index) => {
    const gates = [1, 3, 4][index]!;
    const constants = [ramp(1, 2 * gates, 3), ramp(1, 2 * gates, 2)];
    return { opset: 7, op, x: ramp(2, 1, 3), constants, attributes: { hidden_size: i(2) } };
  }),
  { opset: 6, op: 'Affine', x: row, attributes: { alpha: f(2), beta: f(1) }, expected: [float32([3], [3, 5, 9])] },
  {
    opset: 6,
    op: 'ImageScaler',
    x: image,
    attributes: { scale: f(2), bias: fs(1, 2, 4) },
    expected: each((x, c) => 2 * x + c),
  },
];

function sum(a: Tensor, b: Tensor): Tensor {
  const data = Float32Array.from(
    { length: a.data.length },
    (_, index) => Number(a.data[index]) + Number(b.data[index % b.data.length]),
  );
  return float32(a.dims, data);
}

function twice(column: Tensor): Tensor {
  return float32(
    [2, 2],
    [0, 0, 1, 1].map((index) => Number(column.data[index])),
  );
}

function norm(x: Tensor): Tensor {
  return float32([1, 1, 1, 1], [Array.from(x.data as Float32Array).reduce((total, value) => total + Math.abs(value), 0)]);
}

const named = olds.map((old, index): Old => ({ ...old, name: `${old.op} of opset ${old.opset} (${index})` }));

describe('a model brought to opset 17', () => {
  test.each(named)('gives what it gave: $name', async (old) => {
    const model = modelOf(old);
    const upgraded = upgradeModel(model);
    validateModel(upgraded);
    const expected = old.expected ?? (await runModel(writeModel(model), [old.x, ...(old.constants ?? [])]));
    const outputs = await runModel(writeModel(readModel(writeModel(upgraded))), [old.x]);
    expect(expected.map((tensor, index) => difference(outputs[index], tensor))).toEqual(expected.map(() => undefined));
  });

  test('each rule is tried, here or beside its code, or is one that refuses', () => {
    const tried = new Set(named.map((old) => old.op));
    const elsewhere = ['ConstantFill'];
    const refusing = [
      'ATen',
      'Crop',
      'DynamicSlice',
      'GivenTensorFill',
      'GRUUnit',
      'ParametricSoftplus',
      'Scale',
      'ScaledTanh',
      'Scan',
    ];
    expect([...upgradeRules.keys()].filter((op) => !tried.has(op) && !refusing.includes(op) && !elsewhere.includes(op))).toEqual(
      [],
    );
    for (const op of refusing) {
      expect(() => upgradeModel(modelOf({ name: op, opset: 6, op, x: row }))).toThrow(
        expect.objectContaining({ code: 'onnx/upgrade' }),
      );
    }
  });
});
