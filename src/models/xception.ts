/**
 * Xception: F. Chollet, Xception: deep learning with depthwise separable convolutions, CVPR 2017, arXiv:1610.02357, figure 5.
 * Names, first weights and geometry are those of timm's `legacy_xception`
 * (https://github.com/huggingface/pytorch-image-models/blob/main/timm/models/xception.py), so that its weights can be loaded: windows of
 * the pools are padded by one pixel on both sides, where Keras pads even sides at the end only, and batch norms add 1e-5, where Keras
 * adds 1e-3. Pixels are in [-1, 1] (mean 0.5, deviation 0.5).
 */
import { activate } from '../nn/activations.js';
import { residual } from '../nn/blocks.js';
import { conv2d, depthwiseConv2d } from '../nn/convolution.js';
import { classifier } from '../nn/head.js';
import { heNormal, kaimingUniform, uniform } from '../nn/initializers.js';
import type { Network } from '../nn/network.js';
import { batchNorm } from '../nn/normalization.js';
import { globalAveragePool, maxPool } from '../nn/pooling.js';
import type { Value } from '../onnx/assembler.js';
import type { Architecture } from './architecture.js';

const init = heNormal({ mode: 'out' });

/** A 3x3 convolution of each channel by itself, then one of kernel 1 across the channels. */
function separable(net: Network, x: Value, name: string, filters: number): Value {
  return net.scope(name, () => {
    const y = depthwiseConv2d(net, x, { name: 'conv1', kernel: 3, padding: 1, bias: false, init });
    return conv2d(net, y, { name: 'pointwise', filters, kernel: 1, bias: false, init });
  });
}

interface Block {
  readonly name: string;
  /** Channels after each separable convolution. */
  readonly widths: readonly number[];
  /** 2 halves the sides at the end. */
  readonly stride: 1 | 2;
  /** Whether a ReLU comes first. */
  readonly begins?: boolean;
}

/** Separable convolutions, each with a ReLU before and a batch norm behind, plus the input or a convolution of kernel 1 of it. */
function block(net: Network, x: Value, { name, widths, stride, begins = true }: Block): Value {
  const branch = (input: Value): Value =>
    net.scope('rep', () => {
      let y = input;
      let place = 0;
      for (const [index, width] of widths.entries()) {
        if (index > 0 || begins) {
          y = activate(net, y, 'relu');
          place++;
        }
        y = separable(net, y, String(place++), width);
        y = batchNorm(net, y, { name: String(place++) });
      }
      return stride === 1 ? y : maxPool(net, y, { size: 3, stride, padding: 1 });
    });
  const shortcut = (input: Value): Value => {
    const y = conv2d(net, input, { name: 'skip', filters: widths.at(-1) ?? 0, kernel: 1, stride, bias: false, init });
    return batchNorm(net, y, { name: 'skipbn' });
  };
  return net.scope(name, () => residual(net, x, branch, stride === 1 ? {} : { shortcut }));
}

const blocks: readonly Block[] = [
  { name: 'block1', widths: [128, 128], stride: 2, begins: false },
  { name: 'block2', widths: [256, 256], stride: 2 },
  { name: 'block3', widths: [728, 728], stride: 2 },
  ...Array.from({ length: 8 }, (_, index): Block => ({ name: `block${index + 4}`, widths: [728, 728, 728], stride: 1 })),
  { name: 'block12', widths: [728, 1024], stride: 2 },
];

/** 22,855,952 trainable parameters; Keras publishes 22,910,480, which counts 54,528 running means and variances. */
export const xception: Architecture = {
  description: 'Residual blocks of depthwise separable convolutions, as the legacy_xception of timm.',
  citation: 'Chollet, Xception: Deep Learning with Depthwise Separable Convolutions, CVPR 2017, arXiv:1610.02357.',
  parameters: 22_855_952,
  classes: 1000,
  channels: 3,
  height: 299,
  width: 299,
  // Section 4.4 of the paper.
  dropout: 0.5,
  least: 32,
  build(net, image, { classes, dropout }) {
    let x = conv2d(net, image, { name: 'conv1', filters: 32, kernel: 3, stride: 2, bias: false, init });
    x = batchNorm(net, x, { name: 'bn1', activation: 'relu' });
    x = conv2d(net, x, { name: 'conv2', filters: 64, kernel: 3, bias: false, init });
    x = batchNorm(net, x, { name: 'bn2', activation: 'relu' });
    for (const entry of blocks) x = block(net, x, entry);
    x = batchNorm(net, separable(net, x, 'conv3', 1536), { name: 'bn3', activation: 'relu' });
    x = batchNorm(net, separable(net, x, 'conv4', 2048), { name: 'bn4', activation: 'relu' });
    const biasInit = uniform({ bound: 1 / Math.sqrt(2048) });
    return classifier(net, globalAveragePool(net, x), { name: 'fc', classes, dropout, init: kaimingUniform(), biasInit });
  },
};
