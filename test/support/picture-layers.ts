import {
  adaptiveAveragePool,
  averagePool,
  batchNorm,
  conv2d,
  convNormActivation,
  depthwiseConv2d,
  flatten,
  globalAveragePool,
  globalMaxPool,
  groupNorm,
  instanceNorm,
  invertedResidual,
  maxPool,
  residual,
  squeezeExcite,
} from '../../src/nn/index.js';
import { plane, relu, relu6, sigmoid, each, plus, meanOf, batchNormed, type Case } from './layer-case.js';
import { convolve, normalizeGroups, pool, scale, type Picture } from './plain-layers.js';

/** A kernel (1, 3, 3) that adds up. */
const ones3 = (): Picture => [Array.from({ length: 3 }, () => [1, 1, 1])];

/** The mean of every pixel that lies, even in part, in one of rows x columns equal parts. */
const adaptive = (x: Picture, [rows, columns]: readonly [number, number]): Picture =>
  plane(x, (p) => {
    const touched = <T>(line: readonly T[], index: number, count: number): T[] =>
      line.filter((_, q) => (q + 1) * count > index * line.length && q * count < (index + 1) * line.length);
    return Array.from({ length: rows }, (_r, i) =>
      Array.from({ length: columns }, (_c, j) => meanOf(touched(p, i, rows).map((row) => touched(row, j, columns)))),
    );
  });

/** Layers on pictures (4, 7, 6). */
export const pictureLayers: readonly Case[] = [
  {
    layer: 'conv2d',
    about: 'valid, bias',
    input: 'picture',
    build: (net, x) => conv2d(net, x, { name: 'c', filters: 3, kernel: 3 }),
    plain: (x: Picture, w) => convolve(x, w.filters('c.weight'), w.vector('c.bias')),
  },
  {
    layer: 'conv2d',
    about: 'same with stride 2: the odd pixel at the end',
    input: 'picture',
    build: (net, x) => conv2d(net, x, { name: 'c', filters: 3, kernel: 3, stride: 2, padding: 'same', bias: false }),
    plain: (x: Picture, w) => convolve(x, w.filters('c.weight'), undefined, { stride: [2, 2], pads: [1, 0, 1, 1] }),
  },
  {
    layer: 'conv2d',
    about: 'groups, dilation, unequal sides, padding by number',
    input: 'picture',
    build: (net, x) =>
      conv2d(net, x, { name: 'c', filters: 6, kernel: [3, 2], dilation: [2, 1], stride: [1, 2], padding: [2, 1], groups: 2 }),
    plain: (x: Picture, w) =>
      convolve(x, w.filters('c.weight'), w.vector('c.bias'), { stride: [1, 2], dilation: [2, 1], pads: [2, 1, 2, 1] }, 2),
  },
  {
    layer: 'depthwiseConv2d',
    about: 'same, with ReLU',
    input: 'picture',
    build: (net, x) => depthwiseConv2d(net, x, { name: 'c', kernel: 3, padding: 'same', activation: 'relu' }),
    plain: (x: Picture, w) => each(convolve(x, w.filters('c.weight'), w.vector('c.bias'), { pads: [1, 1, 1, 1] }, 4), relu),
  },
  { layer: 'flatten', about: 'pictures', input: 'picture', build: flatten, plain: (x: Picture) => x.flat(2) },
  {
    layer: 'batchNorm',
    about: 'running statistics',
    input: 'picture',
    build: (net, x) => batchNorm(net, x, { name: 'n' }),
    plain: (x: Picture, w) => batchNormed(x, w, 'n'),
  },
  {
    layer: 'instanceNorm',
    about: 'pictures',
    input: 'picture',
    build: (net, x) => instanceNorm(net, x, { name: 'n' }),
    plain: (x: Picture, w) => normalizeGroups(x, 4, w.vector('n.weight'), w.vector('n.bias')),
  },
  {
    layer: 'groupNorm',
    about: 'two groups',
    input: 'picture',
    build: (net, x) => groupNorm(net, conv2d(net, x, { name: 'c', filters: 4, kernel: 1 }), { name: 'n', groups: 2 }),
    plain: (x: Picture, w) =>
      normalizeGroups(convolve(x, w.filters('c.weight'), w.vector('c.bias')), 2, w.vector('n.weight'), w.vector('n.bias')),
  },
  {
    layer: 'maxPool',
    about: 'overlapping, padded',
    input: 'picture',
    build: (net, x) => maxPool(net, x, { size: 3, stride: 2, padding: 1 }),
    plain: (x: Picture) => pool(x, [3, 3], { stride: [2, 2], pads: [1, 1, 1, 1] }, 'max'),
  },
  {
    layer: 'averagePool',
    about: 'same: padding does not count',
    input: 'picture',
    build: (net, x) => averagePool(net, x, { size: [2, 3], padding: 'same' }),
    plain: (x: Picture) => pool(x, [2, 3], { stride: [2, 3], pads: [0, 0, 1, 0] }, 'mean'),
  },
  {
    layer: 'averagePool',
    about: 'padding counts',
    input: 'picture',
    build: (net, x) => averagePool(net, x, { size: 3, stride: 1, padding: 1, countPadding: true }),
    plain: (x: Picture) => each(convolve(x, x.map(ones3), undefined, { pads: [1, 1, 1, 1] }, 4), (sum) => sum / 9),
  },
  {
    layer: 'adaptiveAveragePool',
    about: 'parts that overlap and that repeat',
    input: 'picture',
    build: (net, x) => adaptiveAveragePool(net, x, { size: [4, 9] }),
    plain: (x: Picture) => adaptive(x, [4, 9]),
  },
  {
    layer: 'adaptiveAveragePool',
    about: 'parts that divide the sides',
    input: 'picture',
    build: (net, x) => adaptiveAveragePool(net, x, { size: [7, 2] }),
    plain: (x: Picture) => pool(x, [1, 3], { stride: [1, 3], pads: [0, 0, 0, 0] }, 'mean'),
  },
  {
    layer: 'adaptiveAveragePool',
    about: 'as many parts as pixels',
    input: 'picture',
    build: (net, x) => adaptiveAveragePool(net, conv2d(net, x, { name: 'c', filters: 2, kernel: 1 }), { size: [7, 6] }),
    plain: (x: Picture, w) => convolve(x, w.filters('c.weight'), w.vector('c.bias')),
  },
  {
    layer: 'globalAveragePool',
    about: 'pictures',
    input: 'picture',
    build: globalAveragePool,
    plain: (x: Picture) => x.map(meanOf),
  },
  {
    layer: 'globalMaxPool',
    about: 'pictures',
    input: 'picture',
    build: globalMaxPool,
    plain: (x: Picture) => x.map((p) => Math.max(...p.flat())),
  },
  {
    layer: 'residual',
    about: 'with a shortcut',
    input: 'picture',
    build: (net, x) =>
      residual(net, x, (y) => conv2d(net, y, { name: 'a', filters: 3, kernel: 1 }), {
        shortcut: (y) => conv2d(net, y, { name: 'b', filters: 3, kernel: 1 }),
        activation: 'relu',
      }),
    plain: (x: Picture, w) =>
      each(
        plus(convolve(x, w.filters('a.weight'), w.vector('a.bias')), convolve(x, w.filters('b.weight'), w.vector('b.bias'))),
        relu,
      ),
  },
  {
    layer: 'convNormActivation',
    about: 'ReLU',
    input: 'picture',
    build: (net, x) => net.scope('block', () => convNormActivation(net, x, { filters: 3, kernel: 1, activation: 'relu' })),
    plain: (x: Picture, w) => each(batchNormed(convolve(x, w.filters('block.0.weight'), undefined), w, 'block.1'), relu),
  },
  {
    layer: 'squeezeExcite',
    about: 'two channels inside',
    input: 'picture',
    build: (net, x) => squeezeExcite(net, x, { name: 'se', channels: 2 }),
    plain: (x: Picture, w) => {
      const inside = convolve(
        x.map((p) => [[meanOf(p)]]),
        w.filters('se.fc1.weight'),
        w.vector('se.fc1.bias'),
      );
      const gates = each(convolve(each(inside, relu), w.filters('se.fc2.weight'), w.vector('se.fc2.bias')), sigmoid);
      return plane(x, (p, c) => scale(p, gates[c]![0]![0]!, 0));
    },
  },
  {
    layer: 'invertedResidual',
    about: 'with the sum',
    input: 'picture',
    build: (net, x) => invertedResidual(net, x, { name: 'b', filters: 4, expansion: 2 }),
    plain: (x: Picture, w) => {
      const wide = each(batchNormed(convolve(x, w.filters('b.conv.0.0.weight'), undefined), w, 'b.conv.0.1'), relu6);
      const deep = convolve(wide, w.filters('b.conv.1.0.weight'), undefined, { pads: [1, 1, 1, 1] }, 8);
      const narrow = convolve(each(batchNormed(deep, w, 'b.conv.1.1'), relu6), w.filters('b.conv.2.weight'), undefined);
      return plus(x, batchNormed(narrow, w, 'b.conv.3'));
    },
  },
  {
    layer: 'invertedResidual',
    about: 'stride 2, no expansion',
    input: 'picture',
    build: (net, x) => invertedResidual(net, x, { name: 'b', filters: 3, expansion: 1, stride: 2 }),
    plain: (x: Picture, w) => {
      const deep = convolve(x, w.filters('b.conv.0.0.weight'), undefined, { stride: [2, 2], pads: [1, 1, 1, 1] }, 4);
      const narrow = convolve(each(batchNormed(deep, w, 'b.conv.0.1'), relu6), w.filters('b.conv.1.weight'), undefined);
      return batchNormed(narrow, w, 'b.conv.2');
    },
  },
];
