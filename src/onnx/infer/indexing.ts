import type { Dim } from '../types.js';
import type { InferenceContext, Known, ShapeRule, ShapeRules } from './context.js';
import { productOf, quotientOf } from './dims.js';
import {
  elements,
  fail,
  formatShape,
  fresh,
  int,
  ints,
  likeFirst,
  normalizeAxes,
  normalizeAxis,
  required,
  unify,
} from './support.js';

/** The data's shape with the axis replaced by the indices' shape. */
const gather: ShapeRule = (context) => {
  const { node } = context;
  const data = required(context, 0);
  const indices = required(context, 1);
  if (!data.shape || !indices.shape) return [{ type: data.type }];
  const axis = normalizeAxis(node, int(node, 'axis', 0), data.shape.length);
  const shape = [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)];
  const [size, wanted] = [data.shape[axis], elements(indices)];
  const beyond =
    typeof size === 'number' ? wanted?.find((index) => typeof index === 'number' && (index >= size || index < -size)) : undefined;
  if (beyond !== undefined)
    fail(node, `index ${beyond} lies outside axis ${axis} of ${formatShape(data.shape)}. Check the indices.`);
  return [{ type: data.type, shape, value: gathered(data, wanted) }];
};

function gathered(data: Known, indices: readonly (Dim | undefined)[] | undefined): (Dim | undefined)[] | undefined {
  const values = elements(data);
  if (!values || !indices || data.shape?.length !== 1) return undefined;
  return indices.map((index) => (typeof index === 'number' ? values[index < 0 ? index + values.length : index] : undefined));
}

const gatherElements: ShapeRule = (context) => [{ type: required(context, 0).type, shape: required(context, 1).shape }];

/** Indices (batch, ..., k) address the first k axes after the batch axes. */
const gatherND: ShapeRule = (context) => {
  const { node } = context;
  const data = required(context, 0);
  const indices = required(context, 1);
  const batch = int(node, 'batch_dims', 0);
  const depth = indices.shape?.at(-1);
  if (!data.shape || !indices.shape || typeof depth !== 'number') return [{ type: data.type }];
  if (batch < 0 || batch + depth > data.shape.length) {
    fail(
      node,
      `indices ${formatShape(indices.shape)} address ${String(batch + depth)} axes and ${formatShape(data.shape)} has ${data.shape.length}.`,
    );
  }
  return [{ type: data.type, shape: [...indices.shape.slice(0, -1), ...data.shape.slice(batch + depth)] }];
};

/** Compares a value's rank with the data's. */
const scatterElements: ShapeRule = (context) => {
  const [data, indices] = [required(context, 0), required(context, 1)];
  if (data.shape && indices.shape && data.shape.length !== indices.shape.length) {
    fail(
      context.node,
      `indices of the data's rank expected, ${formatShape(indices.shape)} for ${formatShape(data.shape)} received.`,
    );
  }
  return likeFirst(context);
};

const oneHot: ShapeRule = (context) => {
  const { node } = context;
  const indices = required(context, 0);
  const type = required(context, 2).type;
  if (!indices.shape) return [{ type }];
  const axis = normalizeAxis(node, int(node, 'axis', -1), indices.shape.length + 1);
  const depth = depthOf(context, axis);
  return [{ type, shape: [...indices.shape.slice(0, axis), depth, ...indices.shape.slice(axis)] }];
};

function depthOf(context: InferenceContext, axis: number): Dim {
  const { constant } = context.inputs[1] ?? {};
  const real = constant?.data.length === 1 ? Number(constant.data[0]) : undefined;
  return elements(context.inputs[1])?.[0] ?? (real !== undefined && Number.isInteger(real) ? real : fresh(context, axis));
}

/** One row an axis, one column a non-zero element. */
const nonZero: ShapeRule = (context) => {
  const { shape } = required(context, 0);
  return [{ type: 'int64', shape: [shape ? Math.max(shape.length, 1) : fresh(context, 0), fresh(context, 1)] }];
};

/** The entries along an axis (of the flattened data without one) where a condition holds: a count known at run time. */
const compress: ShapeRule = (context) => {
  const { node } = context;
  const { type, shape } = required(context, 0);
  const given = int(node, 'axis', undefined);
  if (given === undefined) return [{ type, shape: [fresh(context, 0)] }];
  if (!shape) return [{ type }];
  const axis = normalizeAxis(node, given, shape.length);
  return [{ type, shape: shape.map((dim, index) => (index === axis ? fresh(context, axis) : dim)) }];
};

/** Distinct values, their first positions, the inverse map and counts. */
const unique: ShapeRule = (context) => {
  const { node } = context;
  const { type, shape } = required(context, 0);
  const given = int(node, 'axis', undefined);
  const count = fresh(context, 0);
  const vector = { type: 'int64', shape: [count] } as const;
  const inverse = { type: 'int64', shape: [fresh(context, 0, 2)] } as const;
  const axis = given === undefined || !shape ? undefined : normalizeAxis(node, given, shape.length);
  const values =
    axis === undefined ? (given === undefined ? [count] : undefined) : shape?.map((dim, index) => (index === axis ? count : dim));
  return [{ type, shape: values }, vector, inverse, vector];
};

/** Regions of a feature map, resampled to one size. */
const roiAlign: ShapeRule = (context) => {
  const { node } = context;
  const { type, shape } = required(context, 0);
  const [rois, batches] = [required(context, 1).shape?.[0], required(context, 2).shape?.[0]];
  const count = rois !== undefined && batches !== undefined ? unify(rois, batches) : (rois ?? batches);
  if (!shape) return [{ type }];
  return [
    {
      type,
      shape: [
        count ?? fresh(context, 0),
        shape[1] ?? fresh(context, 1),
        int(node, 'output_height', 1),
        int(node, 'output_width', 1),
      ],
    },
  ];
};

/** Sizes of some axes set to those of input 1, by cropping or padding. */
const centerCropPad: ShapeRule = (context) => {
  const { node } = context;
  const { type, shape } = required(context, 0);
  const sizes = elements(context.inputs[1]);
  if (!shape) return [{ type }];
  const axes = [...normalizeAxes(node, ints(node, 'axes') ?? [...shape.keys()], shape.length)];
  if (sizes && sizes.length !== axes.length)
    fail(node, `${axes.length} sizes expected, ${sizes.length} received. Give one an axis.`);
  return [
    {
      type,
      shape: shape.map((dim, axis) => (axes.includes(axis) ? (sizes?.[axes.indexOf(axis)] ?? fresh(context, axis)) : dim)),
    },
  ];
};

/** (N, C * block, L) columns to an image (N, C, ...), overlapping blocks added. */
const columnsToImage: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  const [image, block] = [elements(context.inputs[1]), elements(context.inputs[2])];
  const area = block?.every((size) => size !== undefined) ? productOf(block) : undefined;
  if (!shape || !image) return [{ type }];
  const channels = area === undefined ? undefined : quotientOf([shape[1] ?? 1], [area]);
  return [
    {
      type,
      shape: [shape[0] ?? 1, channels ?? fresh(context, 1), ...image.map((size, axis) => size ?? fresh(context, axis + 2))],
    },
  ];
};

/** Operators that pick or place elements by index. */
export const indexingRules: ShapeRules = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: likeFirst,
  OneHot: oneHot,
  NonZero: nonZero,
  Compress: compress,
  Unique: unique,
  RoiAlign: roiAlign,
  CenterCropPad: centerCropPad,
  Col2Im: columnsToImage,
  NonMaxSuppression: (context) => [{ type: 'int64', shape: [fresh(context, 0), 3] }],
};
