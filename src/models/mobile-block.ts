/** The block that MobileNetV3 and EfficientNet are made of, with torchvision's names. */
import { convNormActivation, residual, squeezeExcite } from '../nn/blocks.js';
import { heNormal } from '../nn/initializers.js';
import type { Network } from '../nn/network.js';
import type { BatchNormOptions } from '../nn/normalization.js';
import type { Value } from '../onnx/assembler.js';

interface MobileBlock {
  readonly name: string;
  /** Channels inside. */
  readonly middle: number;
  /** Output channels. */
  readonly filters: number;
  readonly kernel: number;
  readonly stride: number;
  readonly activation: string;
  /** Squeeze-and-excitation behind the depthwise convolution. */
  readonly squeeze?: { readonly channels: number; readonly activation: string; readonly gate: string };
  readonly norm?: Pick<BatchNormOptions, 'epsilon' | 'momentum'>;
}

/**
 * x + project(excite(depthwise(expand(x)))): without the expansion where `middle` is the input's width, and without the sum where stride or
 * channels change.
 *
 * (N, C, H, W) -> (N, filters, ceil(H/stride), ceil(W/stride)). Parameters `name.block.0.0.weight`, `name.block.2.fc1.weight`, ...
 */
export function mobileBlock(net: Network, x: Value, options: MobileBlock): Value {
  const { name, middle, filters, kernel, stride, activation, squeeze, norm = {} } = options;
  const channels = x.shape?.[1];
  const branch = (input: Value): Value => {
    let y = input;
    let part = 0;
    const scope = (): string => String(part++);
    if (middle !== channels)
      y = net.scope(scope(), () => convNormActivation(net, y, { filters: middle, kernel: 1, activation, norm }));
    const depthwise = { filters: middle, groups: middle, kernel, stride, padding: (kernel - 1) / 2, activation, norm };
    y = net.scope(scope(), () => convNormActivation(net, y, depthwise));
    if (squeeze) y = squeezeExcite(net, y, { ...squeeze, name: scope(), init: heNormal({ mode: 'out' }) });
    return net.scope(scope(), () => convNormActivation(net, y, { filters, kernel: 1, norm }));
  };
  return net.scope(`${name}.block`, () => (stride === 1 && channels === filters ? residual(net, x, branch) : branch(x)));
}

/** The nearest multiple of 8, the next one where that is more than a tenth less: how these networks round their widths. */
export function roundedWidth(channels: number): number {
  const nearest = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return nearest < 0.9 * channels ? nearest + 8 : nearest;
}
