import fc from 'fast-check';
import type { Value } from '../../../src/onnx/assembler.js';
import type { GraphBuilder } from '../../../src/onnx/builder.js';
import { dims, drawn, operand, type CaseTable, type DrawnCase } from './cases.js';
import { avoiding, between, distinct } from './samplers.js';

type Build = (g: GraphBuilder, x: Value) => Value;

/** y = x m, where m, the mean of what an operator makes of x, stays the same when x moves a little: dy/dx = m. */
function still(build: Build, rank = { from: 1, to: 3 }, sample = avoiding(-1, 0, 1)): fc.Arbitrary<DrawnCase> {
  return drawn(dims(rank), (shape) => ({
    operands: [operand(shape, sample)],
    build: (g, [x]) => g.mul(x!, g.reduceMean(g.reshape(g.cast(build(g, x!), 'float32'), [-1]), [0], false)),
  }));
}

/** y = x + 0 r, where r is random. */
function random(build: Build): fc.Arbitrary<DrawnCase> {
  return drawn(dims({ from: 1, to: 3 }), (shape) => ({
    operands: [operand(shape, between(0.25, 0.75))],
    build: (g, [x]) => g.add(x!, g.mul(g.reduceMean(g.reshape(build(g, x!), [-1]), [0], false), g.scalar(0))),
  }));
}

const comparing =
  (opType: string): Build =>
  (g, x) =>
    g.op(opType, [x, g.scalar(1)]);
const logical =
  (opType: string): Build =>
  (g, x) =>
    g.op(opType, [g.greater(x, g.scalar(0)), g.less(x, g.scalar(1))]);
const unary =
  (opType: string): Build =>
  (g, x) =>
    g.op(opType, [x]);

/** Every output, by start and step. */
const rangeCase = drawn(fc.record({ count: fc.integer({ min: 1, max: 6 }) }), ({ count }) => ({
  operands: [operand([], between(0, 0.125)), operand([], between(1, 1.125))],
  build: (g, [start, delta]) => g.op('Range', [start, g.scalar(count - 0.125), delta]),
}));

/** Operators through which no gradient flows: their outputs are integers, truth values, steps or random. */
export const constantCases: CaseTable = {
  And: still(logical('And')),
  ArgMax: still(unary('ArgMax'), { from: 1, to: 1 }, distinct),
  ArgMin: still(unary('ArgMin'), { from: 1, to: 1 }, distinct),
  Bernoulli: random(unary('Bernoulli')),
  BitShift: still((g, x) => {
    const whole = g.cast(g.greater(x, g.scalar(0)), 'uint32');
    return g.op('BitShift', [whole, whole], { direction: 'LEFT' });
  }),
  Constant: still((g) =>
    g.op('Constant', [], { value: { kind: 'tensor', value: { type: 'float32', dims: [], data: Float32Array.of(3) } } }),
  ),
  ConstantOfShape: still((g, x) => g.fill(g.shapeOf(x), { type: 'float32', dims: [1], data: Float32Array.of(2) })),
  Equal: still(comparing('Equal')),
  EyeLike: still(unary('EyeLike'), { from: 2, to: 2 }),
  Greater: still(comparing('Greater')),
  GreaterOrEqual: still(comparing('GreaterOrEqual')),
  Hardmax: still((g, x) => g.op('Hardmax', [x], { axis: 0 })),
  IsInf: still(unary('IsInf')),
  IsNaN: still(unary('IsNaN')),
  Less: still(comparing('Less')),
  LessOrEqual: still(comparing('LessOrEqual')),
  NonZero: still(unary('NonZero')),
  Not: still((g, x) => g.not(g.greater(x, g.scalar(0)))),
  OneHot: still(
    (g, x) => g.op('OneHot', [g.op('Floor', [x]), g.scalar(4), g.floats([2], [1, 3])]),
    undefined,
    avoiding(-4, -3, -2, -1, 0, 1, 2, 3, 4),
  ),
  Or: still(logical('Or')),
  RandomNormal: random((g) => g.op('RandomNormal', [], { shape: [2] })),
  RandomNormalLike: random(unary('RandomNormalLike')),
  RandomUniform: random((g) => g.op('RandomUniform', [], { shape: [2] })),
  RandomUniformLike: random(unary('RandomUniformLike')),
  Range: rangeCase,
  Shape: still((g, x) => g.shapeOf(x)),
  Size: still(unary('Size')),
  Xor: still(logical('Xor')),
};
