import type { Dim, Shape } from '../types.js';
import type { InferenceContext, Known, ShapeRule, ShapeRules } from './context.js';
import { productOf, quotientOf } from './dims.js';
import {
  attributeOrInput,
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
} from './support.js';

/** Target sizes: 0 copies the input's (unless `allowzero`), one -1 takes what remains. */
const reshape: ShapeRule = (context) => {
  const { node } = context;
  const input = required(context, 0);
  const target = ints(node, 'shape') ?? elements(context.inputs[1]);
  if (!target) {
    const rank = context.inputs[1]?.shape?.[0];
    return [{ type: input.type, shape: typeof rank === 'number' && rank <= highestRank ? freshShape(context, rank) : undefined }];
  }
  if (target.filter((dim) => dim === -1).length > 1) fail(node, `more than one -1 in ${formatTarget(target)}. Keep one.`);
  const allowZero = int(node, 'allowzero', 0) === 1;
  const shape = target.map((dim, axis): Dim | undefined => {
    if (typeof dim === 'number' && dim < -1) fail(node, `sizes of at least -1 expected, ${formatTarget(target)} received.`);
    if (dim !== 0 || allowZero) return dim === -1 ? undefined : (dim ?? fresh(context, axis));
    if (input.shape && axis >= input.shape.length)
      fail(node, `0 at position ${axis} copies an axis that ${formatShape(input.shape)} lacks. Write the size.`);
    return input.shape ? input.shape[axis] : fresh(context, axis);
  });
  const open = target.indexOf(-1);
  const known = shape.filter((dim) => dim !== undefined);
  const result = shape.map((dim, axis) => dim ?? (input.shape && quotientOf(input.shape, known)) ?? fresh(context, axis));
  checkCount(context, input, known, target, open >= 0);
  const value = result.length <= 1 ? elements(input) : undefined;
  return [{ type: input.type, shape: result, value }];
};

function checkCount(
  context: InferenceContext,
  input: Known,
  known: Shape,
  target: readonly (Dim | undefined)[],
  open: boolean,
): void {
  if (!input.shape) return;
  const [have, want] = [productOf(input.shape), productOf(known)];
  if (typeof have !== 'number' || typeof want !== 'number') return;
  if (open ? want !== 0 && have % want === 0 : have === want) return;
  fail(
    context.node,
    `${formatShape(input.shape)} holds ${have} elements, which do not fill ${formatTarget(target)}. Check the target shape.`,
  );
}

function formatTarget(target: readonly (Dim | undefined)[]): string {
  return formatShape(target.map((dim) => dim ?? '?'));
}

const flatten: ShapeRule = (context) => {
  const { node } = context;
  const { type, shape } = required(context, 0);
  if (!shape) return [{ type, shape: freshShape(context, 2) }];
  const given = int(node, 'axis', 1);
  const axis = given === shape.length ? given : normalizeAxis(node, given, shape.length);
  const parts = [shape.slice(0, axis), shape.slice(axis)];
  return [{ type, shape: parts.map((part, index) => productOf(part) ?? fresh(context, index)) }];
};

const squeeze: ShapeRule = (context) => {
  const { node } = context;
  const input = required(context, 0);
  const axes = attributeOrInput(context, 'axes', 1);
  const value = elements(input);
  const { type, shape } = input;
  if (!shape) return [{ type, value }];
  if (axes === 'unknown') return [{ type }];
  if (axes === undefined) {
    // Without axes every 1 goes; a named size might be 1 too, so that even the rank is open.
    return [{ type, shape: shape.every((dim) => typeof dim === 'number') ? shape.filter((dim) => dim !== 1) : undefined, value }];
  }
  const dropped = normalizeAxes(node, axes, shape.length);
  for (const axis of dropped) {
    const dim = shape[axis];
    if (typeof dim === 'number' && dim !== 1)
      fail(node, `axis ${axis} of ${formatShape(shape)} is ${dim} and only axes of 1 can go. Use Reshape.`);
  }
  return [{ type, shape: shape.filter((_, axis) => !dropped.has(axis)), value }];
};

const unsqueeze: ShapeRule = (context) => {
  const input = required(context, 0);
  const axes = attributeOrInput(context, 'axes', 1);
  const { type, shape } = input;
  if (!shape || axes === 'unknown' || axes === undefined) return [{ type }];
  const rank = shape.length + axes.length;
  const added = normalizeAxes(context.node, axes, rank);
  let next = 0;
  const result = Array.from({ length: rank }, (_, axis): Dim => (added.has(axis) ? 1 : (shape[next++] ?? 1)));
  return [{ type, shape: result, value: rank <= 1 ? elements(input) : undefined }];
};

const transpose: ShapeRule = (context) => {
  const { node } = context;
  const { type, shape } = required(context, 0);
  const given = ints(node, 'perm');
  if (!shape) return [{ type, shape: given && freshShape(context, given.length) }];
  const order = given ?? [...shape.keys()].reverse();
  if (order.length !== shape.length)
    fail(node, `attribute "perm" (${order.join(', ')}) needs ${shape.length} entries for ${formatShape(shape)}.`);
  return [{ type, shape: [...normalizeAxes(node, order, shape.length)].map((axis) => shape[axis] ?? 1) }];
};

/** Blocks of channels to blocks of pixels. */
const depthToSpace: ShapeRule = (context) => {
  const { type, shape, block } = blocked(context);
  if (!shape) return [{ type }];
  const [batch, channels, height, width] = shape as [Dim, Dim, Dim, Dim];
  const left = quotientOf([channels], [block, block]);
  if (left === undefined && typeof channels === 'number')
    fail(context.node, `${channels} channels do not divide by a block of ${block} squared.`);
  return [
    {
      type,
      shape: [
        batch,
        left ?? fresh(context, 1),
        productOf([height, block]) ?? fresh(context, 2),
        productOf([width, block]) ?? fresh(context, 3),
      ],
    },
  ];
};

/** Blocks of pixels to channels. */
const spaceToDepth: ShapeRule = (context) => {
  const { type, shape, block } = blocked(context);
  if (!shape) return [{ type }];
  const [batch, channels, height, width] = shape as [Dim, Dim, Dim, Dim];
  const sizes = [height, width].map((size, index) => {
    const quotient = quotientOf([size], [block]);
    if (quotient === undefined && typeof size === 'number')
      fail(context.node, `spatial size ${size} does not divide by a block of ${block}.`);
    return quotient ?? fresh(context, index + 2);
  });
  return [{ type, shape: [batch, productOf([channels, block, block]) ?? fresh(context, 1), ...sizes] }];
};

function blocked(context: InferenceContext): { type: Known['type']; shape: Shape | undefined; block: number } {
  const { type, shape } = required(context, 0);
  const block = int(context.node, 'blocksize', 0);
  if (block < 1) fail(context.node, `attribute "blocksize" must be at least 1, ${block} received.`);
  if (shape && shape.length !== 4)
    fail(context.node, `an input (batch, channels, height, width) expected, ${formatShape(shape)} received.`);
  return { type, shape, block };
}

/** Operators that keep the elements and change the axes. */
export const reshapingRules: ShapeRules = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
