import type { Dim, Shape } from '../types.js';
import type { Known, ShapeRule, ShapeRules } from './context.js';
import { addDims, multiplyDims, quotientOf, subtractDims } from './dims.js';
import {
  attributeOrInput,
  broadcast,
  elements,
  fail,
  formatShape,
  fresh,
  freshShape,
  highestRank,
  int,
  ints,
  normalizeAxes,
  normalizeAxis,
  required,
  unify,
  wholeNumbers,
} from './support.js';

const concat: ShapeRule = (context) => {
  const { node } = context;
  const first = required(context, 0);
  const shapes: Shape[] = [];
  for (const input of context.inputs) {
    if (input && !input.shape) return [{ type: first.type }];
    if (input?.shape) shapes.push(input.shape);
  }
  const [start = [], ...others] = shapes;
  const axis = normalizeAxis(node, int(node, 'axis', context.opset < 4 ? 1 : 0), start.length);
  let result: Dim[] = [...start];
  for (const shape of others) {
    if (shape.length !== start.length)
      fail(node, `inputs of one rank expected, ${shapes.map(formatShape).join(' and ')} received.`);
    result = result.map((dim, index) => {
      const other = shape[index] ?? 0;
      if (index === axis) return addDims(dim, other) ?? fresh(context, axis);
      return (
        unify(dim, other) ??
        fail(
          node,
          `axis ${index} is ${dim} and ${other} in ${shapes.map(formatShape).join(' and ')}; only axis ${axis} may differ.`,
        )
      );
    });
  }
  const parts = context.inputs.map(elements);
  const value = start.length === 1 && parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  return [{ type: first.type, shape: result, value }];
};

/** Sizes come as an attribute, as an input (opset 13), or as equal shares, the last one smaller (opset 18). */
const split: ShapeRule = (context) => {
  const { node } = context;
  const { type, shape } = required(context, 0);
  if (!shape) return node.outputs.map(() => ({ type }));
  const axis = normalizeAxis(node, int(node, 'axis', 0), shape.length);
  const total = shape[axis] ?? 0;
  const count = int(node, 'num_outputs', node.outputs.length);
  if (count !== node.outputs.length)
    fail(node, `attribute "num_outputs" is ${count} and the node has ${node.outputs.length} outputs.`);
  const given = ints(node, 'split') ?? (context.inputs[1] ? (elements(context.inputs[1]) ?? []) : undefined);
  const numeric = given?.filter((size) => typeof size === 'number');
  if (given && numeric?.length === node.outputs.length && typeof total === 'number') {
    const sum = numeric.reduce((a, b) => a + b, 0);
    if (sum !== total || numeric.some((size) => size < 0))
      fail(node, `parts (${numeric.join(', ')}) add to ${sum} and axis ${axis} of ${formatShape(shape)} is ${total}.`);
  }
  const share = typeof total === 'number' ? Math.ceil(total / count) : quotientOf([total], [count]);
  const last = typeof total === 'number' && typeof share === 'number' ? total - share * (count - 1) : share;
  return node.outputs.map((_, index) => {
    const even = index === count - 1 ? last : share;
    const size = (given ? given[index] : even) ?? fresh(context, axis, index);
    return { type, shape: shape.map((dim, at) => (at === axis ? size : dim)) };
  });
};

/** How many of `size` elements `start:end:step` keeps; `undefined` where a name stands in the way. */
function sliceLength(size: Dim, start: Dim | undefined, end: Dim | undefined, step: number): Dim | undefined {
  if (start === undefined || end === undefined) return undefined;
  if (typeof size === 'number' && typeof start === 'number' && typeof end === 'number') {
    const [from, to] = [clampStart(start, size, step), clampIndex(end, size, step)];
    return Math.max(0, Math.ceil((to - from) / step));
  }
  // Sizes with a name: from the front to the end, or short of the end.
  const openEnd = end === size || (typeof end === 'number' && end >= 2 ** 31 - 1);
  if (step === 1 && openEnd && typeof start === 'number' && start >= 0) return subtractDims(size, start);
  if (step === 1 && start === 0 && typeof end === 'number' && end < 0) return addDims(size, end);
  if (
    step === -1 &&
    typeof start === 'number' &&
    (start === -1 || start >= 2 ** 31 - 1) &&
    typeof end === 'number' &&
    end <= -(2 ** 31 - 1)
  )
    return size;
  return undefined;
}

function clampIndex(index: number, size: number, step: number): number {
  const positive = index < 0 ? index + size : index;
  return step > 0 ? Math.min(Math.max(positive, 0), size) : Math.min(Math.max(positive, -1), size - 1);
}

/** Unlike numpy, ONNX moves a start before the first element onto it, also where it steps backwards. */
function clampStart(index: number, size: number, step: number): number {
  return Math.max(0, clampIndex(index, size, step));
}

const slice: ShapeRule = (context) => {
  const { node } = context;
  const input = required(context, 0);
  const { type, shape } = input;
  if (!shape) return [{ type }];
  const starts = ints(node, 'starts') ?? elements(context.inputs[1]);
  const ends = ints(node, 'ends') ?? elements(context.inputs[2]);
  const axes = attributeOrInput(context, 'axes', 3) ?? [...(starts ?? ends ?? shape).keys()];
  const steps = context.inputs[4] ? wholeNumbers(context.inputs[4]) : axes === 'unknown' ? [] : axes.map(() => 1);
  if (axes === 'unknown') return [{ type, shape: freshShape(context, shape.length) }];
  const order = [...normalizeAxes(node, axes, shape.length)];
  const result = [...shape];
  for (const [index, axis] of order.entries()) {
    const step = steps?.[index];
    if (step === 0) fail(node, `a step of 0 on axis ${axis}. Use a positive or a negative step.`);
    const length = step === undefined ? undefined : sliceLength(shape[axis] ?? 0, starts?.[index], ends?.[index], step);
    result[axis] = length ?? fresh(context, axis);
  }
  return [{ type, shape: result, value: sliceValue(input, starts?.[0], ends?.[0], steps?.[0]) }];
};

function sliceValue(
  input: Known,
  start: Dim | undefined,
  end: Dim | undefined,
  step: number | undefined,
): (Dim | undefined)[] | undefined {
  const values = elements(input);
  if (!values || input.shape?.length !== 1 || typeof start !== 'number' || typeof end !== 'number' || step === undefined)
    return undefined;
  const to = clampIndex(end, values.length, step);
  const kept: (Dim | undefined)[] = [];
  for (let index = clampStart(start, values.length, step); step > 0 ? index < to : index > to; index += step)
    kept.push(values[index]);
  return kept;
}

/** Pads: all beginnings, then all ends, for all axes or those of the `axes` input (opset 18). Negative pads crop. */
const pad: ShapeRule = (context) => {
  const { node } = context;
  const { type, shape } = required(context, 0);
  if (!shape) return [{ type }];
  const pads = ints(node, 'pads') ?? ints(node, 'paddings') ?? elements(context.inputs[1]);
  const axes = context.inputs[3] ? wholeNumbers(context.inputs[3]) : [...shape.keys()];
  if (!pads || !axes) return [{ type, shape: freshShape(context, shape.length) }];
  const order = [...normalizeAxes(node, axes, shape.length)];
  if (pads.length !== 2 * order.length)
    fail(
      node,
      `${String(2 * order.length)} pads expected for ${formatShape(shape)}, ${pads.length} received: all beginnings, then all ends.`,
    );
  const result: Dim[] = [...shape];
  for (const [index, axis] of order.entries()) {
    const [begin, end] = [pads[index], pads[index + order.length]];
    const both = begin === undefined || end === undefined ? undefined : addDims(begin, end);
    const size = both === undefined ? undefined : addDims(shape[axis] ?? 0, both);
    if (typeof size === 'number' && size < 0)
      fail(node, `axis ${axis} of ${formatShape(shape)} would get ${size} entries. Crop less.`);
    result[axis] = size ?? fresh(context, axis);
  }
  return [{ type, shape: result }];
};

/** Broadcasting against the target; an unknown entry of it leaves sizes above 1 as they are. */
const expand: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  const rank = context.inputs[1]?.shape?.[0];
  const blank = typeof rank === 'number' && rank <= highestRank ? new Array<undefined>(rank).fill(undefined) : undefined;
  const target = elements(context.inputs[1]) ?? blank;
  if (!shape || !target) return [{ type }];
  const sizes = target.map((dim, axis) => dim ?? fresh(context, axis + Math.max(0, shape.length - target.length)));
  return [{ type, shape: broadcast(context.node, [shape, sizes]) }];
};

const tile: ShapeRule = (context) => {
  const { node } = context;
  const { type, shape } = required(context, 0);
  const repeats = elements(context.inputs[1]);
  if (!shape) return [{ type, shape: repeats && freshShape(context, repeats.length) }];
  if (context.opset < 6 || !repeats) return [{ type, shape: freshShape(context, shape.length) }];
  if (repeats.length !== shape.length)
    fail(node, `${shape.length} repeats expected for ${formatShape(shape)}, ${repeats.length} received.`);
  return [
    {
      type,
      shape: shape.map((dim, axis) => {
        const repeat = repeats[axis];
        return (repeat === undefined ? undefined : multiplyDims(dim, repeat)) ?? fresh(context, axis);
      }),
    },
  ];
};

/** Operators that copy elements into a larger or smaller arrangement. */
export const movementRules: ShapeRules = {
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  Expand: expand,
  Tile: tile,
};
