/**
 * ConvNeXt: Z. Liu et al., A ConvNet for the 2020s, CVPR 2022, arXiv:2201.03545. Tiny is the paper's, atto and nano are those of timm
 * (https://github.com/huggingface/pytorch-image-models/blob/main/timm/models/convnext.py), the plain ones without `_ols`, whose 1x1
 * convolutions are the linear layers here. Names, for all of them, and first weights are those of torchvision
 * (https://github.com/pytorch/vision/blob/main/torchvision/models/convnext.py).
 */
import { residual } from '../nn/blocks.js';
import { conv2d, depthwiseConv2d } from '../nn/convolution.js';
import { dense } from '../nn/dense.js';
import { classifier } from '../nn/head.js';
import { constant, normal } from '../nn/initializers.js';
import type { Network } from '../nn/network.js';
import { layerNorm } from '../nn/normalization.js';
import { globalAveragePool } from '../nn/pooling.js';
import type { Value } from '../onnx/assembler.js';
import type { Architecture } from './architecture.js';

const epsilon = 1e-6;
const init = normal({ deviation: 0.02 });

/** (N, C, H, W) -> (N H W, C): a row a pixel. */
function rowsOf(net: Network, x: Value): Value {
  return net.graph.reshape(net.graph.transpose(x, [0, 2, 3, 1]), [-1, Number(x.shape?.[1])]);
}

/** (N H W, C) -> (N, C, H, W), the batch and the sides as those of `like`. */
function imageOf(net: Network, rows: Value, like: Value): Value {
  const [batch = 1, , height = 1, width = 1] = like.shape ?? [];
  const channels = rows.shape?.[1] ?? 1;
  return net.graph.transpose(net.reshape(rows, [batch, height, width, channels], like), [0, 3, 1, 2]);
}

/** Layer norm of each pixel's channels. */
function channelNorm(net: Network, x: Value, name: string): Value {
  return imageOf(net, layerNorm(net, rowsOf(net, x), { name, epsilon }), x);
}

/** x + scale · W₂ gelu(W₁ norm(depthwise 7x7 of x)), with one scale a channel, (C, 1, 1), which begins near zero. */
function block(net: Network, x: Value): Value {
  const channels = Number(x.shape?.[1]);
  const scale = net.parameter(net.layerName('scale', 'layer_scale'), [channels, 1, 1], constant(1e-6));
  const branch = (input: Value): Value => {
    const spatial = depthwiseConv2d(net, input, { name: '0', kernel: 7, padding: 3, init });
    const rows = layerNorm(net, rowsOf(net, spatial), { name: '2', epsilon });
    const wide = dense(net, rows, { name: '3', units: 4 * channels, init, activation: 'gelu' });
    const narrow = dense(net, wide, { name: '5', units: channels, init });
    return imageOf(net, net.op('Mul', [narrow, net.graph.reshape(scale, [channels])]), input);
  };
  return net.scope('block', () => residual(net, x, branch));
}

const convnext =
  (depths: readonly number[], widths: readonly number[]): Architecture['build'] =>
  (net, image, { classes, dropout }) => {
    let x = image;
    let feature = 0;
    for (const [stage, depth] of depths.entries()) {
      const filters = widths[stage] ?? 0;
      x = net.scope(`features.${feature++}`, () => {
        if (stage === 0) return channelNorm(net, conv2d(net, x, { name: '0', filters, kernel: 4, stride: 4, init }), '1');
        return conv2d(net, channelNorm(net, x, '0'), { name: '1', filters, kernel: 2, stride: 2, init });
      });
      for (let index = 0; index < depth; index++) x = net.scope(`features.${feature}.${index}`, () => block(net, x));
      feature++;
    }
    const features = layerNorm(net, globalAveragePool(net, x), { name: 'classifier.0', epsilon });
    return classifier(net, features, { name: 'classifier.2', classes, dropout, init });
  };

const shared = {
  classes: 1000,
  channels: 3,
  height: 224,
  width: 224,
  dropout: 0,
  least: 32,
} as const;

const paper = 'Liu et al., A ConvNet for the 2020s, CVPR 2022, arXiv:2201.03545';

export const convnextTiny: Architecture = {
  ...shared,
  description: 'ConvNeXt-T: depthwise 7x7 convolutions, layer norm and GELU, as in torchvision.',
  citation: `${paper}.`,
  parameters: 28_589_128,
  build: convnext([3, 3, 9, 3], [96, 192, 384, 768]),
};

export const convnextNano: Architecture = {
  ...shared,
  description: "ConvNeXt of half the parameters of the tiny one, timm's convnext_nano.",
  citation: `${paper}; Wightman, PyTorch Image Models, convnext_nano.`,
  parameters: 15_593_560,
  build: convnext([2, 2, 8, 2], [80, 160, 320, 640]),
};

export const convnextAtto: Architecture = {
  ...shared,
  description: "The smallest ConvNeXt of timm's first series, convnext_atto.",
  citation: `${paper}; Wightman, PyTorch Image Models, convnext_atto.`,
  parameters: 3_695_520,
  build: convnext([2, 2, 6, 2], [40, 80, 160, 320]),
};
