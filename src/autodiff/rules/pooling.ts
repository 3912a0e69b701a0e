import type { Value } from '../../onnx/assembler.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import { int, ints, number } from '../../onnx/infer/support.js';
import { convolveBack } from '../convolve-back.js';
import { registerGradient, single, type RuleContext } from '../rule.js';
import { divideOrZero, elementCount, expandLike, fixedDim, range, rankOf, reshapeLike, shapeOf, zerosLike } from '../shapes.js';
import { spreadWindows } from '../stretch.js';
import { addAll } from '../sum.js';
import { spatialSizes, windowOf, type Window } from '../window.js';

function poolWindow(context: RuleContext): Window {
  const { node } = context;
  const { x, y } = single(context);
  const window = windowOf(node, x, ints(node, 'kernel_shape') ?? []);
  // With ceil_mode the last window may hang over: pad until it fits.
  const sizes = spatialSizes(node, x);
  const end = spatialSizes(node, y).map((size, axis) => {
    const reach = (size - 1) * (window.strides[axis] ?? 1) + ((window.kernel[axis] ?? 1) - 1) * (window.dilations[axis] ?? 1) + 1;
    return Math.max(window.end[axis] ?? 0, reach - (sizes[axis] ?? 0) - (window.begin[axis] ?? 0));
  });
  return { ...window, end };
}

/** Do the windows tile the input: no overlap, no padding, nothing left over? */
function tiles(context: RuleContext, window: Window): boolean {
  const { x, y } = single(context);
  const sizes = spatialSizes(context.node, x);
  const counts = spatialSizes(context.node, y);
  return window.kernel.every(
    (size, axis) =>
      size === window.strides[axis] &&
      (window.dilations[axis] ?? 1) === 1 &&
      window.begin[axis] === 0 &&
      window.end[axis] === 0 &&
      (counts[axis] ?? 0) * size === sizes[axis],
  );
}

/** Repeats every pixel over its window. */
function upsample(g: GraphBuilder, x: Value, kernel: readonly number[]): Value {
  const scales = g.floats([kernel.length + 2], [1, 1, ...kernel]);
  return g.op('Resize', [x, undefined, scales], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });
}

/**
 * The gradient goes to the largest element of each window. Windows that tile the input compare it with the enlarged result, which
 * costs less than asking MaxPool for indices; elements that tie share the gradient equally. Other windows add up at the indices.
 */
registerGradient('MaxPool', (context) => {
  const { g } = context;
  const { dy, x, y } = single(context);
  const window = poolWindow(context);
  if (tiles(context, window)) {
    const reached = g.cast(g.equal(x, upsample(g, y, window.kernel)), 'float32');
    const area = window.kernel.reduce((product, size) => product * size, 1);
    const ties = g.averagePool(reached, { kernel: window.kernel, strides: window.strides });
    return [g.mul(reached, upsample(g, g.div(dy, g.mul(ties, g.scalar(area))), window.kernel))];
  }
  return [context.target === 'webgpu' ? scatterByComparison(context, window) : scatterByIndex(context)];
});

/** Adds dy at the indices that MaxPool returns, flat over the whole input. */
function scatterByIndex(context: RuleContext): Value {
  const { g, node } = context;
  const { dy, x } = single(context);
  const [, indices] = g.node(
    'MaxPool',
    [x],
    { ...node.attributes, storage_order: 0 },
    { outputs: 2, name: `${node.name}/indices` },
  );
  if (!indices) throw new RangeError('MaxPool gave no indices.');
  const zeros = g.reshape(zerosLike(g, x), [-1]);
  const flat = g.op('ScatterElements', [zeros, g.reshape(indices, [-1]), g.reshape(dy, [-1])], { axis: 0, reduction: 'add' });
  return reshapeLike(g, flat, x);
}

/** For providers without indices: one comparison for each position of the window; the first maximum takes the gradient. */
function scatterByComparison(context: RuleContext, window: Window): Value {
  const { g, node } = context;
  const { dy, x, y } = single(context);
  const lowest = g.scalar(-3.4028234663852886e38);
  const pads = [0, 0, ...window.begin, 0, 0, ...window.end];
  const padded = pads.some((pad) => pad !== 0) ? g.op('Pad', [x, g.ints(pads), lowest]) : x;
  const counts = spatialSizes(node, y);
  const offsets = window.kernel.reduce<readonly (readonly number[])[]>(
    (all, size) => all.flatMap((head) => range(size).map((k) => [...head, k])),
    [[]],
  );
  let left = dy;
  const parts = offsets.map((offset) => {
    const starts = offset.map((k, axis) => k * (window.dilations[axis] ?? 1));
    const ends = starts.map((start, axis) => start + ((counts[axis] ?? 1) - 1) * (window.strides[axis] ?? 1) + 1);
    const seen = g.slice(padded, { starts, ends, axes: range(starts.length, 2), steps: window.strides });
    const share = g.mul(left, g.cast(g.equal(seen, y), 'float32'));
    left = g.sub(left, share);
    const spread = spreadWindows(g, share, { starts, strides: window.strides, sizes: spatialSizes(node, padded) });
    return crop(g, spread, window, spatialSizes(node, x));
  });
  const [first, ...rest] = parts;
  if (!first) throw new RangeError('MaxPool has an empty window.');
  return addAll(g, context.target, first, ...rest);
}

function crop(g: GraphBuilder, x: Value, window: Window, sizes: readonly number[]): Value {
  const starts = window.begin;
  const ends = starts.map((start, axis) => start + (sizes[axis] ?? 0));
  const whole = starts.every((start, axis) => start === 0 && ends[axis] === fixedDim(x, axis + 2));
  return whole ? x : g.slice(x, { starts, ends, axes: range(starts.length, 2) });
}

/** Every element of a window takes dy / (elements counted): a transposed convolution with ones, or a plain enlargement where windows tile. */
registerGradient('AveragePool', (context) => {
  const { g, node } = context;
  const { dy, x } = single(context);
  const window = poolWindow(context);
  const counts = windowCounts(context, window);
  const share = g.mul(dy, counts);
  if (tiles(context, window)) return [upsample(g, share, window.kernel)];
  return [transposedSum(context, share, window, spatialSizes(node, x))];
});

/** dx[q] = sum of the windows over q, one channel at a time. */
function transposedSum({ g, node, target }: RuleContext, share: Value, window: Window, sizes: readonly number[]): Value {
  const spatial = spatialSizes(node, share);
  const batchAndChannels = shapeOf(share).slice(0, 2);
  const single1 = g.reshape(share, [-1, 1, ...spatial]);
  const ones = g.constant({
    type: 'float32',
    dims: [1, 1, ...window.kernel],
    data: new Float32Array(window.kernel.reduce((product, size) => product * size, 1)).fill(1),
  });
  const spreadOut = convolveBack(g, single1, { weight: ones, groups: 1, window, sizes, target });
  const [batch, channels] = batchAndChannels;
  const known = typeof channels === 'number' ? channels : 0;
  return g.reshape(spreadOut, [typeof batch === 'number' ? batch : -1, known, ...sizes]);
}

/** 1 / (elements each window counts): all of them, or only those that are not padding. */
function windowCounts(context: RuleContext, window: Window): Value {
  const { g, node } = context;
  const { x, y } = single(context);
  const includePad = int(node, 'count_include_pad', 0) === 1;
  const sizes = spatialSizes(node, x);
  const declared = windowOf(node, x, window.kernel).end;
  const perAxis = spatialSizes(node, y).map((count, axis) =>
    range(count).map((p) => {
      const inside = (q: number): boolean => {
        const size = sizes[axis] ?? 0;
        return includePad ? q >= -(window.begin[axis] ?? 0) && q < size + (declared[axis] ?? 0) : q >= 0 && q < size;
      };
      const first = p * (window.strides[axis] ?? 1) - (window.begin[axis] ?? 0);
      return range(window.kernel[axis] ?? 1).filter((k) => inside(first + k * (window.dilations[axis] ?? 1))).length;
    }),
  );
  const values = perAxis.reduce<readonly number[]>(
    (all, counts) => all.flatMap((value) => counts.map((count) => value * count)),
    [1],
  );
  const [first] = values;
  if (values.every((value) => value === first)) return g.scalar(1 / (first ?? 1));
  return g.floats(
    [1, 1, ...perAxis.map((counts) => counts.length)],
    values.map((value) => 1 / value),
  );
}

registerGradient('GlobalAveragePool', (context) => {
  const { g } = context;
  const { dy, x } = single(context);
  return [expandLike(g, g.div(dy, elementCount(g, x, range(rankOf(x) - 2, 2))), x)];
});

registerGradient('GlobalMaxPool', (context) => {
  const { g } = context;
  const { dy, x, y } = single(context);
  const reached = g.cast(g.equal(x, y), 'float32');
  const ties = g.reduceSum(reached, range(rankOf(x) - 2, 2));
  return [g.mul(reached, g.div(dy, ties))];
});

/** dx = dy sign(x) |x|^(p-1) y^(1-p) in two parts: the slope at x, and what dy becomes at y; 0 where a window holds zeros alone. */
function lpParts({ g, node, ...context }: RuleContext): { readonly slope: Value; readonly share: Value } {
  const { dy, x, y } = single({ g, node, ...context });
  const p = number(node, 'p', 2);
  const power = (value: Value, exponent: number): Value => (exponent === 1 ? value : g.pow(value, g.scalar(exponent)));
  if (p === 1) return { slope: g.sign(x), share: dy };
  return { slope: p === 2 ? x : g.mul(g.sign(x), power(g.abs(x), p - 1)), share: divideOrZero(g, dy, power(y, p - 1)) };
}

/** y = (sum |x|^p)^(1/p) over each window. */
registerGradient('LpPool', (context) => {
  const { slope, share } = lpParts(context);
  const { x } = single(context);
  return [context.g.mul(slope, transposedSum(context, share, poolWindow(context), spatialSizes(context.node, x)))];
});

registerGradient('GlobalLpPool', (context) => {
  const { slope, share } = lpParts(context);
  return [context.g.mul(slope, share)];
});
