import type { Value } from '../onnx/assembler.js';
import type { GraphBuilder } from '../onnx/builder.js';
import type { Target } from './rule.js';
import { fixedDim, range, rankOf } from './shapes.js';
import { spreadWindows } from './stretch.js';
import type { Window } from './window.js';

/** The convolution to go back through. */
export interface ConvolveBack {
  /** (O, I/groups, k...) */
  readonly weight: Value;
  readonly groups: number;
  readonly window: Window;
  /** Spatial sizes of the result. */
  readonly sizes: readonly number[];
  readonly target: Target;
}

/**
 * dx of y = w * x: the transposed convolution of dy (N, O, ...), written for unit strides as a plain convolution with the flipped kernel,
 * which ONNX Runtime runs faster. What WebGPU's ConvTranspose can't do becomes a plain convolution of dy with zeros between.
 */
export function convolveBack(g: GraphBuilder, dy: Value, { weight, groups, window, sizes, target }: ConvolveBack): Value {
  const { kernel, strides, dilations, begin, end } = window;
  const extents = kernel.map((size, axis) => (size - 1) * (dilations[axis] ?? 1));
  if (
    strides.every((stride) => stride === 1) &&
    extents.every((extent, axis) => extent >= (begin[axis] ?? 0) && extent >= (end[axis] ?? 0))
  ) {
    const before = extents.map((extent, axis) => extent - (begin[axis] ?? 0));
    const after = extents.map((extent, axis) => extent - (end[axis] ?? 0));
    return g.conv(dy, flipped(g, weight, groups), undefined, { pads: [...before, ...after], dilations, group: groups });
  }
  if (target === 'webgpu' && !transposesOnWebGpu(weight, groups)) {
    const spread = spreadWindows(g, dy, {
      starts: extents.map((extent, axis) => extent - (begin[axis] ?? 0)),
      strides,
      sizes: sizes.map((size, axis) => size + (extents[axis] ?? 0)),
    });
    return g.conv(spread, flipped(g, weight, groups), undefined, { dilations, group: groups });
  }
  const outputPadding = sizes.map((size, axis) => {
    const covered =
      (fixedDim(dy, axis + 2) - 1) * (strides[axis] ?? 1) + (extents[axis] ?? 0) + 1 - (begin[axis] ?? 0) - (end[axis] ?? 0);
    return size - covered;
  });
  return g.convTranspose(dy, weight, { strides, dilations, pads: [...begin, ...end], group: groups, outputPadding });
}

/**
 * ONNX Runtime 1.30's WebGPU kernel refuses three spatial axes and gives wrong sums for groups of several channels that lead to one.
 * test/browser/gradients-webgpu.test.ts finds both.
 */
function transposesOnWebGpu(weight: Value, groups: number): boolean {
  const severalToOne = groups > 1 && fixedDim(weight, 1) === 1 && fixedDim(weight, 0) > groups;
  return rankOf(weight) <= 4 && !severalToOne;
}

/** (O, I/g, k...) to (I, O/g, k...) with every spatial axis reversed. */
function flipped(g: GraphBuilder, weight: Value, groups: number): Value {
  const rank = rankOf(weight);
  const spatial = range(rank - 2, 2);
  const kernel = spatial.map((axis) => fixedDim(weight, axis));
  const outputs = fixedDim(weight, 0) / groups;
  const channels = fixedDim(weight, 1);
  const swapped =
    groups === 1
      ? g.transpose(weight, [1, 0, ...spatial])
      : channels === 1 && outputs === 1
        ? weight
        : g.reshape(
            g.transpose(g.reshape(weight, [groups, outputs, channels, ...kernel]), [0, 2, 1, ...spatial.map((axis) => axis + 1)]),
            [groups * channels, outputs, ...kernel],
          );
  const long = spatial.filter((axis) => fixedDim(weight, axis) > 1);
  if (long.length === 0) return swapped;
  return g.slice(swapped, {
    starts: long.map(() => -1),
    ends: long.map(() => Number.MIN_SAFE_INTEGER),
    axes: long,
    steps: long.map(() => -1),
  });
}
