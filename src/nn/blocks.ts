import type { Value } from '../onnx/assembler.js';
import { activate } from './activations.js';
import { imageDims, misfit, title, whole, written } from './checks.js';
import { conv2d, type ConvOptions } from './convolution.js';
import { heNormal, type Initializer } from './initializers.js';
import type { Network } from './network.js';
import { batchNorm, type BatchNormOptions } from './normalization.js';

/**
 * activation(branch(x) + shortcut(x)). The shortcut is x itself unless told; shapes must be equal.
 *
 * Throws `nn/shape`. Source: K. He et al., Deep residual learning, arXiv:1512.03385.
 *
 * @example
 * x = residual(net, x, (y) => conv2d(net, y, { filters: 32, kernel: 3, padding: 'same' }), { activation: 'relu' });
 */
export function residual(
  net: Network,
  x: Value,
  branch: (x: Value) => Value,
  options: { readonly shortcut?: (x: Value) => Value; readonly activation?: string } = {},
): Value {
  const y = branch(x);
  const straight = options.shortcut ? options.shortcut(x) : x;
  if (y.shape && straight.shape && y.shape.join() !== straight.shape.join()) {
    misfit(
      'Residual',
      `branch and shortcut must have one shape, ${written(y.shape)} and ${written(straight.shape)} received. ` +
        'Give a shortcut that matches, such as a convolution of kernel 1 with the stride of the branch.',
    );
  }
  return activate(net, net.op('Add', [y, straight]), options.activation);
}

interface ConvNormActivationOptions extends Omit<ConvOptions, 'name' | 'bias'> {
  /** Of the batch norm, as {@link batchNorm} has them unless told. */
  readonly norm?: Pick<BatchNormOptions, 'epsilon' | 'momentum'>;
}

/** Convolution without bias, batch norm, activation; parameters `0.*` and `1.*` in the present scope, as in torchvision. */
export function convNormActivation(net: Network, x: Value, options: ConvNormActivationOptions): Value {
  const { activation, norm, ...rest } = options;
  const y = conv2d(net, x, { init: heNormal({ mode: 'out' }), ...rest, name: '0', bias: false });
  return batchNorm(net, y, { ...norm, name: '1', ...(activation === undefined ? {} : { activation }) });
}

export interface SqueezeExciteOptions {
  readonly name?: string;
  /** Channels between the two layers. */
  readonly channels: number;
  /** `relu` unless told. */
  readonly activation?: string;
  /** Makes the weights of the channels; `sigmoid` unless told. */
  readonly gate?: string;
  /** First weights of both layers. */
  readonly init?: Initializer;
}

/**
 * x · gate(fc2(activation(fc1(mean of x)))): weighs each channel by what the whole image holds.
 *
 * (N, C, H, W) -> the same. Parameters `name.fc1.*` (channels, C, 1, 1) and `name.fc2.*` (C, channels, 1, 1).
 * Source: J. Hu et al., arXiv:1709.01507.
 */
export function squeezeExcite(net: Network, x: Value, options: SqueezeExciteOptions): Value {
  const { name = 'se', channels, activation = 'relu', gate = 'sigmoid', init } = options;
  const { channels: outer } = imageDims(title('SqueezeExcite', name), x);
  return net.scope(name, () => {
    const mean = net.op('GlobalAveragePool', [x]);
    const shared = { kernel: 1, ...(init ? { init } : {}) };
    const squeezed = conv2d(net, mean, { ...shared, name: 'fc1', filters: channels, activation });
    return net.op('Mul', [x, conv2d(net, squeezed, { ...shared, name: 'fc2', filters: outer, activation: gate })]);
  });
}

export interface InvertedResidualOptions {
  readonly name: string;
  /** Output channels. */
  readonly filters: number;
  /** 1 unless told. */
  readonly stride?: number;
  /** How many times wider the middle is than the input; 6 unless told. */
  readonly expansion?: number;
  /** 3 unless told. */
  readonly kernel?: number;
  /** `relu6` unless told. */
  readonly activation?: string;
  /** Adds {@link squeezeExcite} after the depthwise convolution, with the middle's channels divided by this. */
  readonly squeeze?: number;
}

/**
 * x + project(depthwise(expand(x))): wide inside, narrow outside; without the sum where stride or channels change.
 *
 * (N, C, H, W) -> (N, filters, H/stride, W/stride). Parameters as in torchvision's MobileNetV2: `name.conv.0.0.weight`, ...
 * Source: M. Sandler et al., MobileNetV2, arXiv:1801.04381.
 */
export function invertedResidual(net: Network, x: Value, options: InvertedResidualOptions): Value {
  const { name, filters, stride = 1, expansion = 6, kernel = 3, activation = 'relu6', squeeze } = options;
  const layer = title('InvertedResidual', name);
  const { channels } = imageDims(layer, x);
  const middle = channels * whole(layer, 'expansion', expansion);
  const padding = Math.floor(whole(layer, 'kernel', kernel) / 2);
  const branch = (input: Value): Value => {
    let y = input;
    let part = 0;
    if (expansion > 1) {
      y = net.scope(String(part++), () => convNormActivation(net, y, { filters: middle, kernel: 1, activation }));
    }
    y = net.scope(String(part++), () =>
      convNormActivation(net, y, { filters: middle, kernel, stride, padding, groups: middle, activation }),
    );
    if (squeeze !== undefined) {
      const inside = Math.max(1, Math.round(middle / whole(layer, 'squeeze', squeeze)));
      y = squeezeExcite(net, y, { name: String(part++), channels: inside });
    }
    y = conv2d(net, y, { name: String(part++), filters, kernel: 1, bias: false, init: heNormal({ mode: 'out' }) });
    return batchNorm(net, y, { name: String(part) });
  };
  return net.scope(`${name}.conv`, () => (stride === 1 && channels === filters ? residual(net, x, branch) : branch(x)));
}
