import type { Dim, Shape } from '../types.js';
import type { InferenceContext, ShapeRule, ShapeRules } from './context.js';
import {
  elements,
  fail,
  formatShape,
  fresh,
  freshShape,
  ints,
  numbers,
  normalizeAxes,
  realNumbers,
  required,
  text,
} from './support.js';

/** A size asked for, where it is known. */
type DimOrNothing = Dim | undefined;

/** floor(size * scale); a name survives only where the scale is whole. */
function scaled(context: InferenceContext, size: Dim, scale: number, axis: number): Dim {
  if (!(scale > 0) || !Number.isFinite(scale)) fail(context.node, `scales above 0 expected, ${scale} received.`);
  if (scale === 1) return size;
  return typeof size === 'number' ? Math.floor(size * scale) : fresh(context, axis);
}

/** The sizes asked for, or those of one scale for all axes where the aspect ratio is to be kept. */
function keepRatio(
  policy: string,
  shape: Shape,
  order: readonly number[],
  sizes: readonly DimOrNothing[],
): readonly DimOrNothing[] {
  if (policy === 'stretch') return sizes;
  const ratios: number[] = [];
  for (const [index, axis] of order.entries()) {
    const [size, wanted] = [shape[axis], sizes[index]];
    if (typeof size !== 'number' || typeof wanted !== 'number') return sizes.map(() => undefined);
    ratios.push(wanted / size);
  }
  const scale = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  return order.map((axis) => Math.floor(Number(shape[axis]) * scale + 0.5));
}

/** Inputs X, roi, scales, sizes (opset 11); X, scales (opset 10). Sizes overrule scales. */
const resize: ShapeRule = (context) => {
  const { node, inputs } = context;
  const { type, shape } = required(context, 0);
  if (!shape) return [{ type }];
  const axes = ints(node, 'axes') ?? [...shape.keys()];
  const order = [...normalizeAxes(node, axes, shape.length)];
  const sizes = elements(inputs[3]);
  const scales = realNumbers((context.opset < 11 ? inputs[1] : inputs[2])?.constant);
  const result = [...shape];
  if (inputs[3] && (inputs[3].shape?.[0] ?? 1) !== 0) {
    if (!sizes) return [{ type, shape: untouched(context, shape, order) }];
    checkCount(context, shape, order, sizes.length, 'sizes');
    const kept = keepRatio(text(node, 'keep_aspect_ratio_policy', 'stretch'), shape, order, sizes);
    for (const [index, axis] of order.entries()) result[axis] = kept[index] ?? fresh(context, axis);
    return [{ type, shape: result }];
  }
  if (!scales || scales.length === 0) return [{ type, shape: untouched(context, shape, order) }];
  checkCount(context, shape, order, scales.length, 'scales');
  for (const [index, axis] of order.entries()) result[axis] = scaled(context, shape[axis] ?? 1, scales[index] ?? 1, axis);
  return [{ type, shape: result }];
};

/** Where the amounts are unknown only the axes that are not listed keep their sizes. */
function untouched(context: InferenceContext, shape: Shape, order: readonly number[]): Shape {
  return shape.map((dim, axis) => (order.includes(axis) ? fresh(context, axis) : dim));
}

function checkCount(context: InferenceContext, shape: Shape, order: readonly number[], count: number, what: string): void {
  if (count !== order.length)
    fail(context.node, `${order.length} ${what} expected for ${formatShape(shape)}, ${count} received.`);
}

/** Opset 7 keeps the scales in an attribute, opset 9 in input 1. */
const upsample: ShapeRule = (context) => {
  const { node } = context;
  const { type, shape } = required(context, 0);
  if (!shape) return [{ type }];
  const scales = numbers(node, 'scales') ?? realNumbers(context.inputs[1]?.constant);
  if (!scales) return [{ type, shape: freshShape(context, shape.length) }];
  checkCount(context, shape, [...shape.keys()], scales.length, 'scales');
  return [{ type, shape: shape.map((dim, axis) => scaled(context, dim, scales[axis] ?? 1, axis)) }];
};

/** theta (N, 2, 3) and size (N, C, H, W) to a grid (N, H, W, 2), or one more axis in three dimensions. */
const affineGrid: ShapeRule = (context) => {
  const { type } = required(context, 0);
  const size = elements(context.inputs[1]);
  if (!size) return [{ type }];
  const dims = size.map((dim, axis) => dim ?? fresh(context, axis));
  return [{ type, shape: [dims[0] ?? 1, ...dims.slice(2), dims.length - 2] }];
};

/** X (N, C, ...) sampled at grid (N, ..., rank). */
const gridSample: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  const grid = required(context, 1).shape;
  return [{ type, shape: shape && grid ? [shape[0] ?? 1, shape[1] ?? 1, ...grid.slice(1, -1)] : undefined }];
};

export const resizingRules: ShapeRules = { Resize: resize, Upsample: upsample, AffineGrid: affineGrid, GridSample: gridSample };
