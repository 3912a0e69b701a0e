/** Networks of texts, alone or beside pictures. */
import { dense } from '../nn/dense.js';
import { classifier } from '../nn/head.js';
import { Network } from '../nn/network.js';
import { gru, lstm } from '../nn/recurrent.js';
import { embedding, paddingMask, positionEmbedding, sequenceMean } from '../nn/sequence.js';
import { transformerBlock } from '../nn/attention.js';
import { MessierError } from '../core/errors.js';
import type { Value } from '../onnx/assembler.js';
import type { Model } from '../onnx/types.js';
import { pictureBranch } from './apod-cnn.js';

/** What reads the words. */
export const textBranches = ['lstm', 'gru', 'transformer'] as const;
export type TextBranch = (typeof textBranches)[number];

export interface TextNetworkOptions {
  /** At least 2. */
  readonly classes: number;
  readonly branch: TextBranch;
  /** Rows of the embedding, padding and the unknown word included. */
  readonly vocabulary: number;
  /** Words of a text. */
  readonly length: number;
  /** Numbers that stand for a word. */
  readonly embedding: number;
  /** Of the recurrent layer, or of the hidden layer of the transformer. */
  readonly units: number;
  /** Pictures beside the texts; none unless told. */
  readonly image?: { readonly channels: number; readonly size: number } | undefined;
  /** Dropout before the dense layer, 0 unless told. */
  readonly dropout?: number | undefined;
  /** Determines the first weights, 0 unless told. */
  readonly seed?: number | undefined;
}

/** A transformer reads words with this many heads. */
const heads = 4;

/**
 * Classifies texts: `tokens` int64 (N, length) -> `logits` (N, classes); or pictures with texts: also `image` float32 (N, channels, size, size).
 *
 * Texts: embedding, then an LSTM or GRU whose last state before the padding counts, or one layer of a transformer whose mean over the words
 * counts; the padding is masked. Pictures: {@link pictureBranch}. Both side by side, a dense layer of 64, the classifier.
 *
 * @throws MessierError `model/option` where a transformer's embedding has no 4 equal parts, and what the layers throw.
 *
 * @example
 * const model = createTextNetwork({ classes: 4, branch: 'lstm', vocabulary: 10_000, length: 200, embedding: 128, units: 64, image: { channels: 3, size: 224 } });
 */
export function createTextNetwork(options: TextNetworkOptions): Model {
  const { classes, branch, image, length, dropout = 0, seed = 0 } = options;
  const net = new Network({ seed });
  const pictures = image && pictureBranch(net, net.image({ channels: image.channels, height: image.size, width: image.size }));
  const words = textBranch(net, net.tokens({ length }), options);
  const both = pictures ? net.graph.concat([pictures, words], 1) : words;
  const x = dense(net, both, { name: 'dense2', units: 64, activation: 'relu' });
  classifier(net, x, { name: 'fc', classes, dropout });
  const name = pictures ? `cnn-${branch}` : branch;
  return net.build({ name, metadata: { 'messier.architecture': name, 'messier.seed': String(seed) } });
}

/** (N, length) -> (N, units or embedding). */
function textBranch(net: Network, tokens: Value, options: TextNetworkOptions): Value {
  const { branch, vocabulary, units } = options;
  const mask = paddingMask(net, tokens);
  const x = embedding(net, tokens, { name: 'embedding', vocabulary, size: options.embedding });
  if (branch === 'lstm') return lstm(net, x, { name: 'lstm', units, mask });
  if (branch === 'gru') return gru(net, x, { name: 'gru', units, mask });
  if (options.embedding % heads !== 0) {
    throw new MessierError(
      'model/option',
      `A transformer's embedding is divided by ${heads} heads: a multiple of ${heads} expected, ${options.embedding} received.`,
    );
  }
  const placed = positionEmbedding(net, x, { name: 'position' });
  const read = transformerBlock(net, placed, { name: 'transformer', heads, hidden: units, mask });
  return sequenceMean(net, read, { mask });
}
