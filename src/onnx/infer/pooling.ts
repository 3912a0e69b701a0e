import type { Dim, Shape } from '../types.js';
import type { InferenceContext, Known, ShapeRule, ShapeRules } from './context.js';
import { fail, formatShape, freshShape, intsOf, ints, required, wholeNumbers } from './support.js';
import { poolKernel, readWindow, slide } from './windows.js';

function spatialInput(context: InferenceContext): { input: Known; shape: Shape | undefined } {
  const input = required(context, 0);
  if (input.shape && input.shape.length < 3) {
    fail(
      context.node,
      `an input (batch, channels, space...) expected, ${formatShape(input.shape)} received. Add the missing axes.`,
    );
  }
  return { input, shape: input.shape };
}

/** Windows over the spatial axes; a second output holds int64 indices. */
const pool: ShapeRule = (context) => {
  const { input, shape } = spatialInput(context);
  if (!shape) return [{ type: input.type }, { type: 'int64' }];
  const sizes = slide(context, shape.slice(2), readWindow(context, poolKernel(context, shape)));
  const pooled = [...shape.slice(0, 2), ...sizes];
  return [
    { type: input.type, shape: pooled },
    { type: 'int64', shape: pooled },
  ];
};

const globalPool: ShapeRule = (context) => {
  const { input, shape } = spatialInput(context);
  return [{ type: input.type, shape: shape && [...shape.slice(0, 2), ...shape.slice(2).map(() => 1)] }];
};

/** The inverse geometry of a max-pool: (size - 1) stride - pads + kernel, or the `output_shape` input. */
const maxUnpool: ShapeRule = (context) => {
  const { input, shape } = spatialInput(context);
  if (!shape) return [{ type: input.type }];
  if (context.inputs[2])
    return [{ type: input.type, shape: wholeNumbers(context.inputs[2]) ?? freshShape(context, shape.length) }];
  const kernel = poolKernel(context, shape);
  const rank = kernel.length;
  const strides = intsOf(context.node, 'strides', rank, 1, 1);
  const pads = intsOf(context.node, 'pads', 2 * rank, 0, 0);
  const names = freshShape(context, shape.length);
  const sizes = shape.slice(2).map((size, axis): Dim => {
    if (typeof size !== 'number') return names[axis + 2] ?? size;
    return (size - 1) * (strides[axis] ?? 1) + (kernel[axis] ?? 1) - (pads[axis] ?? 0) - (pads[axis + rank] ?? 0);
  });
  return [{ type: input.type, shape: [...shape.slice(0, 2), ...sizes] }];
};

/** One bin a cell of `pooled_shape`, one output a region. */
const maxRoiPool: ShapeRule = (context) => {
  const { input, shape } = spatialInput(context);
  const regions = required(context, 1).shape?.[0];
  const cells = ints(context.node, 'pooled_shape');
  return [{ type: input.type, shape: shape && cells && regions !== undefined ? [regions, shape[1] ?? 0, ...cells] : undefined }];
};

export const poolingRules: ShapeRules = {
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  GlobalLpPool: globalPool,
  MaxUnpool: maxUnpool,
  MaxRoiPool: maxRoiPool,
};
