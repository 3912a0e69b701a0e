import type { Value } from '../onnx/assembler.js';
import { known, misfit, ranked, title, whole } from './checks.js';
import { truncatedNormal, type Initializer } from './initializers.js';
import type { Network } from './network.js';

/** The deviation of BERT's first embeddings. */
const small = truncatedNormal({ deviation: 0.02 });

/**
 * y[n,l] = weight[tokens[n,l]]: a row of a table for each word.
 *
 * int64 (N, L) -> (N, L, size). Parameter `name.weight` (vocabulary, size). Tokens lie in [0, vocabulary).
 */
export function embedding(
  net: Network,
  tokens: Value,
  options: { readonly name?: string; readonly vocabulary: number; readonly size: number; readonly init?: Initializer },
): Value {
  const name = net.layerName('embedding', options.name);
  const layer = title('Embedding', name);
  ranked(layer, tokens, [2], 'tokens (N, L)');
  if (tokens.type !== 'int64' && tokens.type !== 'int32')
    misfit(layer, `int64 or int32 tokens expected, ${tokens.type} received.`);
  const dims = [whole(layer, 'vocabulary', options.vocabulary), whole(layer, 'size', options.size)];
  const table = net.parameter(`${name}.weight`, dims, options.init ?? small);
  return net.op('Gather', [table, tokens], { axis: 0 }, { name });
}

/**
 * y[n,l] = x[n,l] + weight[l]: tells each place of a sequence by a learned vector.
 *
 * (N, L, D) -> the same; L must be known. Parameter `name.weight` (L, D). Source: arXiv:1810.04805.
 */
export function positionEmbedding(
  net: Network,
  x: Value,
  options: { readonly name?: string; readonly init?: Initializer } = {},
): Value {
  const name = net.layerName('position', options.name);
  const layer = title('PositionEmbedding', name);
  const shape = ranked(layer, x, [3], 'sequences (N, L, D)');
  const dims = [known(layer, 'the length', shape[1]), known(layer, 'the size', shape[2])];
  return net.op('Add', [x, net.parameter(`${name}.weight`, dims, options.init ?? small)], {}, { name });
}

/** Which tokens are words and which only fill the row: bool (N, L), true for words. `padding` is the number that fills, 0 unless told. */
export function paddingMask(net: Network, tokens: Value, options: { readonly padding?: number } = {}): Value {
  ranked('PaddingMask', tokens, [2], 'tokens (N, L)');
  const { graph } = net;
  return graph.not(graph.equal(tokens, graph.cast(graph.int(options.padding ?? 0), tokens.type)));
}

/**
 * The mean over the places of a sequence, of those under the mask where one is given; zeros for a row without any.
 *
 * (N, L, D) -> (N, D). `mask` is bool (N, L), as {@link paddingMask} makes it.
 */
export function sequenceMean(net: Network, x: Value, options: { readonly mask?: Value } = {}): Value {
  ranked('SequenceMean', x, [3], 'sequences (N, L, D)');
  const { graph } = net;
  if (!options.mask) return graph.reduceMean(x, [1], false);
  const weights = graph.unsqueeze(graph.cast(options.mask, 'float32'), [2]);
  const total = graph.reduceSum(graph.mul(x, weights), [1], false);
  return graph.div(total, graph.max(graph.reduceSum(weights, [1], false), graph.scalar(1)));
}

/** exp(scores) / Σ exp(scores) over the last axis, where places outside the mask (N, L) count nothing. `scores` is (N, heads, L, L). */
export function maskedSoftmax(net: Network, scores: Value, mask: Value | undefined): Value {
  const { graph } = net;
  if (!mask) return net.op('Softmax', [scores], { axis: -1 });
  ranked('Attention mask', mask, [2], 'bool (N, L)');
  const away = graph.where(graph.cast(mask, 'bool'), graph.scalar(0), graph.scalar(-1e9));
  return net.op('Softmax', [graph.add(scores, graph.unsqueeze(away, [1, 2]))], { axis: -1 });
}
