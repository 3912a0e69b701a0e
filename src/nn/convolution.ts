import type { Value } from '../onnx/assembler.js';
import { activate } from './activations.js';
import { imageDims, refuse, title, whole } from './checks.js';
import { glorotUniform, zeros, type Initializer } from './initializers.js';
import type { Network } from './network.js';
import { checkFits, pair, windowAttributes, type Padding, type Pair, type Window } from './windows.js';

export interface ConvOptions {
  readonly name?: string;
  /** Output channels. */
  readonly filters: number;
  readonly kernel: Pair;
  /** 1 unless told. */
  readonly stride?: Pair;
  /** `valid` unless told. */
  readonly padding?: Padding;
  /** Distance of neighbouring kernel pixels, 1 unless told. */
  readonly dilation?: Pair;
  /** Parts that see only their own channels; as many as channels is a depthwise convolution. 1 unless told. */
  readonly groups?: number;
  /** Whether a bias is added; yes unless told. Leave it out before a batch norm. */
  readonly bias?: boolean;
  readonly init?: Initializer;
  readonly biasInit?: Initializer;
  readonly activation?: string;
}

/**
 * y[n,o,p] = bias[o] + Σ_c Σ_k weight[o,c,k] x[n,c, stride p + dilation k - pad]: two-dimensional convolution, without flipping.
 *
 * (N, C, H, W) -> (N, filters, H', W'). Parameters `name.weight` (filters, C/groups, kh, kw) and `name.bias` (filters).
 * Throws `nn/option` and `nn/shape`.
 */
export function conv2d(net: Network, x: Value, options: ConvOptions): Value {
  const name = net.layerName('conv', options.name);
  const layer = title('Conv', name);
  const { channels, spatial } = imageDims(layer, x);
  const filters = whole(layer, 'filters', options.filters);
  const groups = whole(layer, 'groups', options.groups ?? 1);
  if (channels % groups !== 0 || filters % groups !== 0) {
    refuse(layer, `groups must divide ${channels} input channels and ${filters} filters, ${groups} received.`);
  }
  const window: Window = {
    kernel: pair(layer, 'kernel', options.kernel),
    stride: pair(layer, 'stride', options.stride ?? 1),
    dilation: pair(layer, 'dilation', options.dilation ?? 1),
    padding: options.padding ?? 'valid',
  };
  checkFits(layer, spatial, window);
  const weight = net.parameter(`${name}.weight`, [filters, channels / groups, ...window.kernel], options.init ?? glorotUniform);
  const bias = options.bias === false ? undefined : net.parameter(`${name}.bias`, [filters], options.biasInit ?? zeros);
  const attributes = { ...windowAttributes(layer, spatial, window), ...(groups === 1 ? {} : { group: groups }) };
  return activate(net, net.op('Conv', [x, weight, bias], attributes, { name }), options.activation);
}

/** A convolution of each channel by itself; options as for {@link conv2d}, without filters and groups. */
export function depthwiseConv2d(net: Network, x: Value, options: Omit<ConvOptions, 'filters' | 'groups'>): Value {
  const { channels } = imageDims(title('Depthwise conv', options.name ?? ''), x);
  return conv2d(net, x, { ...options, filters: channels, groups: channels });
}
