import { MessierError } from '../core/errors.js';
import type { Value } from '../onnx/assembler.js';
import type { GraphBuilder } from '../onnx/builder.js';
import { fixedDim, rankOf, shapeOf, targetShape } from './shapes.js';

/** Zeros between the elements of one axis: element i moves to i * step. */
export function stretch(g: GraphBuilder, x: Value, axis: number, step: number): Value {
  if (step === 1) return x;
  const count = fixedDim(x, axis);
  const rank = rankOf(x);
  const pads = new Array<number>(2 * (rank + 1)).fill(0);
  pads[rank + 1 + axis + 1] = step - 1;
  const wide = g.pad(g.unsqueeze(x, [axis + 1]), pads);
  const shape = targetShape(shapeOf(x).map((dim, index) => (index === axis ? count * step : dim)));
  if (!shape)
    throw new MessierError(
      'autodiff/shape',
      `The gradient of a strided slice of "${x.name}" needs all sizes but one; give the inputs fixed shapes.`,
    );
  const merged = g.reshape(wide, shape);
  return g.slice(merged, { starts: [0], ends: [(count - 1) * step + 1], axes: [axis] });
}

/** Where to put the elements of the spatial axes, one entry an axis. */
export interface Spread {
  readonly starts: readonly number[];
  readonly strides: readonly number[];
  /** Of the result. */
  readonly sizes: readonly number[];
}

/** Puts element p of (N, C, ...) at `start + stride p`, with zeros between and around; what lies outside of `sizes` is cut off. */
export function spreadWindows(g: GraphBuilder, x: Value, { starts, strides, sizes }: Spread): Value {
  const counts = starts.map((_, axis) => fixedDim(x, axis + 2));
  const wide = strides.every((stride) => stride === 1) ? x : withGaps(g, x, counts, strides);
  const after = starts.map((start, axis) => (sizes[axis] ?? 0) - start - (counts[axis] ?? 0) * (strides[axis] ?? 1));
  return g.pad(wide, [0, 0, ...starts, 0, 0, ...after]);
}

function withGaps(g: GraphBuilder, x: Value, counts: readonly number[], strides: readonly number[]): Value {
  const parted = g.reshape(x, [0, 0, ...counts.flatMap((count) => [count, 1])]);
  const gaps = strides.flatMap((stride) => [0, stride - 1]);
  const padded = g.pad(parted, [0, 0, ...counts.flatMap(() => [0, 0]), 0, 0, ...gaps]);
  return g.reshape(padded, [0, 0, ...counts.map((count, axis) => count * (strides[axis] ?? 1))]);
}
