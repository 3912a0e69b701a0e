import type { Dim, Shape } from '../types.js';
import type { InferenceContext } from './context.js';
import { addDims, floorDivide } from './dims.js';
import { fail, formatShape, fresh, int, ints, intsOf, text } from './support.js';

/** How a window slides over spatial axes: convolution and pooling share it. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** All beginnings, then all ends; `undefined` where `autoPad` decides. */
  readonly pads: readonly number[];
  readonly autoPad: string;
  readonly ceil: boolean;
}

const autoPads = new Set(['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID']);

/** Reads the attributes shared by convolutions and poolings over `kernel.length` spatial axes. */
export function readWindow(context: InferenceContext, kernel: readonly number[]): Window {
  const { node } = context;
  const rank = kernel.length;
  const autoPad = text(node, 'auto_pad', 'NOTSET');
  if (!autoPads.has(autoPad)) fail(node, `attribute "auto_pad" must be ${[...autoPads].join(', ')}; "${autoPad}" received.`);
  return {
    kernel,
    strides: intsOf(node, 'strides', rank, 1, 1),
    dilations: intsOf(node, 'dilations', rank, 1, 1),
    pads: autoPad === 'NOTSET' ? intsOf(node, 'pads', 2 * rank, 0, Number.MIN_SAFE_INTEGER) : new Array<number>(2 * rank).fill(0),
    autoPad,
    ceil: int(node, 'ceil_mode', 0) === 1,
  };
}

/** Kernel sizes from the attribute, which poolings must have. */
export function poolKernel(context: InferenceContext, shape: Shape): readonly number[] {
  const { node } = context;
  const kernel = ints(node, 'kernel_shape');
  if (!kernel)
    return fail(
      node,
      `attribute "kernel_shape" is required, one entry for each of the ${String(shape.length - 2)} spatial axes.`,
    );
  if (kernel.length !== shape.length - 2) {
    fail(
      node,
      `attribute "kernel_shape" has ${kernel.length} entries and the input ${formatShape(shape)} has ${String(shape.length - 2)} spatial axes.`,
    );
  }
  return intsOf(node, 'kernel_shape', kernel.length, 1, 1);
}

/** floor((size + pads - dilation (kernel - 1) - 1) / stride) + 1 for each spatial axis. */
export function slide(context: InferenceContext, spatial: Shape, window: Window, output = 0): Dim[] {
  return spatial.map((size, axis) => slideAxis(context, size, window, axis) ?? fresh(context, axis + 2, output));
}

function slideAxis(context: InferenceContext, size: Dim, window: Window, axis: number): Dim | undefined {
  const stride = window.strides[axis] ?? 1;
  if (window.autoPad.startsWith('SAME')) return ceilDivide(size, stride);
  const begin = window.pads[axis] ?? 0;
  const pads = begin + (window.pads[axis + window.kernel.length] ?? 0);
  const extent = ((window.kernel[axis] ?? 1) - 1) * (window.dilations[axis] ?? 1) + 1;
  const room = addDims(size, pads - extent);
  if (room === undefined) return undefined;
  if (typeof room === 'number' && room < 0) {
    fail(
      context.node,
      `a window of ${extent} does not fit spatial axis ${axis} of ${size} with padding ${pads}. Use larger inputs, more padding or a smaller kernel.`,
    );
  }
  const steps = window.ceil ? ceilDivide(room, stride) : floorDivide(room, stride);
  const count = steps === undefined ? undefined : addDims(steps, 1);
  // With rounding up, the last window must still start inside the input or its beginning padding.
  const overhangs = window.ceil && typeof count === 'number' && typeof size === 'number' && (count - 1) * stride >= size + begin;
  return overhangs ? count - 1 : count;
}

function ceilDivide(a: Dim, b: number): Dim | undefined {
  const raised = addDims(a, b - 1);
  return raised === undefined ? undefined : floorDivide(raised, b);
}
