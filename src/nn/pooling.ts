import type { Value } from '../onnx/assembler.js';
import { imageDims, refuse } from './checks.js';
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

function pool(net: Network, x: Value, opType: 'MaxPool' | 'AveragePool', options: PoolOptions): Value {
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
  return net.op(opType, [x], windowAttributes(layer, spatial, window));
}

/** The largest value of each window. (N, C, H, W) -> (N, C, H', W'); pixels of the padding never win. */
export function maxPool(net: Network, x: Value, options: PoolOptions): Value {
  return pool(net, x, 'MaxPool', options);
}

/** The mean of each window. (N, C, H, W) -> (N, C, H', W'); pixels of the padding do not count, as in Keras. */
export function averagePool(net: Network, x: Value, options: PoolOptions): Value {
  return pool(net, x, 'AveragePool', options);
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
