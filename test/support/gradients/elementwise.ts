import fc from 'fast-check';
import { float, type AttributeInput } from '../../../src/onnx/assembler.js';
import { axisOf, broadcastable, dims, drawn, nodeCase, operand, type CaseTable, type DrawnCase } from './cases.js';
import { anything, avoiding, between, distinctFrom, nonZero, positive, type Sampler } from './samplers.js';

type Attributes = Readonly<Record<string, AttributeInput>>;

/** y = f(x) over any shape. */
function pointwise(
  opType: string,
  sample: Sampler,
  attributes: fc.Arbitrary<Attributes> = fc.constant({}),
  options: { readonly opset?: number; readonly domain?: string } = {},
): fc.Arbitrary<DrawnCase> {
  return drawn(fc.record({ shape: dims({ from: 0, to: 4 }), attributes }), ({ shape, attributes: given }) =>
    nodeCase(opType, [operand(shape, sample)], given, options),
  );
}

/** One FLOAT attribute. */
function factor(name: string, low = 0.25, high = 2): fc.Arbitrary<Attributes> {
  return fc.integer({ min: low * 8, max: high * 8 }).map((eighths) => ({ [name]: float(eighths / 8) }));
}

/** y = f(a, b, ...) with broadcasting. */
function broadcasting(
  opType: string,
  sampleOf: (operandIndex: number) => Sampler,
  count: fc.Arbitrary<number> = fc.constant(2),
  attributes: Attributes = {},
): fc.Arbitrary<DrawnCase> {
  return drawn(
    count.chain((operands) => broadcastable(operands)),
    (shapes) =>
      nodeCase(
        opType,
        shapes.map((shape, index) => operand(shape, sampleOf(index))),
        attributes,
      ),
  );
}

const both = (sample: Sampler) => (): Sampler => sample;

const gelu = fc.constantFrom<Attributes>({}, { approximate: 'none' }, { approximate: 'tanh' });

/** Bounds are constants, both, one or none; or computed, and differentiated too. */
const clip = fc.oneof(
  drawn(fc.record({ shape: dims({ from: 0, to: 3 }), low: fc.boolean(), high: fc.boolean() }), ({ shape, low, high }) => ({
    operands: [operand(shape, avoiding(-1, 1))],
    build: (g, [x]) => g.op('Clip', [x, low ? g.scalar(-1) : undefined, high ? g.scalar(1) : undefined]),
  })),
  drawn(dims({ from: 0, to: 3 }), (shape) =>
    nodeCase('Clip', [
      operand(shape, avoiding(-1, 1)),
      operand([], between(-1.0625, -0.9375)),
      operand([], between(0.9375, 1.0625)),
    ]),
  ),
);

/** One slope, one a channel, or one an element. */
const pRelu = drawn(
  dims({ from: 2, to: 4 }, 3).chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      slope: fc.constantFrom<readonly number[]>([1], shape, [shape[1]!, ...shape.slice(2).map(() => 1)], []),
    }),
  ),
  ({ shape, slope }) => nodeCase('PRelu', [operand(shape, avoiding(0)), operand(slope, anything)]),
);

const softmax = (opType: string): fc.Arbitrary<DrawnCase> =>
  drawn(
    dims({ from: 1, to: 4 }).chain((shape) => fc.record({ shape: fc.constant(shape), axis: axisOf(shape.length) })),
    ({ shape, axis }) => nodeCase(opType, [operand(shape, anything)], { axis }),
  );

const dropout = drawn(fc.record({ shape: dims({ from: 1, to: 3 }), ratio: fc.boolean() }), ({ shape, ratio }) => ({
  operands: [operand(shape, anything)],
  build: (g, [x]) => g.op('Dropout', [x, ratio ? g.scalar(0.25) : undefined]),
}));

/** Any power of a positive base with respect to both; whole constant powers of any base. */
const pow = fc.oneof(
  broadcasting('Pow', (index) => (index === 0 ? positive : anything)),
  drawn(
    fc.record({ shape: dims({ from: 0, to: 3 }), power: fc.constantFrom(0, 1, 2, 3, -1, -2), whole: fc.boolean() }),
    ({ shape, power, whole }) => ({
      operands: [operand(shape, nonZero)],
      build: (g, [x]) => g.pow(x!, whole ? g.int(power) : g.scalar(power)),
    }),
  ),
);

const where = drawn(broadcastable(3, { from: 1, to: 4 }), ([mask = [], left = [], right = []]) => ({
  operands: [operand(left, anything), operand(right, anything)],
  build: (g, [a, b]) => {
    const size = mask.reduce((total, dim) => total * dim, 1);
    const data = Uint8Array.from({ length: size }, (_, index) => ((index * 7 + 3) % 5) & 1);
    return g.where(g.constant({ type: 'bool', dims: mask, data }), a!, b!);
  },
}));

const cast = (opType: string): fc.Arbitrary<DrawnCase> =>
  drawn(dims({ from: 0, to: 3 }), (shape) => ({
    operands: [operand(shape, anything)],
    build: (g, [x]) => {
      const like = g.constant({ type: 'float64', dims: [], data: Float64Array.of(0) });
      const double = opType === 'Cast' ? g.cast(x!, 'float64') : g.op('CastLike', [x, like]);
      return g.cast(double, 'float32');
    },
  }));

const biasGelu = drawn(dims({ from: 1, to: 4 }), (shape) =>
  nodeCase('BiasGelu', [operand(shape, anything), operand(shape.slice(-1), anything)], {}, { domain: 'com.microsoft' }),
);
const fastGelu = drawn(fc.record({ shape: dims({ from: 1, to: 4 }), bias: fc.boolean() }), ({ shape, bias }) =>
  nodeCase(
    'FastGelu',
    [operand(shape, anything), ...(bias ? [operand(shape.slice(-1), anything)] : [])],
    {},
    { domain: 'com.microsoft' },
  ),
);

/** Operators that act on each element, alone or with its partners. */
export const elementwiseCases: CaseTable = {
  Abs: pointwise('Abs', avoiding(0)),
  Acos: pointwise('Acos', between(-0.75, 0.75)),
  Acosh: pointwise('Acosh', between(1.5, 4)),
  Add: broadcasting('Add', both(anything)),
  Asin: pointwise('Asin', between(-0.75, 0.75)),
  Asinh: pointwise('Asinh', anything),
  Atan: pointwise('Atan', anything),
  Atanh: pointwise('Atanh', between(-0.75, 0.75)),
  Cast: cast('Cast'),
  CastLike: cast('CastLike'),
  Ceil: pointwise('Ceil', avoiding(-4, -3, -2, -1, 0, 1, 2, 3, 4)),
  Celu: pointwise('Celu', avoiding(0), factor('alpha')),
  Clip: clip,
  Cos: pointwise('Cos', anything),
  Cosh: pointwise('Cosh', anything),
  Div: broadcasting('Div', both(nonZero)),
  Dropout: dropout,
  Elu: pointwise('Elu', avoiding(0), factor('alpha')),
  Erf: pointwise('Erf', anything),
  Exp: pointwise('Exp', anything),
  Floor: pointwise('Floor', avoiding(-4, -3, -2, -1, 0, 1, 2, 3, 4)),
  Gelu: pointwise('Gelu', anything, gelu, { opset: 20 }),
  HardSigmoid: pointwise('HardSigmoid', avoiding(-2.5, 2.5)),
  HardSwish: pointwise('HardSwish', avoiding(-3, 3)),
  Identity: pointwise('Identity', anything),
  LeakyRelu: pointwise('LeakyRelu', avoiding(0), factor('alpha', -1, 1)),
  Log: pointwise('Log', positive),
  LogSoftmax: softmax('LogSoftmax'),
  Max: broadcasting('Max', distinctFrom, fc.integer({ min: 1, max: 3 })),
  Mean: broadcasting('Mean', both(anything), fc.integer({ min: 1, max: 3 })),
  Min: broadcasting('Min', distinctFrom, fc.integer({ min: 1, max: 3 })),
  Mish: pointwise('Mish', anything, undefined, { opset: 18 }),
  Mod: broadcasting('Mod', (index) => (index === 0 ? between(4.5, 5) : between(1.75, 2)), undefined, { fmod: 1 }),
  Mul: broadcasting('Mul', both(anything)),
  Neg: pointwise('Neg', anything),
  PRelu: pRelu,
  Pow: pow,
  Reciprocal: pointwise('Reciprocal', nonZero),
  Relu: pointwise('Relu', avoiding(0)),
  Round: pointwise('Round', avoiding(-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5)),
  Selu: pointwise('Selu', avoiding(0), fc.oneof(fc.constant({}), factor('alpha'), factor('gamma'))),
  Shrink: pointwise(
    'Shrink',
    avoiding(-0.75, 0.75),
    fc.constantFrom({ lambd: float(0.75) }, { lambd: float(0.75), bias: float(0.25) }),
  ),
  Sigmoid: pointwise('Sigmoid', anything),
  Sign: pointwise('Sign', avoiding(0)),
  Sin: pointwise('Sin', anything),
  Sinh: pointwise('Sinh', anything),
  Softmax: softmax('Softmax'),
  Softplus: pointwise('Softplus', anything),
  Softsign: pointwise('Softsign', avoiding(0)),
  Sqrt: pointwise('Sqrt', positive),
  Sub: broadcasting('Sub', both(anything)),
  Sum: broadcasting('Sum', both(anything), fc.integer({ min: 1, max: 4 })),
  Tan: pointwise('Tan', between(-1, 1)),
  Tanh: pointwise('Tanh', anything),
  ThresholdedRelu: pointwise('ThresholdedRelu', avoiding(1), fc.constantFrom({}, { alpha: float(1) })),
  Where: where,
  'com.microsoft.BiasGelu': biasGelu,
  'com.microsoft.FastGelu': fastGelu,
  'com.microsoft.Gelu': pointwise('Gelu', anything, undefined, { domain: 'com.microsoft' }),
  'com.microsoft.QuickGelu': pointwise('QuickGelu', anything, factor('alpha'), { domain: 'com.microsoft' }),
};
