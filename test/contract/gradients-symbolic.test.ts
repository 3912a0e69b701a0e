import { describe, expect, test } from 'vitest';
import { float, type Value } from '../../src/onnx/assembler.js';
import type { GraphBuilder } from '../../src/onnx/builder.js';
import { disagreements, type Operand } from '../support/gradients/check.js';
import { anything, distinct, nonZero, type Sampler } from '../support/gradients/samplers.js';

type Build = (g: GraphBuilder, operands: readonly [Value, ...Value[]]) => Value;

/** An operand whose batch size the graph does not know. */
function batched(sample: Sampler, ...dims: readonly number[]): Operand {
  return { dims: [3, ...dims], declared: ['N', ...dims], sample };
}

const weight = (...dims: readonly number[]): Operand => ({ dims, sample: nonZero });
const image = batched(anything, 4, 5, 6);

/** Graphs with a batch of any size: what a rule has to know of shapes, it takes from the other axes or reads while it runs. */
const graphs: readonly (readonly [what: string, operands: readonly Operand[], build: Build])[] = [
  ['Conv', [image, weight(3, 4, 3, 3), weight(3)], (g, [x, w, b]) => g.conv(x, w!, b, { pads: [1, 1, 1, 1], strides: [2, 2] })],
  ['Conv in groups', [image, weight(4, 2, 3, 3)], (g, [x, w]) => g.conv(x, w!, undefined, { group: 2 })],
  ['Conv depthwise', [image, weight(4, 1, 3, 3)], (g, [x, w]) => g.conv(x, w!, undefined, { group: 4, pads: [1, 1, 1, 1] })],
  ['ConvTranspose', [image, weight(4, 2, 2, 2)], (g, [x, w]) => g.convTranspose(x, w!, { strides: [2, 2] })],
  ['MaxPool, tiling', [batched(distinct, 2, 4, 6)], (g, [x]) => g.maxPool(x, { kernel: [2, 2], strides: [2, 2] })],
  [
    'MaxPool, overlapping',
    [batched(distinct, 2, 5, 6)],
    (g, [x]) => g.maxPool(x, { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  ],
  ['AveragePool, tiling', [image], (g, [x]) => g.averagePool(x, { kernel: [1, 2], strides: [1, 2] })],
  ['AveragePool, overlapping', [image], (g, [x]) => g.averagePool(x, { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] })],
  ['GlobalAveragePool', [image], (g, [x]) => g.globalAveragePool(x)],
  ['GlobalMaxPool', [batched(distinct, 2, 3, 3)], (g, [x]) => g.op('GlobalMaxPool', [x])],
  [
    'BatchNormalization, inference',
    [image, weight(4), weight(4)],
    (g, [x, scale, bias]) =>
      g.op('BatchNormalization', [x, scale, bias, g.floats([4], [0, 1, 2, 3]), g.floats([4], [1, 2, 3, 4])]),
  ],
  [
    'BatchNormalization, training',
    [image, weight(4), weight(4)],
    (g, [x, scale, bias]) => {
      const zero = g.scalar(0);
      const inputs = [x, scale, bias, g.mul(scale!, zero), g.mul(bias!, zero)];
      return g.node('BatchNormalization', inputs, { training_mode: 1, momentum: float(0) }, { outputs: 3 })[0]!;
    },
  ],
  ['LayerNormalization', [batched(anything, 3, 5), weight(5), weight(5)], (g, inputs) => g.op('LayerNormalization', inputs)],
  ['InstanceNormalization', [image, weight(4), weight(4)], (g, inputs) => g.op('InstanceNormalization', inputs)],
  ['LRN', [image], (g, [x]) => g.op('LRN', [x], { size: 3 })],
  ['Gemm after Flatten', [image, weight(2, 120), weight(2)], (g, [x, w, b]) => g.gemm(g.flatten(x), w!, b, { transB: true })],
  ['MatMul with one matrix', [batched(anything, 3, 4), weight(4, 2)], (g, [x, w]) => g.matmul(x, w!)],
  ['MatMul of batches', [batched(anything, 3, 4), batched(anything, 4, 2)], (g, [a, b]) => g.matmul(a, b!)],
  [
    'Einsum',
    [batched(anything, 2, 3, 4), batched(anything, 2, 5, 4)],
    (g, inputs) => g.op('Einsum', inputs, { equation: 'bhqd,bhkd->bhqk' }),
  ],
  [
    'heads of attention',
    [batched(anything, 3, 4)],
    (g, [x]) => g.softmax(g.transpose(g.reshape(x, [0, 3, 2, 2]), [0, 2, 1, 3]), -1),
  ],
  ['mean of everything', [image], (g, [x]) => g.reduceMean(x, [0, 1, 2, 3], false)],
  ['mean over the batch', [image], (g, [x]) => g.reduceMean(g.mul(x, x), [0])],
  ['ReduceMax', [batched(distinct, 5)], (g, [x]) => g.reduceMax(x, [1], false)],
  ['a bias for all', [image, weight(4, 1, 1)], (g, [x, b]) => g.mul(x, b!)],
  ['two of one batch', [batched(anything, 4), batched(anything, 1)], (g, [a, b]) => g.mul(a, b!)],
  ['Slice and Concat of channels', [image], (g, [x]) => g.concat([g.slice(x, { starts: [2], ends: [4], axes: [1] }), x], 1)],
  ['Slice with steps', [image], (g, [x]) => g.slice(x, { starts: [-1, 1], ends: [-9, 5], axes: [2, 3], steps: [-2, 2] })],
  ['Split', [image], (g, [x]) => g.node('Split', [x], { axis: 1 }, { outputs: 2 })[1]!],
  ['Pad', [image], (g, [x]) => g.op('Pad', [x, g.ints([0, 0, 1, 2, 0, 0, 0, 1])], { mode: 'reflect' })],
  ['Tile', [image], (g, [x]) => g.tile(x, [1, 2, 1, 3])],
  ['Expand to the batch', [weight(1, 4), batched(anything, 4)], (g, [token, x]) => g.mul(g.expand(token, g.shapeOf(x!)), x!)],
  ['Resize', [image], (g, [x]) => g.op('Resize', [x, undefined, g.floats([4], [1, 1, 2, 2])], { mode: 'linear' })],
  ['DepthToSpace', [image], (g, [x]) => g.op('DepthToSpace', [x], { blocksize: 2, mode: 'CRD' })],
  ['Squeeze', [batched(anything, 1, 4)], (g, [x]) => g.squeeze(x, [1])],
  ['Gather of columns', [batched(anything, 4)], (g, [x]) => g.gather(x, g.ints([3, 1, 1]), 1)],
  [
    'Gather of as many columns as there are rows',
    [batched(anything, 4), batched(anything)],
    (g, [x, y]) => g.gather(x, g.cast(g.greater(y!, g.scalar(0)), 'int64'), 1),
  ],
  [
    'embedding',
    [weight(5, 3), batched(anything)],
    (g, [table, x]) => {
      const isPositive = g.cast(g.greater(x!, g.scalar(0)), 'int64');
      return g.gather(table, g.mul(isPositive, g.int(3)), 0);
    },
  ],
];

describe.each(['cpu', 'webgpu'] as const)('with a symbolic batch, for %s', (target) => {
  test.each(graphs)('%s', async (_, operands, build) => {
    const one = {
      operands,
      tolerance: 3e-3,
      build: (g: GraphBuilder, [first, ...rest]: readonly Value[]) => build(g, [first!, ...rest]),
    };
    expect(await disagreements(one, { seed: 1, target, optimized: target === 'cpu' })).toEqual([]);
  });
});
