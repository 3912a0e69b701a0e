import { describe, expect, it } from 'vitest';
import type { Value } from '../onnx/assembler.js';
import {
  attention,
  averagePool,
  batchNorm,
  classifier,
  conv2d,
  dense,
  dropout,
  embedding,
  flatten,
  globalAveragePool,
  groupNorm,
  invertedResidual,
  layerNorm,
  maxPool,
  Network,
  paddingMask,
  parameterCount,
  positionEmbedding,
  residual,
  sequenceMean,
  transformerBlock,
  withProbabilities,
} from './index.js';

const image = (net: Network, channels = 3, height: number | string = 32): Value => net.image({ channels, height, width: height });

describe('Network', () => {
  it('names parameters by scope and layer, numbering layers without a name', () => {
    const net = new Network();
    let x = conv2d(net, image(net), { filters: 4, kernel: 3 });
    x = conv2d(net, x, { filters: 4, kernel: 3, bias: false });
    x = net.scope('head', () => batchNorm(net, conv2d(net, x, { filters: 4, kernel: 1 })));
    dense(net, globalAveragePool(net, x), { name: 'fc', units: 2 });
    expect([...net.build().graph.initializers.keys()]).toEqual([
      'conv1.weight',
      'conv1.bias',
      'conv2.weight',
      'head.conv1.weight',
      'head.conv1.bias',
      'head.bn1.weight',
      'head.bn1.bias',
      'head.bn1.running_mean',
      'head.bn1.running_var',
      'fc.weight',
      'fc.bias',
    ]);
  });

  it('draws the weights of a layer from the seed and its name, whatever stands before it', () => {
    const weights = (seed: number, before: boolean): string => {
      const net = new Network({ seed });
      let x = image(net, 4);
      if (before) x = conv2d(net, x, { name: 'first', filters: 4, kernel: 1 });
      conv2d(net, x, { name: 'second', filters: 4, kernel: 3 });
      return String(net.build().graph.initializers.get('second.weight')?.data);
    };
    expect(weights(1, true)).toBe(weights(1, false));
    expect(weights(2, false)).not.toBe(weights(1, false));
  });

  it('keeps sizes that are names, and the batch', () => {
    const net = new Network();
    let x = image(net, 3, 'S');
    x = conv2d(net, x, { filters: 4, kernel: 3, stride: 2, padding: 'same', activation: 'silu' });
    x = groupNorm(net, x, { groups: 2 });
    x = invertedResidual(net, x, { name: 'block', filters: 4, squeeze: 4 });
    x = maxPool(net, x, { size: 2 });
    expect(classifier(net, globalAveragePool(net, x), { classes: 3 }).shape).toEqual(['N', 3]);
  });

  it('builds a text classifier, with any length too', () => {
    for (const length of [12, 'L'] as const) {
      const net = new Network();
      const tokens = net.tokens({ length });
      const mask = paddingMask(net, tokens);
      let x = embedding(net, tokens, { vocabulary: 100, size: 8 });
      if (length !== 'L') x = positionEmbedding(net, x);
      x = transformerBlock(net, x, { name: 'block1', heads: 2, mask, dropout: 0.1 });
      const logits = classifier(net, sequenceMean(net, layerNorm(net, x), { mask }), { classes: 5 });
      expect(logits.shape).toEqual(['N', 5]);
      // table + places + attention + two norms + two dense layers + norm + head
      const places = length === 'L' ? 0 : 12 * 8;
      expect(parameterCount(net.build())).toBe(800 + places + 4 * 64 + 32 + 2 * 16 + (256 + 32) + (256 + 8) + 16 + 45);
    }
  });

  it('counts neither running statistics nor the constants of a group norm as parameters', () => {
    const net = new Network();
    groupNorm(net, batchNorm(net, conv2d(net, image(net), { filters: 4, kernel: 1 })), { groups: 2 });
    expect(parameterCount(net.build())).toBe(4 * 3 + 4 + 8 + 8);
    expect(parameterCount(net.build(), (name) => name.endsWith('.bias'))).toBe(4 + 8);
  });

  it('adds probabilities once, and only to a classifier', () => {
    const net = new Network();
    classifier(net, net.features({ size: 3 }), { classes: 2 });
    const model = withProbabilities(net.build());
    expect(model.graph.outputs.map((output) => output.name)).toEqual(['logits', 'probabilities']);
    expect(withProbabilities(model)).toBe(model);
    expect(() => withProbabilities(new Network().build())).toThrow(expect.objectContaining({ code: 'nn/head' }));
  });
});

const sequence = (net: Network, size = 8): Value => embedding(net, net.tokens({ length: 6 }), { vocabulary: 9, size });

/** What a user does, the code and what the message must tell. */
const mistakes: readonly (readonly [string, (net: Network) => unknown, string, RegExp])[] = [
  [
    'a name twice',
    (net) => [1, 2].map((which) => dense(net, net.features({ size: 2, name: `x${which}` }), { name: 'a', units: 1 })),
    'nn/duplicate-name',
    /"a".*scope/,
  ],
  [
    'no filters',
    (net) => conv2d(net, image(net), { name: 'stem', filters: 0, kernel: 3 }),
    'nn/option',
    /Conv "stem": filters .* at least 1, 0 received/,
  ],
  ['half a kernel', (net) => conv2d(net, image(net), { filters: 1, kernel: 1.5 }), 'nn/option', /kernel/],
  ['negative padding', (net) => conv2d(net, image(net), { filters: 1, kernel: 3, padding: -1 }), 'nn/option', /padding/],
  [
    'groups that do not divide',
    (net) => conv2d(net, image(net), { filters: 4, kernel: 3, groups: 2 }),
    'nn/option',
    /groups must divide 3 input channels and 4 filters, 2 received/,
  ],
  [
    'a kernel larger than the picture',
    (net) => conv2d(net, image(net, 3, 4), { filters: 1, kernel: 5 }),
    'nn/option',
    /5 pixels does not fit in 4/,
  ],
  ['a pool larger than the picture', (net) => maxPool(net, image(net, 3, 1), { size: 2 }), 'nn/option', /does not fit/],
  ['padding beyond the window', (net) => averagePool(net, image(net), { size: 2, padding: 2 }), 'nn/option', /at most half/],
  [
    'convolution after flatten',
    (net) => conv2d(net, flatten(net, image(net)), { filters: 1, kernel: 1 }),
    'nn/shape',
    /images \(N, C, H, W\) expected, \(N, 3072\) received. Put it before flatten/,
  ],
  [
    'dense without flatten',
    (net) => dense(net, image(net), { name: 'fc', units: 2 }),
    'nn/shape',
    /Dense "fc": .*received. Put flatten or globalAveragePool before it/,
  ],
  ['dense of unknown size', (net) => dense(net, flatten(net, image(net, 3, 'S')), { units: 2 }), 'nn/shape', /must be a number/],
  [
    'one class',
    (net) => classifier(net, net.features({ size: 2 }), { classes: 1 }),
    'nn/option',
    /classes .* at least 2, 1 received/,
  ],
  [
    'an unequal sum',
    (net) => residual(net, image(net), (x) => conv2d(net, x, { filters: 5, kernel: 1 })),
    'nn/shape',
    /\(N, 5, 32, 32\) and \(N, 3, 32, 32\)/,
  ],
  ['everything dropped', (net) => dropout(net, net.features({ size: 2 }), { ratio: 1 }), 'nn/option', /\[0, 1\), 1 received/],
  [
    'an unknown activation',
    (net) => dense(net, net.features({ size: 2 }), { units: 1, activation: 'rleu' }),
    'activation/unknown',
    /"relu"/,
  ],
  [
    'heads that do not divide',
    (net) => attention(net, sequence(net), { heads: 3 }),
    'nn/option',
    /heads must divide the size 8, 3 received/,
  ],
  [
    'groups of a norm that do not divide',
    (net) => groupNorm(net, image(net), { groups: 2 }),
    'nn/option',
    /groups must divide 3 channels/,
  ],
  ['a large epsilon', (net) => batchNorm(net, image(net), { epsilon: 2 }), 'nn/option', /epsilon/],
  [
    'words of floats',
    (net) => embedding(net, net.features({ size: 4 }), { vocabulary: 9, size: 2 }),
    'nn/shape',
    /int64 or int32 tokens expected, float32/,
  ],
  [
    'places of any length',
    (net) => positionEmbedding(net, embedding(net, net.tokens({ length: 'L' }), { vocabulary: 9, size: 2 })),
    'nn/shape',
    /the length must be a number/,
  ],
  ['an image without height', (net) => net.image({ height: 0, width: 3 }), 'nn/option', /Input "image": height/],
  [
    'a seed of 0.5',
    () => dense(new Network({ seed: 0.5 }), new Network().features({ size: 1 }), { units: 1 }),
    'random/seed',
    /whole number/,
  ],
];

describe('mistakes', () => {
  it.each(mistakes)('%s', (_what, build, code, message) => {
    expect(() => build(new Network())).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
    );
  });
});
