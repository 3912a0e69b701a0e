import type { Value } from '../../src/onnx/assembler.js';
import {
  attention,
  classifier,
  dense,
  dropout,
  embedding,
  gru,
  layerNorm,
  lstm,
  paddingMask,
  positionEmbedding,
  sequenceMean,
  transformerBlock,
  type Network,
} from '../../src/nn/index.js';
import { sigmoid, gelu, plus, layerNormed, attended, type Case, type Weights } from './layer-case.js';
import { gruStates, lstmStates } from './plain-recurrent.js';
import { rowTimes, type Matrix, type Vector } from './plain-layers.js';

const visible = [true, true, true, true, true];

const words = (net: Network, x: Value): Value => embedding(net, x, { name: 'e', vocabulary: 6, size: 3 });

/** The words of a text up to its last. */
const read = (x: Vector, w: Weights): Matrix =>
  x.slice(0, x.findLastIndex((token) => token !== 0) + 1).map((token) => w.matrix('e.weight')[token]!);

/** Layers on rows (6), sequences (5, 8) and tokens (5). */
export const sequenceLayers: readonly Case[] = [
  {
    layer: 'dense',
    about: 'rows',
    input: 'row',
    build: (net, x) => dense(net, x, { name: 'd', units: 4, activation: 'sigmoid' }),
    plain: (x: Vector, w) => rowTimes(x, w.matrix('d.weight'), w.vector('d.bias')).map(sigmoid),
  },
  {
    layer: 'dense',
    about: 'sequences, without bias',
    input: 'sequence',
    build: (net, x) => dense(net, x, { name: 'd', units: 3, bias: false }),
    plain: (x: Matrix, w) => x.map((row) => rowTimes(row, w.matrix('d.weight'))),
  },
  {
    layer: 'layerNorm',
    about: 'sequences',
    input: 'sequence',
    build: (net, x) => layerNorm(net, x, { name: 'n' }),
    plain: (x: Matrix, w) => x.map((row) => layerNormed(row, w, 'n')),
  },
  {
    layer: 'dropout',
    about: 'outside training',
    input: 'row',
    build: (net, x) => dropout(net, x, { ratio: 0.5 }),
    plain: (x: Vector) => x,
  },
  {
    layer: 'embedding',
    about: 'rows of a table',
    input: 'tokens',
    build: (net, x) => embedding(net, x, { name: 'e', vocabulary: 6, size: 3 }),
    plain: (x: Vector, w) => x.map((token) => w.matrix('e.weight')[token]),
  },
  {
    layer: 'positionEmbedding',
    about: 'sum',
    input: 'tokens',
    build: (net, x) => positionEmbedding(net, embedding(net, x, { name: 'e', vocabulary: 6, size: 3 }), { name: 'p' }),
    plain: (x: Vector, w) =>
      plus(
        x.map((token) => w.matrix('e.weight')[token]!),
        w.matrix('p.weight'),
      ),
  },
  {
    layer: 'paddingMask',
    about: 'as numbers',
    input: 'tokens',
    build: (net, x) => net.graph.cast(paddingMask(net, x), 'float32'),
    plain: (x: Vector) => x.map((token) => (token === 0 ? 0 : 1)),
  },
  {
    layer: 'sequenceMean',
    about: 'words only',
    input: 'tokens',
    build: (net, x) => sequenceMean(net, embedding(net, x, { name: 'e', vocabulary: 6, size: 3 }), { mask: paddingMask(net, x) }),
    plain: (x: Vector, w) => {
      const words = x.filter((token) => token !== 0);
      return [0, 1, 2].map((d) => words.reduce((total, token) => total + w.matrix('e.weight')[token]![d]!, 0) / words.length);
    },
  },
  {
    layer: 'lstm',
    about: 'the last state',
    input: 'sequence',
    build: (net, x) => lstm(net, x, { name: 'l', units: 3 }),
    plain: (x: Matrix, w) => lstmStates(x, w, 'l').at(-1),
  },
  {
    layer: 'lstm',
    about: 'all states in both directions',
    input: 'sequence',
    build: (net, x) => lstm(net, x, { name: 'l', units: 3, bidirectional: true, sequence: true }),
    plain: (x: Matrix, w) => {
      const back = lstmStates([...x].reverse(), w, 'l', 1).reverse();
      return lstmStates(x, w, 'l').map((state, place) => [...state, ...back[place]!]);
    },
  },
  {
    layer: 'lstm',
    about: 'up to the last word',
    input: 'tokens',
    build: (net, x) => lstm(net, words(net, x), { name: 'l', units: 4, mask: paddingMask(net, x) }),
    plain: (x: Vector, w) => lstmStates(read(x, w), w, 'l').at(-1),
  },
  {
    layer: 'gru',
    about: 'the last state',
    input: 'sequence',
    build: (net, x) => gru(net, x, { name: 'g', units: 3 }),
    plain: (x: Matrix, w) => gruStates(x, w, 'g').at(-1),
  },
  {
    layer: 'gru',
    about: 'all states, up to the last word',
    input: 'tokens',
    build: (net, x) => gru(net, words(net, x), { name: 'g', units: 4, mask: paddingMask(net, x), sequence: true }),
    plain: (x: Vector, w) => {
      const states = gruStates(read(x, w), w, 'g');
      return x.map((_, place) => states[place] ?? [0, 0, 0, 0]);
    },
  },
  {
    layer: 'gru',
    about: 'rows of given lengths, from both ends',
    input: 'tokens',
    build: (net, x) => {
      const lengths = net.graph.reduceSum(net.graph.cast(paddingMask(net, x), 'int64'), [1], false);
      return gru(net, words(net, x), { name: 'g', units: 2, lengths, bidirectional: true });
    },
    plain: (x: Vector, w) => {
      const rows = x.slice(0, x.filter((token) => token !== 0).length).map((token) => w.matrix('e.weight')[token]!);
      return [...gruStates(rows, w, 'g').at(-1)!, ...gruStates([...rows].reverse(), w, 'g', 1).at(-1)!];
    },
  },
  {
    layer: 'attention',
    about: 'two heads',
    input: 'sequence',
    build: (net, x) => attention(net, x, { name: 'a', heads: 2 }),
    plain: (x: Matrix, w) => attended(x, w, 'a', 2, visible),
  },
  {
    layer: 'attention',
    about: 'padding is not attended to',
    input: 'tokens',
    build: (net, x) =>
      attention(net, embedding(net, x, { name: 'e', vocabulary: 6, size: 4 }), {
        name: 'a',
        heads: 2,
        mask: paddingMask(net, x),
      }),
    plain: (x: Vector, w) => {
      const rows = x.map((token) => w.matrix('e.weight')[token]!);
      return attended(
        rows,
        w,
        'a',
        2,
        x.map((token) => token !== 0),
      );
    },
  },
  {
    layer: 'transformerBlock',
    about: 'norms first, GELU',
    input: 'sequence',
    build: (net, x) => transformerBlock(net, x, { name: 't', heads: 4, hidden: 6, dropout: 0.1 }),
    plain: (x: Matrix, w) => {
      const seen = attended(
        x.map((row) => layerNormed(row, w, 't.norm1')),
        w,
        't.self_attn',
        4,
        visible,
      );
      const middle = plus(x, seen);
      const wide = middle.map((row) =>
        rowTimes(layerNormed(row, w, 't.norm2'), w.matrix('t.linear1.weight'), w.vector('t.linear1.bias')).map(gelu),
      );
      return plus(
        middle,
        wide.map((row) => rowTimes(row, w.matrix('t.linear2.weight'), w.vector('t.linear2.bias'))),
      );
    },
  },
  {
    layer: 'classifier',
    about: 'logits',
    input: 'row',
    build: (net, x) => classifier(net, x, { classes: 3, dropout: 0.1 }),
    plain: (x: Vector, w) => rowTimes(x, w.matrix('fc.weight'), w.vector('fc.bias')),
  },
];
