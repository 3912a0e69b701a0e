import type { Value } from '../onnx/assembler.js';
import { known, ranked, refuse, title, whole } from './checks.js';
import { affine, dense } from './dense.js';
import { dropout } from './dropout.js';
import { glorotUniform, kaimingUniform, zeros, type Initializer } from './initializers.js';
import type { Network } from './network.js';
import { layerNorm } from './normalization.js';
import { residual } from './blocks.js';
import { maskedSoftmax } from './sequence.js';

export interface AttentionOptions {
  readonly name?: string;
  /** Divides the size of x. */
  readonly heads: number;
  /** bool (N, L): places that may be attended to, as `paddingMask` makes it. All unless told. */
  readonly mask?: Value | undefined;
  /** Dropout of the attention weights, 0 unless told. */
  readonly dropout?: number;
  readonly init?: Initializer;
}

/**
 * Multi-head self-attention: softmax(Q Kᵀ / sqrt(d)) V in each head, the heads side by side, and one more dense layer.
 *
 * (N, L, D) -> the same; d = D / heads. Parameters as torch's `MultiheadAttention`: `name.in_proj_weight` (3D, D: Q, K, V),
 * `name.in_proj_bias` (3D), `name.out_proj.weight` (D, D), `name.out_proj.bias` (D).
 * Throws `nn/option` and `nn/shape`. Source: A. Vaswani et al., arXiv:1706.03762.
 */
export function attention(net: Network, x: Value, options: AttentionOptions): Value {
  const name = net.layerName('attention', options.name);
  const layer = title('Attention', name);
  const shape = ranked(layer, x, [3], 'sequences (N, L, D)');
  const size = known(layer, 'the size of the last axis', shape[2]);
  const heads = whole(layer, 'heads', options.heads);
  if (size % heads !== 0) refuse(layer, `heads must divide the size ${size}, ${heads} received.`);
  const width = size / heads;
  const { graph } = net;

  const init = options.init ?? glorotUniform;
  const into = {
    weight: net.parameter(`${name}.in_proj_weight`, [3 * size, size], init),
    bias: net.parameter(`${name}.in_proj_bias`, [3 * size], zeros),
  };
  const outOf = {
    weight: net.parameter(`${name}.out_proj.weight`, [size, size], options.init ?? kaimingUniform()),
    bias: net.parameter(`${name}.out_proj.bias`, [size], zeros),
  };
  const together = affine(net, x, { ...into, name: `${name}.in_proj` });
  const parts = graph.node(
    'Split',
    [together, graph.ints([size, size, size])],
    { axis: 2 },
    { name: `${name}.split`, outputs: 3 },
  );
  const byHead = (part: Value | undefined, order: readonly number[]): Value =>
    graph.transpose(graph.reshape(part ?? together, [0, 0, heads, width]), order);
  const queries = graph.mul(byHead(parts[0], [0, 2, 1, 3]), graph.scalar(1 / Math.sqrt(width)));
  const keys = byHead(parts[1], [0, 2, 3, 1]);
  const values = byHead(parts[2], [0, 2, 1, 3]);

  const scores = net.op('MatMul', [queries, keys], {}, { name: `${name}.scores` });
  const weights = dropout(net, maskedSoftmax(net, scores, options.mask), { ratio: options.dropout ?? 0 });
  const seen = net.op('MatMul', [weights, values], {}, { name: `${name}.heads` });
  const joined = graph.reshape(graph.transpose(seen, [0, 2, 1, 3]), [0, 0, size]);
  return affine(net, joined, { ...outOf, name: `${name}.out_proj` });
}

export interface TransformerOptions extends Omit<AttentionOptions, 'name'> {
  readonly name: string;
  /** Size of the layer between the two dense layers; 4 D unless told. */
  readonly hidden?: number;
  /** `gelu` unless told. */
  readonly activation?: string;
}

/**
 * x = x + attention(norm1(x)); x = x + linear2(activation(linear1(norm2(x)))): one layer of an encoder, norms first.
 *
 * (N, L, D) -> the same. Parameters as torch's `TransformerEncoderLayer`: `name.self_attn.*`, `linear1`, `linear2`, `norm1`, `norm2`.
 * Dropout acts on attention weights and on both branches. Source: R. Xiong et al., arXiv:2002.04745.
 */
export function transformerBlock(net: Network, x: Value, options: TransformerOptions): Value {
  const { name, hidden, activation = 'gelu', dropout: ratio = 0, ...rest } = options;
  const layer = title('TransformerBlock', name);
  const size = known(layer, 'the size of the last axis', ranked(layer, x, [3], 'sequences (N, L, D)')[2]);
  return net.scope(name, () => {
    const attended = residual(net, x, (y) => {
      const seen = attention(net, layerNorm(net, y, { name: 'norm1' }), { ...rest, name: 'self_attn', dropout: ratio });
      return dropout(net, seen, { ratio });
    });
    return residual(net, attended, (y) => {
      const wide = dense(net, layerNorm(net, y, { name: 'norm2' }), { name: 'linear1', units: hidden ?? 4 * size, activation });
      return dropout(net, dense(net, dropout(net, wide, { ratio }), { name: 'linear2', units: size }), { ratio });
    });
  });
}
