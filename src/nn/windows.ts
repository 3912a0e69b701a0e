import type { AttributeInput } from '../onnx/assembler.js';
import type { Dim } from '../onnx/types.js';
import { refuse, whole } from './checks.js';

/** One number for both axes, or (vertical, horizontal). */
export type Pair = number | readonly [number, number];

/**
 * Pixels added around the picture. `valid`: none. `same`: as many as make the output ceil(size / stride), the odd one at the end,
 * as in Keras. A number or a pair: that many on both sides of an axis, as in torch.
 */
export type Padding = 'valid' | 'same' | Pair;

/** A pair of whole numbers of at least `least`. */
export function pair(layer: string, option: string, value: Pair, least = 1): readonly [number, number] {
  const [vertical, horizontal] = typeof value === 'number' ? [value, value] : value;
  return [whole(layer, option, vertical, least), whole(layer, option, horizontal, least)];
}

/** A window that slides over the two spatial axes. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly padding: Padding;
}

/** The attributes `strides`, `dilations`, and `pads` or (where a size is not known yet) `auto_pad`. */
export function windowAttributes(layer: string, spatial: readonly [Dim, Dim], window: Window): Record<string, AttributeInput> {
  const { kernel, stride, dilation = [1, 1], padding } = window;
  const geometry = {
    kernel_shape: [...kernel],
    strides: [...stride],
    ...(dilation.every((step) => step === 1) ? {} : { dilations: [...dilation] }),
  };
  if (padding === 'valid') return geometry;
  if (padding !== 'same') {
    const [vertical, horizontal] = pair(layer, 'padding', padding, 0);
    return { ...geometry, pads: [vertical, horizontal, vertical, horizontal] };
  }
  const totals = ([0, 1] as const).map((axis) =>
    samePadding(spatial[axis], (kernel[axis] - 1) * dilation[axis] + 1, stride[axis]),
  );
  const [vertical, horizontal] = totals;
  if (vertical === undefined || horizontal === undefined) return { ...geometry, auto_pad: 'SAME_UPPER' };
  const begin = [Math.floor(vertical / 2), Math.floor(horizontal / 2)];
  return { ...geometry, pads: [...begin, vertical - (begin[0] ?? 0), horizontal - (begin[1] ?? 0)] };
}

/** Pixels that `same` adds to an axis; undefined where that depends on a size not known yet. */
function samePadding(size: Dim, extent: number, stride: number): number | undefined {
  if (stride === 1) return extent - 1;
  if (typeof size === 'string') return undefined;
  return Math.max(0, (Math.ceil(size / stride) - 1) * stride + extent - size);
}

/** Stops with `nn/option` where the window is larger than the padded picture. */
export function checkFits(layer: string, spatial: readonly [Dim, Dim], window: Window): void {
  if (window.padding === 'same') return;
  const pads = window.padding === 'valid' ? ([0, 0] as const) : pair(layer, 'padding', window.padding, 0);
  for (const axis of [0, 1] as const) {
    const size = spatial[axis];
    const extent = (window.kernel[axis] - 1) * (window.dilation?.[axis] ?? 1) + 1;
    if (typeof size === 'number' && extent > size + 2 * pads[axis]) {
      refuse(
        layer,
        `a window of ${extent} pixels does not fit in ${size + 2 * pads[axis]} (picture ${spatial.join(' x ')}, padding ${pads.join(', ')}). ` +
          'Use larger pictures, fewer strides, or padding: "same".',
      );
    }
  }
}
