import { MessierError } from '../core/errors.js';
import type { Value } from '../onnx/assembler.js';
import { int, ints, text } from '../onnx/infer/support.js';
import type { Node } from '../onnx/types.js';
import { rankOf, shapeOf } from './shapes.js';

/** The geometry of a sliding window with every default and `auto_pad` settled; one entry a spatial axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before and after. `end` may exceed the attribute's where `ceil_mode` lets a window hang over. */
  readonly begin: readonly number[];
  readonly end: readonly number[];
}

/** Reads the window of a convolution or pooling node from its attributes and the shapes of its input and output. */
export function windowOf(node: Node, x: Value, kernel: readonly number[]): Window {
  const rank = rankOf(x) - 2;
  const ones = new Array<number>(rank).fill(1);
  const strides = ints(node, 'strides') ?? ones;
  const dilations = ints(node, 'dilations') ?? ones;
  const mode = text(node, 'auto_pad', 'NOTSET');
  if (mode === 'NOTSET' || mode === 'VALID') {
    const pads = (mode === 'NOTSET' ? ints(node, 'pads') : undefined) ?? new Array<number>(2 * rank).fill(0);
    return { kernel, strides, dilations, begin: pads.slice(0, rank), end: pads.slice(rank) };
  }
  const totals = kernel.map((size, axis) => {
    const length = spatialSize(node, x, axis);
    const stride = strides[axis] ?? 1;
    return Math.max(0, (Math.ceil(length / stride) - 1) * stride + (size - 1) * (dilations[axis] ?? 1) + 1 - length);
  });
  const small = totals.map((total) => Math.floor(total / 2));
  const large = totals.map((total, axis) => total - (small[axis] ?? 0));
  return mode === 'SAME_UPPER'
    ? { kernel, strides, dilations, begin: small, end: large }
    : { kernel, strides, dilations, begin: large, end: small };
}

/** The size of a spatial axis, which gradients of windows must know. */
export function spatialSize(node: Node, value: Value, axis: number): number {
  const size = shapeOf(value)[axis + 2];
  if (typeof size === 'number') return size;
  throw new MessierError(
    'autodiff/shape',
    `${node.opType} "${node.name}": the gradient needs the size of spatial axis ${String(axis)}, which is ${String(size)}. Give the graph's input fixed height and width.`,
  );
}

/** Sizes of all spatial axes. */
export function spatialSizes(node: Node, value: Value): readonly number[] {
  return shapeOf(value)
    .slice(2)
    .map((_, axis) => spatialSize(node, value, axis));
}

/** The `group` attribute. */
export function groupsOf(node: Node): number {
  return int(node, 'group', 1);
}
