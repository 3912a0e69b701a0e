import type { Dim, Shape } from '../types.js';
import type { InferenceContext, Known, ShapeRule, ShapeRules } from './context.js';
import { productOf } from './dims.js';
import { attributeOrInput, elements, freshShape, int, normalizeAxes, normalizeAxis, required, unify, fail } from './support.js';

/** The shape without the reduced axes, or with them at 1. */
function reduced(shape: Shape, axes: ReadonlySet<number>, keep: boolean): Shape {
  return keep ? shape.map((dim, axis) => (axes.has(axis) ? 1 : dim)) : shape.filter((_, axis) => !axes.has(axis));
}

/** Shape of a reduction; `axes` come as an attribute, or as input 1 (ReduceSum from opset 13, the others from 18). */
function reductionShape(context: InferenceContext, shape: Shape | undefined): Shape | undefined {
  const { node } = context;
  const keep = int(node, 'keepdims', 1) !== 0;
  const axes = attributeOrInput(context, 'axes', 1);
  if (!shape) return undefined;
  if (axes === 'unknown') {
    const count = context.inputs[1]?.shape?.[0];
    if (keep) return freshShape(context, shape.length);
    return typeof count === 'number' && count <= shape.length ? freshShape(context, shape.length - count) : undefined;
  }
  if (axes === undefined || axes.length === 0) {
    if (int(node, 'noop_with_empty_axes', 0) === 1) return shape;
    return reduced(shape, new Set(shape.keys()), keep);
  }
  return reduced(shape, normalizeAxes(node, axes, shape.length), keep);
}

const reduce: ShapeRule = (context) => {
  const input = required(context, 0);
  return [{ type: input.type, shape: reductionShape(context, input.shape), value: productValue(context, input) }];
};

/** The product of a shape vector: how exporters count elements. */
function productValue(context: InferenceContext, input: Known): (Dim | undefined)[] | undefined {
  if (context.node.opType !== 'ReduceProd' || input.shape?.length !== 1) return undefined;
  const factors = elements(input);
  return factors?.every((factor) => factor !== undefined) ? [productOf(factors)] : undefined;
}

const argument: ShapeRule = (context) => {
  const { node } = context;
  const { shape } = required(context, 0);
  if (!shape) return [{ type: 'int64' }];
  const axis = normalizeAxis(node, int(node, 'axis', 0), shape.length);
  return [{ type: 'int64', shape: reduced(shape, new Set([axis]), int(node, 'keepdims', 1) !== 0) }];
};

/** Values and int64 indices of the k largest along an axis. */
const topK: ShapeRule = (context) => {
  const { node } = context;
  const { type, shape } = required(context, 0);
  if (!shape) return [{ type }, { type: 'int64' }];
  const axis = normalizeAxis(node, int(node, 'axis', -1), shape.length);
  const count = int(node, 'k', undefined) ?? elements(context.inputs[1])?.[0] ?? freshShape(context, shape.length)[axis] ?? 1;
  const size = shape[axis];
  if (typeof count === 'number' && typeof size === 'number' && (count > size || count < 0)) {
    fail(node, `the ${count} largest of ${size} entries on axis ${axis} were asked for. Ask for at most ${size}.`);
  }
  const kept = shape.map((dim, index) => (index === axis ? count : dim));
  return [
    { type, shape: kept },
    { type: 'int64', shape: kept },
  ];
};

/** (N, C, ...) scores and labels to a loss; a scalar unless `reduction` is `none`. */
const loss: ShapeRule = (context) => {
  const scores = required(context, 0);
  const labels = required(context, 1);
  const first = scores.shape?.[0];
  if (scores.shape && labels.shape && unify(first ?? 1, labels.shape[0] ?? 1) === undefined) {
    fail(context.node, `${first} rows of scores meet ${String(labels.shape[0])} labels. Make the batches equal.`);
  }
  const attribute = context.node.attributes['reduction'];
  const none = attribute?.kind === 'string' && attribute.value === 'none';
  return [
    { type: scores.type, shape: none ? labels.shape : [] },
    { type: scores.type, shape: scores.shape },
  ];
};

const reductions =
  'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare';

export const reductionRules: ShapeRules = {
  ...Object.fromEntries(reductions.split(' ').map((opType) => [opType, reduce])),
  ArgMax: argument,
  ArgMin: argument,
  TopK: topK,
  SoftmaxCrossEntropyLoss: loss,
  NegativeLogLikelihoodLoss: loss,
};
