import type { Value } from '../../onnx/assembler.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import type { Node } from '../../onnx/types.js';
import type { Target } from '../rule.js';
import { fixedDim, range, shapeOf } from '../shapes.js';
import { spatialSizes, type Window } from '../window.js';

/** dL/dw of a convolution that maps `input` to something with gradient `gradient`. */
export interface WeightGradient {
  readonly node: Node;
  /** (N, I, ...) */
  readonly input: Value;
  /** (N, O, ...) */
  readonly gradient: Value;
  /** (O, I/groups, k...); only its shape is used. */
  readonly weight: Value;
  readonly window: Window;
  readonly groups: number;
  readonly target: Target;
}

/**
 * dw[o, i, k] = sum over n and p of dy[n, o, p] x[n, i, stride p + dilation k]: for each column of the kernel the input is
 * shifted once, its rows are gathered for every row of the kernel, and one matrix product sums over the pixels. Where pixels are
 * few, batch and pixels are folded into one sum, which avoids writing a product for every image.
 */
export function weightGradient(g: GraphBuilder, request: WeightGradient): Value {
  const { gradient, weight, groups } = request;
  const kernel = request.window.kernel;
  const images = depthwiseImages(request);
  if (images !== undefined) return depthwise(g, request, images);
  const outputs = fixedDim(weight, 0) / groups;
  const channels = fixedDim(weight, 1);
  const pixels = spatialSizes(request.node, gradient).reduce((product, size) => product * size, 1);
  const last = kernel.at(-1) ?? 1;
  const rows = kernel.slice(0, -1).reduce((product, size) => product * size, 1);

  const padded = padInput(g, request);
  const sides = range(last).map((column) => columnOf(g, request, padded, column));
  if (groups === 1 && 4 * channels <= outputs) {
    // Few channels (the first layer): all columns side by side, so that the large gradient is read by one product and not by `last`.
    const shifted = rowsOf(g, request, g.concat(sides, 1));
    const product = correlate(g, { shifted, gradient, groups, outputs, channels: last * channels, rows, pixels });
    const parted = g.reshape(product, [last, channels * rows, outputs]);
    return g.reshape(g.transpose(parted, [2, 1, 0]), [outputs, channels, ...kernel]);
  }
  const columns = sides.map((side) => {
    const shifted = rowsOf(g, request, side);
    return correlate(g, { shifted, gradient, groups, outputs, channels, rows, pixels });
  });
  // Each column is (groups * channels * rows, outputs); the weight is (groups * outputs, channels, rows, column).
  const stacked = g.concat(
    columns.map((column) => g.reshape(column, [groups, channels * rows, 1, outputs])),
    2,
  );
  const ordered = g.transpose(stacked, [0, 3, 1, 2]);
  return g.reshape(ordered, [groups * outputs, channels, ...kernel]);
}

/** The fixed batch size of a depthwise convolution that {@link depthwise} takes. */
function depthwiseImages({ gradient, weight, window, groups, target }: WeightGradient): number | undefined {
  const batch = shapeOf(gradient)[0];
  const single = fixedDim(weight, 0) === groups && fixedDim(weight, 1) === 1;
  const plain = window.kernel.length === 2 && window.begin.every((pad) => pad >= 0);
  return target === 'cpu' && single && plain && typeof batch === 'number' ? batch : undefined;
}

/** Side from which a depthwise kernel's input is padded beforehand. */
const largeKernel = 7;

/**
 * One kernel a channel: each channel of each image is a group of its own, whose input is convolved with its gradient as the kernel.
 * Stride and dilation change places. Nothing is shifted or gathered: batch 16, 96 channels, 112x112 to 56x56, two cores: 22 ms for 45,
 * and 10 on blocked channels (runtime/block-depthwise.ts).
 */
function depthwise(g: GraphBuilder, { node, input, gradient, window, groups }: WeightGradient, images: number): Value {
  const { kernel, strides, dilations, begin } = window;
  const sizes = spatialSizes(node, gradient);
  const from = spatialSizes(node, input);
  const ends = kernel.map((size, axis) => {
    const seen = (size - 1) * (dilations[axis] ?? 1) + ((sizes[axis] ?? 1) - 1) * (strides[axis] ?? 1) + 1;
    return Math.max(0, seen - (from[axis] ?? 1) - (begin[axis] ?? 0));
  });
  // Results at an edge are computed one by one; of a large kernel most are, which padding beforehand avoids: 7x7 over 56x56, 4 ms for 11.
  const ahead = kernel.some((size) => size >= largeKernel);
  const padded = ahead ? g.pad(input, [0, 0, ...begin, 0, 0, ...ends]) : input;
  const side = ahead ? from.map((size, axis) => size + (begin[axis] ?? 0) + (ends[axis] ?? 0)) : from;
  const product = g.conv(
    g.reshape(padded, [1, images * groups, ...side]),
    g.reshape(gradient, [images * groups, 1, ...sizes]),
    undefined,
    { strides: dilations, dilations: strides, pads: ahead ? undefined : [...begin, ...ends], group: images * groups },
  );
  const whole = kernel.every((size, axis) => spatialSizes(node, product)[axis] === size);
  // Input that no window reaches gives further results.
  const cut = whole ? product : g.slice(product, { starts: [0, 0], ends: [...kernel], axes: [2, 3] });
  return g.reduceSum(g.reshape(cut, [images, groups, 1, ...kernel]), [0], false);
}

function padInput(g: GraphBuilder, { input, window }: WeightGradient): Value {
  return g.pad(input, [0, 0, ...window.begin, 0, 0, ...window.end]);
}

/** x[..., dilation k + stride p] along the last axis. */
function columnOf(g: GraphBuilder, { node, gradient, window }: WeightGradient, padded: Value, column: number): Value {
  const axis = window.kernel.length - 1;
  const start = column * (window.dilations[axis] ?? 1);
  const stride = window.strides[axis] ?? 1;
  const count = spatialSizes(node, gradient)[axis] ?? 1;
  const end = start + (count - 1) * stride + 1;
  if (start === 0 && stride === 1 && end === fixedDim(padded, axis + 2)) return padded;
  return g.slice(padded, { starts: [start], ends: [end], axes: [axis + 2], steps: [stride] });
}

/** The rows that every other kernel axis sees: (N, I, kernel * positions, ...). */
function rowsOf(g: GraphBuilder, { node, gradient, window }: WeightGradient, shifted: Value): Value {
  const sizes = spatialSizes(node, gradient);
  let value = shifted;
  const outer = window.kernel.length - 1;
  for (const axis of range(outer)) {
    const indices = range(window.kernel[axis] ?? 1).flatMap((k) =>
      range(sizes[axis] ?? 1).map((p) => k * (window.dilations[axis] ?? 1) + p * (window.strides[axis] ?? 1)),
    );
    const whole = indices.length === fixedDim(shifted, axis + 2) && indices.every((index, position) => index === position);
    if (!whole) value = g.gather(value, g.ints(indices), axis + 2);
  }
  if (outer <= 1) return value;
  // With two or more row axes the kernel axes must stand before the positions: (N, I, k1, p1, k2, p2, p3) -> (N, I, k1, k2, p1, p2, p3).
  const split = range(outer).flatMap((axis) => [window.kernel[axis] ?? 1, sizes[axis] ?? 1]);
  const parted = g.reshape(value, [0, 0, ...split, sizes[outer] ?? 1]);
  const kernelAxes = range(outer).map((axis) => 2 + 2 * axis);
  const positionAxes = range(outer).map((axis) => 3 + 2 * axis);
  return g.transpose(parted, [0, 1, ...kernelAxes, ...positionAxes, 2 + 2 * outer]);
}

interface Correlation {
  /** (N, groups * channels, rows * pixels in any split) */
  readonly shifted: Value;
  readonly gradient: Value;
  readonly groups: number;
  readonly outputs: number;
  readonly channels: number;
  readonly rows: number;
  readonly pixels: number;
}

/** Sums over batch and pixels: (groups, channels * rows, outputs). */
function correlate(g: GraphBuilder, { shifted, gradient, groups, outputs, channels, rows, pixels }: Correlation): Value {
  const batch = shapeOf(gradient)[0];
  const inner = channels * rows;
  if (groups === 1 && typeof batch === 'number' && pixels < Math.max(64, outputs)) {
    const left = g.reshape(g.transpose(g.reshape(shifted, [batch, inner, pixels]), [1, 0, 2]), [inner, batch * pixels]);
    const right = g.reshape(g.transpose(g.reshape(gradient, [batch, outputs, pixels]), [1, 0, 2]), [outputs, batch * pixels]);
    return g.gemm(left, right, undefined, { transB: true });
  }
  if (outputs === 1) {
    // Single dot products: ONNX Runtime's matrix product is several times slower where only one side is a vector.
    const row = g.reshape(shifted, [0, groups, inner, 1, pixels]);
    const column = g.transpose(g.reshape(gradient, [0, groups, 1, 1, pixels]), [0, 1, 2, 4, 3]);
    return g.reduceSum(g.reshape(g.matmul(row, column), [0, groups, inner, 1]), [0], false);
  }
  const left = g.reshape(shifted, [0, groups, inner, pixels]);
  const right = g.reshape(gradient, [0, groups, outputs, pixels]);
  return g.reduceSum(g.matmul(left, g.transpose(right, [0, 1, 3, 2])), [0], false);
}
