import fc from 'fast-check';
import { float } from '../../../src/onnx/assembler.js';
import { axisOf, dims, drawn, nodeCase, operand, type CaseTable, type DrawnCase } from './cases.js';
import { anything, nonZero, positive } from './samplers.js';

const epsilon = fc.constantFrom(undefined, float(0.125));

/** With given statistics: gradients of all five inputs. */
const batchNormInference = drawn(fc.record({ shape: dims({ from: 2, to: 5 }, 3), epsilon }), ({ shape, epsilon: given }) => {
  const samples = [nonZero, anything, anything, positive];
  return nodeCase('BatchNormalization', [operand(shape, anything), ...samples.map((sample) => operand([shape[1]!], sample))], {
    epsilon: given,
  });
});

/** With the batch's own statistics, written as training steps write it: momentum 0 makes the running outputs those of the batch, each in a buffer of its own. */
const batchNormTraining = drawn(
  dims({ from: 2, to: 4 }, 3, 2).chain((shape) => fc.record({ shape: fc.constant(shape), epsilon })),
  ({ shape, epsilon: given }) => ({
    tolerance: 3e-3,
    operands: [
      operand([shape[0]! + 2, ...shape.slice(1)], anything),
      operand([shape[1]!], nonZero),
      operand([shape[1]!], anything),
    ],
    build: (g, [x, scale, bias]) => {
      const zero = g.scalar(0);
      const attributes = { training_mode: 1, momentum: float(0), epsilon: given };
      return g
        .node('BatchNormalization', [x, scale, bias, g.mul(scale!, zero), g.mul(bias!, zero)], attributes, { outputs: 3 })
        .slice(0, 1);
    },
  }),
);

const layerNorm = drawn(
  dims({ from: 1, to: 4 }).chain((shape) =>
    fc.record({ shape: fc.constant([...shape, 4]), axis: axisOf(shape.length + 1), bias: fc.boolean(), epsilon }),
  ),
  ({ shape, axis, bias, epsilon: given }) => {
    const normalized = shape.slice(axis);
    return {
      tolerance: 3e-3,
      ...nodeCase(
        'LayerNormalization',
        [operand(shape, anything), operand(normalized, nonZero), ...(bias ? [operand(normalized, anything)] : [])],
        {
          axis,
          epsilon: given,
        },
      ),
    };
  },
);

const instanceNorm = drawn(fc.record({ shape: dims({ from: 2, to: 4 }, 3), epsilon }), ({ shape, epsilon: given }) => ({
  tolerance: 3e-3,
  ...nodeCase(
    'InstanceNormalization',
    [operand([...shape, 5], anything), operand([shape[1]!], nonZero), operand([shape[1]!], anything)],
    { epsilon: given },
  ),
}));

/** Scale and bias have one entry a group in opset 18, one a channel from 21 on. */
const groupNorm = drawn(
  fc.record({
    batch: fc.integer({ min: 1, max: 3 }),
    groups: fc.integer({ min: 1, max: 3 }),
    perGroup: fc.integer({ min: 1, max: 3 }),
    space: dims({ from: 1, to: 3 }, 3),
    opset: fc.constantFrom(18, 21),
    epsilon,
  }),
  ({ batch, groups, perGroup, space, opset, epsilon: given }) => {
    const channels = groups * perGroup;
    const entries = [opset === 18 ? groups : channels];
    return {
      tolerance: 3e-3,
      ...nodeCase(
        'GroupNormalization',
        [operand([batch, channels, ...space, 4], anything), operand(entries, nonZero), operand(entries, anything)],
        { num_groups: groups, epsilon: given },
        { opset },
      ),
    };
  },
);

const lpNorm: fc.Arbitrary<DrawnCase> = drawn(
  dims({ from: 1, to: 4 }).chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      axis: fc.option(axisOf(shape.length), { nil: undefined }),
      p: fc.constantFrom(undefined, 1, 2),
    }),
  ),
  ({ shape, axis, p }) => nodeCase('LpNormalization', [operand(shape, nonZero)], { axis, p }),
);

const meanVariance = drawn(dims({ from: 4, to: 4 }, 3, 2), (shape) => ({
  tolerance: 3e-3,
  ...nodeCase('MeanVarianceNormalization', [operand(shape, anything)]),
}));

/** Operators that bring values to a common mean and spread. */
export const normalizationCases: CaseTable = {
  BatchNormalization: fc.oneof(batchNormInference, batchNormTraining),
  GroupNormalization: groupNorm,
  InstanceNormalization: instanceNorm,
  LayerNormalization: layerNorm,
  LpNormalization: lpNorm,
  MeanVarianceNormalization: meanVariance,
};
