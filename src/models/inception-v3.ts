/**
 * Inception, third version: C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens, Z. Wojna, Rethinking the Inception architecture for
 * computer vision, CVPR 2016, arXiv:1512.00567. Names and geometry are those of torchvision
 * (https://github.com/pytorch/vision/blob/main/torchvision/models/inception.py), so that its weights can be loaded.
 *
 * The auxiliary classifier, which serves training from scratch only, is left out: tensors named `AuxLogits.*` in a weight file have no
 * place here. torchvision's pretrained weights expect pixels in [-1, 1] (mean 0.5, deviation 0.5); its option `transform_input`, which
 * turns ImageNet's normalisation into that one, belongs to preprocessing and is no part of the graph.
 */
import { conv2d } from '../nn/convolution.js';
import { classifier } from '../nn/head.js';
import { truncatedNormal, uniform } from '../nn/initializers.js';
import type { Network } from '../nn/network.js';
import { batchNorm } from '../nn/normalization.js';
import { averagePool, globalAveragePool, maxPool } from '../nn/pooling.js';
import type { Pair } from '../nn/windows.js';
import type { Value } from '../onnx/assembler.js';
import type { Architecture } from './architecture.js';

/** The program behind the paper cuts at two deviations; torchvision's cut at ±2 is twenty of them, too far to matter. */
const init = truncatedNormal({ deviation: 0.1 });

type Step = (x: Value) => Value;

/** What the modules are made of. A branch is a chain of steps; branches are joined along the channels. */
class Parts {
  constructor(private readonly net: Network) {}

  /** Convolution, batch norm, ReLU. */
  conv(name: string, filters: number, kernel: Pair, options: { readonly stride?: number; readonly padding?: Pair } = {}): Step {
    const { stride = 1, padding = 0 } = options;
    return (x) =>
      this.net.scope(name, () => {
        const y = conv2d(this.net, x, { name: 'conv', filters, kernel, stride, padding, bias: false, init });
        return batchNorm(this.net, y, { name: 'bn', epsilon: 1e-3, activation: 'relu' });
      });
  }

  /** A convolution that keeps the sides. */
  same(name: string, filters: number, kernel: Pair): Step {
    const [rows, columns] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
    return this.conv(name, filters, kernel, { padding: [(rows - 1) / 2, (columns - 1) / 2] });
  }

  /** A 3x3 convolution that halves the sides. */
  halve(name: string, filters: number): Step {
    return this.conv(name, filters, 3, { stride: 2 });
  }

  maxPool(): Step {
    return (x) => maxPool(this.net, x, { size: 3, stride: 2 });
  }

  averagePool(): Step {
    return (x) => averagePool(this.net, x, { size: 3, stride: 1, padding: 1, countPadding: true });
  }

  /** Each branch for itself from the same x. */
  join(...branches: readonly (readonly Step[])[]): Step {
    const run = (x: Value, steps: readonly Step[]): Value => steps.reduce((y, step) => step(y), x);
    return (x) => this.net.op('Concat', [...branches.map((steps) => run(x, steps))], { axis: 1 });
  }
}

type Module = (parts: Parts) => Step;

/** 1x1, 5x5, twice 3x3, and a pool, side by side. */
const a =
  (pooled: number): Module =>
  (p) =>
    p.join(
      [p.same('branch1x1', 64, 1)],
      [p.same('branch5x5_1', 48, 1), p.same('branch5x5_2', 64, 5)],
      [p.same('branch3x3dbl_1', 64, 1), p.same('branch3x3dbl_2', 96, 3), p.same('branch3x3dbl_3', 96, 3)],
      [p.averagePool(), p.same('branch_pool', pooled, 1)],
    );

/** Half the sides. */
const b: Module = (p) =>
  p.join(
    [p.halve('branch3x3', 384)],
    [p.same('branch3x3dbl_1', 64, 1), p.same('branch3x3dbl_2', 96, 3), p.halve('branch3x3dbl_3', 96)],
    [p.maxPool()],
  );

/** 7x7 convolutions as 1x7 and 7x1. */
const c =
  (width: number): Module =>
  (p) =>
    p.join(
      [p.same('branch1x1', 192, 1)],
      [p.same('branch7x7_1', width, 1), p.same('branch7x7_2', width, [1, 7]), p.same('branch7x7_3', 192, [7, 1])],
      [
        p.same('branch7x7dbl_1', width, 1),
        p.same('branch7x7dbl_2', width, [7, 1]),
        p.same('branch7x7dbl_3', width, [1, 7]),
        p.same('branch7x7dbl_4', width, [7, 1]),
        p.same('branch7x7dbl_5', 192, [1, 7]),
      ],
      [p.averagePool(), p.same('branch_pool', 192, 1)],
    );

/** Half the sides. */
const d: Module = (p) =>
  p.join(
    [p.same('branch3x3_1', 192, 1), p.halve('branch3x3_2', 320)],
    [
      p.same('branch7x7x3_1', 192, 1),
      p.same('branch7x7x3_2', 192, [1, 7]),
      p.same('branch7x7x3_3', 192, [7, 1]),
      p.halve('branch7x7x3_4', 192),
    ],
    [p.maxPool()],
  );

/** 1x3 beside 3x1: wide, for the smallest maps. */
const e: Module = (p) => {
  const split = (one: string, other: string): Step => p.join([p.same(one, 384, [1, 3])], [p.same(other, 384, [3, 1])]);
  return p.join(
    [p.same('branch1x1', 320, 1)],
    [p.same('branch3x3_1', 384, 1), split('branch3x3_2a', 'branch3x3_2b')],
    [p.same('branch3x3dbl_1', 448, 1), p.same('branch3x3dbl_2', 384, 3), split('branch3x3dbl_3a', 'branch3x3dbl_3b')],
    [p.averagePool(), p.same('branch_pool', 192, 1)],
  );
};

const modules: readonly (readonly [string, Module])[] = [
  ['Mixed_5b', a(32)],
  ['Mixed_5c', a(64)],
  ['Mixed_5d', a(64)],
  ['Mixed_6a', b],
  ['Mixed_6b', c(128)],
  ['Mixed_6c', c(160)],
  ['Mixed_6d', c(160)],
  ['Mixed_6e', c(192)],
  ['Mixed_7a', d],
  ['Mixed_7b', e],
  ['Mixed_7c', e],
];

/**
 * 23,834,568 parameters: torchvision's 27,161,264 less the 3,326,696 of the auxiliary classifier. Keras publishes 23,851,784: its
 * batch norms have no scale (17,216 fewer) and it counts running means and variances (34,432 more).
 */
export const inceptionV3: Architecture = {
  description: 'Inception modules of parallel convolutions, as in torchvision, without the auxiliary classifier.',
  citation: 'Szegedy et al., Rethinking the Inception Architecture for Computer Vision, CVPR 2016, arXiv:1512.00567.',
  parameters: 23_834_568,
  classes: 1000,
  channels: 3,
  height: 299,
  width: 299,
  dropout: 0.5,
  least: 75,
  build(net, image, { classes, dropout }) {
    const p = new Parts(net);
    const stem = [
      p.halve('Conv2d_1a_3x3', 32),
      p.conv('Conv2d_2a_3x3', 32, 3),
      p.same('Conv2d_2b_3x3', 64, 3),
      p.maxPool(),
      p.conv('Conv2d_3b_1x1', 80, 1),
      p.conv('Conv2d_4a_3x3', 192, 3),
      p.maxPool(),
    ];
    let x = stem.reduce((y, step) => step(y), image);
    for (const [name, module] of modules) x = net.scope(name, () => module(p)(x));
    const biasInit = uniform({ bound: 1 / Math.sqrt(2048) });
    return classifier(net, globalAveragePool(net, x), { name: 'fc', classes, dropout, init, biasInit });
  },
};
