import { describe, expect, test } from 'vitest';
import { runModel } from '../../../test/support/onnx-cases.js';
import { float, type Value } from '../assembler.js';
import { GraphBuilder } from '../builder.js';
import { elementCount } from '../tensors.js';
import type { Model, Shape, Tensor } from '../types.js';
import { writeModel } from '../write.js';
import { inferShapes } from './index.js';

/** One network: what it is called, the shapes of its inputs, and its outputs. */
type Case = readonly [
  name: string,
  shapes: readonly Shape[],
  build: (g: GraphBuilder, inputs: readonly Value[]) => readonly Value[],
];

const filled = (dims: readonly number[], value = 0.5): Tensor => ({
  type: 'float32',
  dims,
  data: new Float32Array(elementCount(dims)).fill(value),
});

const windows: Case[] = [];
for (const [size, kernel, stride, pad] of [
  [7, 3, 2, 1],
  [8, 2, 2, 0],
  [6, 3, 3, 1],
  [11, 3, 3, 1],
  [17, 3, 2, 0],
  [5, 5, 4, 2],
] as const) {
  const attributes = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad] };
  for (const opType of ['MaxPool', 'AveragePool']) {
    windows.push(
      [`${opType} ${size} rounded down`, [['N', 2, size, 9]], (g, [x]) => [g.op(opType, [x], attributes)]],
      [`${opType} ${size} rounded up`, [['N', 2, size, 9]], (g, [x]) => [g.op(opType, [x], { ...attributes, ceil_mode: 1 })]],
      [
        `${opType} ${size} same`,
        [['N', 2, size, 9]],
        (g, [x]) => [g.op(opType, [x], { kernel_shape: [kernel, kernel], strides: [stride, stride], auto_pad: 'SAME_LOWER' })],
      ],
    );
  }
}

/** Operators that changed after opset 17, and those that the reference implementation of the golden file does not infer. */
const newer: readonly Case[] = [
  ['Split in equal shares', [['N', 7]], (g, [x]) => g.node('Split', [x], { axis: 1, num_outputs: 3 }, { outputs: 3 })],
  ['ReduceMean with axes as input', [['N', 3, 4]], (g, [x]) => [g.op('ReduceMean', [x, g.ints([-1])], { keepdims: 0 })]],
  ['ReduceMax without axes', [['N', 3, 4]], (g, [x]) => [g.op('ReduceMax', [x], { noop_with_empty_axes: 1 })]],
  ['Pad of some axes', [['N', 3, 4]], (g, [x]) => [g.op('Pad', [x, g.ints([1, 2]), undefined, g.ints([-1])])]],
  [
    'Resize of some axes',
    [['N', 3, 6, 8]],
    (g, [x]) => [g.op('Resize', [x, undefined, undefined, g.ints([5, 7])], { axes: [2, 3] })],
  ],
  [
    'Resize not larger',
    [[2, 3, 6, 8]],
    (g, [x]) => [
      g.op('Resize', [x, undefined, undefined, g.ints([5, 9])], { axes: [2, 3], keep_aspect_ratio_policy: 'not_larger' }),
    ],
  ],
  [
    'Resize not smaller',
    [[2, 3, 6, 8]],
    (g, [x]) => [
      g.op('Resize', [x, undefined, undefined, g.ints([5, 9])], { axes: [2, 3], keep_aspect_ratio_policy: 'not_smaller' }),
    ],
  ],
  [
    'Resize by scales',
    [['N', 3, 5, 7]],
    (g, [x]) => [g.op('Resize', [x, undefined, g.floats([4], [1, 1, 1.5, 0.6])], { mode: 'linear' })],
  ],
  ['Mish', [['N', 3]], (g, [x]) => [g.op('Mish', [x])]],
  ['Gelu', [['N', 3]], (g, [x]) => [g.op('Gelu', [x])]],
  [
    'GroupNormalization',
    [['N', 6, 5]],
    (g, [x]) => [
      g.op('GroupNormalization', [x, g.parameter('s', filled([3])), g.parameter('b', filled([3]))], { num_groups: 3 }),
    ],
  ],
  ['LpPool rounded up', [['N', 3, 9]], (g, [x]) => [g.op('LpPool', [x], { kernel_shape: [2], strides: [2], ceil_mode: 1 })]],
  ['Reshape that allows zero', [[0, 4]], (g, [x]) => [g.op('Reshape', [x, g.ints([3, 0])], { allowzero: 1 })]],
  [
    'MaxPool and MaxUnpool',
    [['N', 2, 8, 8]],
    (g, [x]) => {
      const [y, indices] = g.node('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] }, { outputs: 2 });
      return [g.op('MaxUnpool', [y, indices], { kernel_shape: [2, 2], strides: [2, 2] })];
    },
  ],
  [
    'ConvTranspose to a size',
    [['N', 2, 5, 5]],
    (g, [x]) => [g.op('ConvTranspose', [x, g.parameter('w', filled([2, 3, 3, 3]))], { strides: [2, 2], output_shape: [10, 11] })],
  ],
  [
    'ConvTranspose same',
    [['N', 2, 5, 5]],
    (g, [x]) => [g.op('ConvTranspose', [x, g.parameter('w', filled([2, 3, 2, 4]))], { strides: [3, 2], auto_pad: 'SAME_UPPER' })],
  ],
  [
    'Einsum without arrow',
    [
      [3, 4],
      [4, 5],
    ],
    (g, [a, b]) => [g.op('Einsum', [a, b], { equation: 'ij,jk' })],
  ],
  [
    'Einsum to a scalar',
    [
      [3, 4],
      [3, 4],
    ],
    (g, [a, b]) => [g.op('Einsum', [a, b], { equation: 'ij,ij->' })],
  ],
  ['Col2Im', [['N', 12, 4]], (g, [x]) => [g.op('Col2Im', [x, g.ints([4, 4]), g.ints([2, 2])], { strides: [2, 2] })]],
  ['CenterCropPad', [['N', 6, 9]], (g, [x]) => [g.op('CenterCropPad', [x, g.ints([8, 5])], { axes: [1, 2] })]],
  [
    'GridSample',
    [
      ['N', 2, 5, 5],
      ['N', 3, 4, 2],
    ],
    (g, [x, grid]) => [g.op('GridSample', [x, grid])],
  ],
  ['MeanVarianceNormalization', [['N', 2, 5, 5]], (g, [x]) => [g.op('MeanVarianceNormalization', [x])]],
  [
    'Range from reals',
    [['N']],
    (g, [x]) => [g.add(g.op('Range', [g.scalar(0), g.scalar(1), g.scalar(0.25)]), g.op('ReduceSum', [x]))],
  ],
];

/** Operators of com.microsoft. */
const fused: readonly Case[] = ['FusedMatMul transA', 'FusedMatMul transB'].map((name): Case => {
  const first = name.endsWith('A');
  const shapes: Shape[] = first
    ? [
        ['N', 3, 4],
        ['N', 3, 5],
      ]
    : [
        ['N', 3, 4],
        ['N', 5, 4],
      ];
  const attributes = { [first ? 'transA' : 'transB']: 1, alpha: float(0.5) };
  return [name, shapes, (g, [a, b]) => [g.op('FusedMatMul', [a, b], attributes, { domain: 'com.microsoft' })]];
});

function modelOf(shapes: readonly Shape[], build: Case[2]): Model {
  const g = new GraphBuilder({ opset: 20 });
  const inputs = shapes.map((shape, index) => g.input(`x${index}`, 'float32', shape));
  for (const [index, output] of build(g, inputs).entries()) g.output(output, `y${index}`);
  return g.build();
}

describe('inferred sizes are those that ONNX Runtime computes', () => {
  test.each([...windows, ...newer, ...fused])('%s', async (_, shapes, build) => {
    const model = modelOf(shapes, build);
    const static_ = shapes.map((shape) => shape.map((dim) => (dim === 'N' ? 2 : Number(dim))));
    const results = await runModel(
      writeModel(model),
      static_.map((dims) => filled(dims)),
    );
    const symbolic = inferShapes(model).graph.outputs.map((output) => ('shape' in output ? output.shape : undefined));
    const dims = results.map((result) => [...result.dims]);
    expect(symbolic.map((shape) => shape?.map((dim) => (dim === 'N' ? 2 : dim)))).toEqual(dims);
    expect(modelOf(static_, build).graph.outputs.map((output) => ('shape' in output ? output.shape : undefined))).toEqual(dims);
  });
});
