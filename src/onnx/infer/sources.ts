import { dataTypeOf } from '../data-types.js';
import type { DataType, Dim, Tensor } from '../types.js';
import type { InferenceContext, Known, ShapeRule, ShapeRules } from './context.js';
import { productOf } from './dims.js';
import { elements, fail, fresh, freshShape, highestRank, int, ints, number, numbers, required } from './support.js';

/** What is known of a constant tensor. */
export function knownTensor(tensor: Tensor): Known {
  return { type: tensor.type, shape: tensor.dims, constant: tensor };
}

const constant: ShapeRule = ({ node }) => {
  const { value, value_string: string, value_strings: strings } = node.attributes;
  if (value?.kind === 'tensor') return [knownTensor(value.value)];
  const integer = int(node, 'value_int', undefined);
  if (integer !== undefined) return [knownTensor({ type: 'int64', dims: [], data: BigInt64Array.of(toBigInt(integer)) })];
  const integers = ints(node, 'value_ints');
  if (integers) return [knownTensor({ type: 'int64', dims: [integers.length], data: BigInt64Array.from(integers, toBigInt) })];
  const real = number(node, 'value_float', undefined);
  if (real !== undefined) return [knownTensor({ type: 'float32', dims: [], data: Float32Array.of(real) })];
  const reals = numbers(node, 'value_floats');
  if (reals) return [knownTensor({ type: 'float32', dims: [reals.length], data: Float32Array.from(reals) })];
  if (string?.kind === 'string') return [knownTensor({ type: 'string', dims: [], data: [string.value] })];
  if (strings?.kind === 'strings') return [knownTensor({ type: 'string', dims: [strings.value.length], data: strings.value })];
  return [{ type: 'float32' }];
};

function toBigInt(value: number): bigint {
  return BigInt(Math.trunc(Number.isFinite(value) ? value : 0));
}

/** Sizes as a vector, from `start` to `end` (opset 15). */
const shapeOf: ShapeRule = (context) => {
  const { node } = context;
  const { shape } = required(context, 0);
  if (!shape) return [{ type: 'int64', shape: [fresh(context, 0)] }];
  const part = shape.slice(int(node, 'start', 0), int(node, 'end', shape.length));
  return [{ type: 'int64', shape: [part.length], value: part }];
};

const size: ShapeRule = (context) => {
  const { shape } = required(context, 0);
  return [{ type: 'int64', shape: [], value: shape && [productOf(shape)] }];
};

/** ceil((limit - start) / delta) elements. */
const range: ShapeRule = (context) => {
  const { type } = required(context, 0);
  const limits = [0, 1, 2].map((index) => {
    const tensor = context.inputs[index]?.constant;
    const known = elements(context.inputs[index])?.[0];
    return known ?? (tensor?.data.length === 1 ? Number(tensor.data[0]) : undefined);
  });
  const [start, limit, delta] = limits;
  if (delta === 0) fail(context.node, 'a step of 0. Use a positive or a negative step.');
  let count: Dim | undefined;
  if (typeof start === 'number' && typeof limit === 'number' && typeof delta === 'number')
    count = Math.max(0, Math.ceil((limit - start) / delta));
  else if (start === 0 && delta === 1) count = limit;
  return [{ type, shape: [Number.isSafeInteger(count) || typeof count === 'string' ? (count ?? 0) : fresh(context, 0)] }];
};

function namedShape(context: InferenceContext, index: number): readonly Dim[] | undefined {
  const target = elements(context.inputs[index]);
  const rank = context.inputs[index]?.shape?.[0];
  if (!target) return typeof rank === 'number' && rank <= highestRank ? freshShape(context, rank) : undefined;
  const low = target.find((dim) => typeof dim === 'number' && dim < 0);
  if (low !== undefined)
    fail(context.node, `sizes of at least 0 expected, ${low} received. Check the input that gives the shape.`);
  return target.map((dim, axis) => dim ?? fresh(context, axis));
}

const constantOfShape: ShapeRule = (context) => {
  const { value } = context.node.attributes;
  const shape = namedShape(context, 0);
  const filled = value?.kind === 'tensor' ? value.value : undefined;
  const fill = filled?.type === 'int64' ? Number(filled.data[0] ?? 0) : undefined;
  const length = shape?.length === 1 ? shape[0] : undefined;
  const values = fill !== undefined && typeof length === 'number' && length <= 64 ? new Array<Dim>(length).fill(fill) : undefined;
  return [{ type: filled?.type ?? 'float32', shape, value: values }];
};

function typeAttribute(context: InferenceContext, otherwise: DataType): DataType {
  return dataTypeOf(int(context.node, 'dtype', 0)) ?? otherwise;
}

const random: ShapeRule = (context) => {
  const shape = ints(context.node, 'shape');
  if (!shape) return [{ type: typeAttribute(context, 'float32') }];
  const low = shape.find((dim) => dim < 0);
  if (low !== undefined) fail(context.node, `sizes of at least 0 expected, ${low} received.`);
  return [{ type: typeAttribute(context, 'float32'), shape }];
};

const randomLike: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  return [{ type: typeAttribute(context, type), shape }];
};

/** One row of draws for each row of log-probabilities. */
const multinomial: ShapeRule = (context) => {
  const { shape } = required(context, 0);
  return [
    {
      type: typeAttribute(context, 'int32'),
      shape: shape && [shape[0] ?? fresh(context, 0), int(context.node, 'sample_size', 1)],
    },
  ];
};

const window: ShapeRule = (context) => [
  {
    type: dataTypeOf(int(context.node, 'output_datatype', 1)) ?? 'float32',
    shape: [elements(context.inputs[0])?.[0] ?? fresh(context, 0)],
  },
];

/** Operators that make values from attributes, shapes or nothing. */
export const sourceRules: ShapeRules = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Shape: shapeOf,
  Size: size,
  Range: range,
  EyeLike: randomLike,
  Bernoulli: randomLike,
  RandomNormal: random,
  RandomUniform: random,
  RandomNormalLike: randomLike,
  RandomUniformLike: randomLike,
  Multinomial: multinomial,
  BlackmanWindow: window,
  HammingWindow: window,
  HannWindow: window,
};
