/**
 * Residual networks with 18, 34 and 50 layers: K. He, X. Zhang, S. Ren, J. Sun, Deep residual learning for image recognition,
 * CVPR 2016, arXiv:1512.03385. Names, first weights and the place of the strides are those of torchvision
 * (https://github.com/pytorch/vision/blob/main/torchvision/models/resnet.py), so that its weights can be loaded.
 */
import { residual } from '../nn/blocks.js';
import { conv2d } from '../nn/convolution.js';
import { classifier } from '../nn/head.js';
import { heNormal, kaimingUniform, uniform } from '../nn/initializers.js';
import type { Network } from '../nn/network.js';
import { batchNorm } from '../nn/normalization.js';
import { globalAveragePool, maxPool } from '../nn/pooling.js';
import type { Value } from '../onnx/assembler.js';
import type { Architecture } from './architecture.js';

interface Convolution {
  readonly name: string;
  readonly filters: number;
  readonly kernel: number;
  readonly stride?: number;
}

const convolution = (net: Network, x: Value, { name, filters, kernel, stride = 1 }: Convolution): Value =>
  conv2d(net, x, { name, filters, kernel, stride, padding: (kernel - 1) / 2, bias: false, init: heNormal({ mode: 'out' }) });

/** Makes `width` channels, or `width` times the expansion. */
type Branch = (net: Network, x: Value, width: number, stride: number) => Value;

const basic: Branch = (net, x, width, stride) => {
  let y = convolution(net, x, { name: 'conv1', filters: width, kernel: 3, stride });
  y = batchNorm(net, y, { name: 'bn1', activation: 'relu' });
  y = convolution(net, y, { name: 'conv2', filters: width, kernel: 3 });
  return batchNorm(net, y, { name: 'bn2' });
};

const bottleneck: Branch = (net, x, width, stride) => {
  let y = convolution(net, x, { name: 'conv1', filters: width, kernel: 1 });
  y = batchNorm(net, y, { name: 'bn1', activation: 'relu' });
  y = convolution(net, y, { name: 'conv2', filters: width, kernel: 3, stride });
  y = batchNorm(net, y, { name: 'bn2', activation: 'relu' });
  y = convolution(net, y, { name: 'conv3', filters: 4 * width, kernel: 1 });
  return batchNorm(net, y, { name: 'bn3' });
};

/** Convolution of kernel 1 and batch norm where the stride or the number of channels changes; x itself elsewhere. */
function shortcut(net: Network, x: Value, filters: number, stride: number): Value {
  if (stride === 1 && x.shape?.[1] === filters) return x;
  return net.scope('downsample', () => {
    return batchNorm(net, convolution(net, x, { name: '0', filters, kernel: 1, stride }), { name: '1' });
  });
}

function resnet(depths: readonly number[], branch: Branch, expansion: number): Architecture['build'] {
  return (net, image, { classes, dropout }) => {
    let x = convolution(net, image, { name: 'conv1', filters: 64, kernel: 7, stride: 2 });
    x = batchNorm(net, x, { name: 'bn1', activation: 'relu' });
    x = maxPool(net, x, { size: 3, stride: 2, padding: 1 });
    for (const [stage, depth] of depths.entries()) {
      const width = 64 * 2 ** stage;
      for (let block = 0; block < depth; block++) {
        const stride = stage > 0 && block === 0 ? 2 : 1;
        x = net.scope(`layer${stage + 1}.${block}`, () =>
          residual(net, x, (y) => branch(net, y, width, stride), {
            shortcut: (y) => shortcut(net, y, expansion * width, stride),
            activation: 'relu',
          }),
        );
      }
    }
    const init = kaimingUniform();
    const biasInit = uniform({ bound: 1 / Math.sqrt(512 * expansion) });
    return classifier(net, globalAveragePool(net, x), { name: 'fc', classes, dropout, init, biasInit });
  };
}

const shared = {
  citation: 'He et al., Deep Residual Learning for Image Recognition, CVPR 2016, arXiv:1512.03385.',
  classes: 1000,
  channels: 3,
  height: 224,
  width: 224,
  dropout: 0,
  least: 32,
} as const;

export const resnet18: Architecture = {
  ...shared,
  description: 'Residual network of 18 layers, as in torchvision.',
  parameters: 11_689_512,
  build: resnet([2, 2, 2, 2], basic, 1),
};

export const resnet34: Architecture = {
  ...shared,
  description: 'Residual network of 34 layers, as in torchvision.',
  parameters: 21_797_672,
  build: resnet([3, 4, 6, 3], basic, 1),
};

export const resnet50: Architecture = {
  ...shared,
  description: 'Residual network of 50 layers with bottlenecks, the stride at the 3x3 convolution, as in torchvision.',
  parameters: 25_557_032,
  build: resnet([3, 4, 6, 3], bottleneck, 4),
};
