import { float, type Value } from '../onnx/assembler.js';
import { activate } from './activations.js';
import { imageDims, known, misfit, ranked, refuse, title, whole } from './checks.js';
import { ones, zeros, type Initializer } from './initializers.js';
import type { Network } from './network.js';

/** Options that all the norms share. */
export interface NormOptions {
  readonly name?: string;
  /** Added to the variance, 1e-5 unless told. */
  readonly epsilon?: number;
  /** First values of the scale; ones unless told. */
  readonly init?: Initializer;
  readonly activation?: string;
}

export interface BatchNormOptions extends NormOptions {
  /** Share of the running statistics that a training step keeps: ONNX's momentum, 1 minus torch's. 0.9 unless told. */
  readonly momentum?: number;
}

function settings(layer: string, options: BatchNormOptions): { readonly epsilon: number; readonly momentum: number } {
  const { epsilon = 1e-5, momentum = 0.9 } = options;
  if (!(epsilon > 0 && epsilon < 1)) refuse(layer, `epsilon must lie between 0 and 1, ${epsilon} received.`);
  if (!(momentum >= 0 && momentum <= 1)) refuse(layer, `momentum must lie in [0, 1], ${momentum} received.`);
  return { epsilon, momentum };
}

const scaleAndShift = (
  net: Network,
  name: string,
  dims: readonly number[],
  init: Initializer = ones,
): readonly [Value, Value] => [net.parameter(`${name}.weight`, dims, init), net.parameter(`${name}.bias`, dims, zeros)];

/**
 * y = weight (x - running mean) / sqrt(running variance + epsilon) + bias, per channel.
 *
 * (N, C, ...) -> the same. Parameters `name.weight`, `name.bias`; statistics `name.running_mean`, `name.running_var`, all (C).
 * The node is in inference mode; the training step puts it in training mode and returns new statistics.
 * Source: S. Ioffe and C. Szegedy, arXiv:1502.03167.
 */
export function batchNorm(net: Network, x: Value, options: BatchNormOptions = {}): Value {
  const name = net.layerName('bn', options.name);
  const layer = title('BatchNorm', name);
  const shape = ranked(layer, x, [2, 3, 4], '(N, C), (N, C, L) or (N, C, H, W)');
  const channels = known(layer, 'the number of channels', shape[1]);
  const { epsilon, momentum } = settings(layer, options);
  const [weight, bias] = scaleAndShift(net, name, [channels], options.init);
  const mean = net.parameter(`${name}.running_mean`, [channels], zeros);
  const variance = net.parameter(`${name}.running_var`, [channels], ones);
  const attributes = { epsilon: float(epsilon), momentum: float(momentum) };
  const y = net.op('BatchNormalization', [x, weight, bias, mean, variance], attributes, { name });
  return activate(net, y, options.activation);
}

/**
 * y = weight (x - mean) / sqrt(variance + epsilon) + bias, with the mean and variance of each row over the last axis.
 *
 * (..., D) -> the same. Parameters `name.weight`, `name.bias`, both (D). Source: J. L. Ba et al., arXiv:1607.06450.
 */
export function layerNorm(net: Network, x: Value, options: NormOptions = {}): Value {
  const name = net.layerName('norm', options.name);
  const layer = title('LayerNorm', name);
  const shape = ranked(layer, x, [2, 3, 4], 'rows, sequences or images');
  const size = known(layer, 'the size of the last axis', shape.at(-1));
  const { epsilon } = settings(layer, options);
  const [weight, bias] = scaleAndShift(net, name, [size], options.init);
  const y = net.op('LayerNormalization', [x, weight, bias], { axis: -1, epsilon: float(epsilon) }, { name });
  return activate(net, y, options.activation);
}

/**
 * As {@link layerNorm}, with the mean and variance of each image and channel over its pixels.
 *
 * (N, C, H, W) -> the same. Parameters `name.weight`, `name.bias`, both (C). Source: D. Ulyanov et al., arXiv:1607.08022.
 */
export function instanceNorm(net: Network, x: Value, options: NormOptions = {}): Value {
  const name = net.layerName('norm', options.name);
  const layer = title('InstanceNorm', name);
  const { channels } = imageDims(layer, x);
  const { epsilon } = settings(layer, options);
  const [weight, bias] = scaleAndShift(net, name, [channels], options.init);
  const y = net.op('InstanceNormalization', [x, weight, bias], { epsilon: float(epsilon) }, { name });
  return activate(net, y, options.activation);
}

/**
 * As {@link layerNorm}, with the mean and variance of each image over the pixels of a group of neighbouring channels.
 *
 * (N, C, H, W) -> the same. Parameters `name.weight`, `name.bias`, both (C). `groups` divides C.
 * Source: Y. Wu and K. He, arXiv:1803.08494.
 */
export function groupNorm(net: Network, x: Value, options: NormOptions & { readonly groups: number }): Value {
  const name = net.layerName('norm', options.name);
  const layer = title('GroupNorm', name);
  const { channels } = imageDims(layer, x);
  const groups = whole(layer, 'groups', options.groups);
  if (channels % groups !== 0) refuse(layer, `groups must divide ${channels} channels, ${groups} received.`);
  const { epsilon } = settings(layer, options);
  const [weight, bias] = scaleAndShift(net, name, [channels], options.init);
  const { graph } = net;
  const grouped = graph.reshape(x, [0, groups, -1]);
  // Constants by node, not by initializer: an initializer in these places would be trained.
  const one = fixed(net, groups, 1);
  const zero = fixed(net, groups, 0);
  const normal = net.op('InstanceNormalization', [grouped, one, zero], { epsilon: float(epsilon) }, { name });
  const shaped = net.reshape(normal, x.shape ?? misfit(layer, 'the rank is not known.'), x);
  const scaled = net.op('Mul', [shaped, graph.reshape(weight, [channels, 1, 1])]);
  return activate(net, net.op('Add', [scaled, graph.reshape(bias, [channels, 1, 1])]), options.activation);
}

/** A vector that is part of a formula. */
function fixed(net: Network, length: number, value: number): Value {
  const data = new Float32Array(length).fill(value);
  return net.graph.op('Constant', [], { value: { kind: 'tensor', value: { type: 'float32', dims: [length], data } } });
}
