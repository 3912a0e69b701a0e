import { describe, expect, test } from 'vitest';
import { runModel } from '../../../test/support/onnx-cases.js';
import type { AttributeInput } from '../../onnx/assembler.js';
import { GraphBuilder } from '../../onnx/builder.js';
import { writeModel } from '../../onnx/write.js';
import { gradients } from '../reverse.js';

type Case = readonly [opType: string, attributes: Readonly<Record<string, AttributeInput>>];

/** The gradient of the sum of a node's result at a picture of zeros. */
async function slopeOfBlack([opType, attributes]: Case, exponent?: readonly number[]): Promise<number[]> {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', [1, 2, 2, 2]);
  // A learned exponent is an input, which no rule takes for a constant.
  const power = exponent && (exponent.length === 1 ? g.floats([1], exponent) : g.input('power', 'float32', [exponent.length]));
  const loss = g.reduceSum(g.reshape(g.op(opType, [x, power], attributes), [-1]), [0], false);
  const slope = gradients(g, { loss, wrt: ['x'] }).get('x');
  if (!slope) return [];
  g.output(slope, 'slope');
  const feeds = [
    { type: 'float32' as const, dims: [1, 2, 2, 2], data: new Float32Array(8) },
    ...(exponent && exponent.length > 1
      ? [{ type: 'float32' as const, dims: [exponent.length], data: Float32Array.from(exponent) }]
      : []),
  ];
  const [result] = await runModel(writeModel(g.build()), feeds);
  return Array.from(result!.data as Float32Array);
}

describe('at a black picture, gradients of norms are 0', () => {
  test.each<Case>([
    ['LpPool', { kernel_shape: [2, 2], p: 2 }],
    ['LpPool', { kernel_shape: [2, 2], p: 1 }],
    ['LpPool', { kernel_shape: [2, 2], p: 3 }],
    ['GlobalLpPool', { p: 2 }],
    ['LpNormalization', { axis: 1, p: 2 }],
    ['LpNormalization', { axis: 1, p: 1 }],
    ['ReduceL2', { axes: [1, 2] }],
  ])('%s %o', async (...norm) => {
    expect((await slopeOfBlack(norm)).map((value) => value + 0)).toEqual(new Array(8).fill(0));
  });
});

describe('at 0, the gradient of a power', () => {
  test.each([
    { exponent: [0], slope: [] },
    { exponent: [1], slope: new Array<number>(8).fill(1) },
    { exponent: [3], slope: new Array<number>(8).fill(0) },
    { exponent: [0, 1], slope: [0, 1, 0, 1, 0, 1, 0, 1] },
  ])('%o', async ({ exponent, slope }) => {
    expect(await slopeOfBlack(['Pow', {}], exponent)).toEqual(slope);
  });
});
