import type { Value } from '../onnx/assembler.js';
import { imageDims, known, refuse } from './checks.js';
import type { Network } from './network.js';
import { checkFits, pair, windowAttributes, type Padding, type Pair, type Window } from './windows.js';

export interface PoolOptions {
  /** Side of the window. */
  readonly size: Pair;
  /** As `size` unless told. */
  readonly stride?: Pair;
  /** `valid` unless told. */
  readonly padding?: Padding;
}

export interface AveragePoolOptions extends PoolOptions {
  /** Whether pixels of the padding count, as zeros, which is torch's default. No unless told, as in Keras. */
  readonly countPadding?: boolean;
}

function pool(net: Network, x: Value, opType: 'MaxPool' | 'AveragePool', options: AveragePoolOptions): Value {
  const layer = opType;
  const { spatial } = imageDims(layer, x);
  const window: Window = {
    kernel: pair(layer, 'size', options.size),
    stride: pair(layer, 'stride', options.stride ?? options.size),
    padding: options.padding ?? 'valid',
  };
  if (typeof window.padding !== 'string') {
    const pads = pair(layer, 'padding', window.padding, 0);
    if (pads.some((pad, axis) => 2 * pad > (window.kernel[axis] ?? 0))) {
      refuse(layer, `padding must be at most half of the window, ${pads.join(' x ')} received for ${window.kernel.join(' x ')}.`);
    }
  }
  checkFits(layer, spatial, window);
  const counted = options.countPadding === true ? { count_include_pad: 1 } : {};
  return net.op(opType, [x], { ...windowAttributes(layer, spatial, window), ...counted });
}

/** The largest value of each window. (N, C, H, W) -> (N, C, H', W'); pixels of the padding never win. */
export function maxPool(net: Network, x: Value, options: PoolOptions): Value {
  return pool(net, x, 'MaxPool', options);
}

/** The mean of each window. (N, C, H, W) -> (N, C, H', W'); pixels of the padding do not count unless `countPadding` says so. */
export function averagePool(net: Network, x: Value, options: AveragePoolOptions): Value {
  return pool(net, x, 'AveragePool', options);
}

/**
 * The means of size x size parts of the picture, whatever its sides: part i of an axis of H pixels is [floor(i H / size), ceil((i + 1) H / size)).
 * Parts overlap by a pixel where `size` does not divide H, and repeat pixels where H is smaller.
 *
 * (N, C, H, W) -> (N, C, size, size), H and W known; torch's `AdaptiveAvgPool2d`. Throws `nn/option` and `nn/shape`.
 */
export function adaptiveAveragePool(net: Network, x: Value, options: { readonly size: Pair }): Value {
  const layer = 'AdaptiveAveragePool';
  const { spatial } = imageDims(layer, x);
  const counts = pair(layer, 'size', options.size);
  const sides = [known(layer, 'the height', spatial[0]), known(layer, 'the width', spatial[1])] as const;
  const steps = [sides[0] / counts[0], sides[1] / counts[1]] as const;
  if (steps.every((step) => step === 1)) return x;
  if (steps.every(Number.isInteger)) return averagePool(net, x, { size: steps });
  return averageParts(net, averageParts(net, x, 2, sides[0], counts[0]), 3, sides[1], counts[1]);
}

/** The means of `count` parts of an axis of `side` pixels. */
function averageParts(net: Network, x: Value, axis: number, side: number, count: number): Value {
  const { graph } = net;
  const means = new Map<string, Value>();
  const parts = Array.from({ length: count }, (_, index) => {
    const start = Math.floor((index * side) / count);
    const end = Math.ceil(((index + 1) * side) / count);
    const key = `${start} ${end}`;
    const mean = means.get(key) ?? graph.reduceMean(graph.slice(x, { starts: [start], ends: [end], axes: [axis] }), [axis], true);
    means.set(key, mean);
    return mean;
  });
  return graph.concat(parts, axis);
}

/** The mean of each channel. (N, C, H, W) -> (N, C). */
export function globalAveragePool(net: Network, x: Value): Value {
  imageDims('GlobalAveragePool', x);
  return net.op('Flatten', [net.op('GlobalAveragePool', [x])], { axis: 1 });
}

/** The largest value of each channel. (N, C, H, W) -> (N, C). */
export function globalMaxPool(net: Network, x: Value): Value {
  imageDims('GlobalMaxPool', x);
  return net.op('Flatten', [net.op('GlobalMaxPool', [x])], { axis: 1 });
}
