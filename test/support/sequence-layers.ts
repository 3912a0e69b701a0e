import {
  attention,
  classifier,
  dense,
  dropout,
  embedding,
  layerNorm,
  paddingMask,
  positionEmbedding,
  sequenceMean,
  transformerBlock,
} from '../../src/nn/index.js';
import { sigmoid, gelu, plus, layerNormed, attended, type Case } from './layer-case.js';
import { rowTimes, type Matrix, type Vector } from './plain-layers.js';

const visible = [true, true, true, true, true];

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
