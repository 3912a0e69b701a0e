/**
 * EfficientNet-B0: M. Tan and Q. V. Le, EfficientNet: Rethinking model scaling for convolutional neural networks, ICML 2019,
 * arXiv:1905.11946. Names and first weights are those of torchvision
 * (https://github.com/pytorch/vision/blob/main/torchvision/models/efficientnet.py).
 */
import { convNormActivation } from '../nn/blocks.js';
import { classifier } from '../nn/head.js';
import { kaimingUniform } from '../nn/initializers.js';
import { globalAveragePool } from '../nn/pooling.js';
import type { Architecture } from './architecture.js';
import { mobileBlock } from './mobile-block.js';

/** Expansion, kernel, stride of the first block, filters, blocks: table 1 of the paper. */
const stages = [
  [1, 3, 1, 16, 1],
  [6, 3, 2, 24, 2],
  [6, 5, 2, 40, 2],
  [6, 3, 2, 80, 3],
  [6, 5, 1, 112, 3],
  [6, 5, 2, 192, 4],
  [6, 3, 1, 320, 1],
] as const;

const build: Architecture['build'] = (net, image, { classes, dropout }) => {
  const activation = 'silu';
  const stem = { filters: 32, kernel: 3, stride: 2, padding: 1, activation };
  let x = net.scope('features.0', () => convNormActivation(net, image, stem));
  for (const [stage, [expansion, kernel, first, filters, blocks]] of stages.entries()) {
    for (let block = 0; block < blocks; block++) {
      const inputs = Number(x.shape?.[1]);
      x = mobileBlock(net, x, {
        name: `features.${stage + 1}.${block}`,
        middle: inputs * expansion,
        filters,
        kernel,
        stride: block === 0 ? first : 1,
        activation,
        squeeze: { channels: Math.floor(inputs / 4), activation, gate: 'sigmoid' },
      });
    }
  }
  x = net.scope('features.8', () => convNormActivation(net, x, { filters: 1280, kernel: 1, activation }));
  // torchvision bounds the head's first weights by 1 / sqrt(classes), which is as much at 1000 classes and far too much at a few.
  const init = kaimingUniform();
  return classifier(net, globalAveragePool(net, x), { name: 'classifier.1', classes, dropout, init });
};

export const efficientnetB0: Architecture = {
  description: 'EfficientNet-B0: inverted residuals with squeeze-and-excitation and SiLU, as in torchvision.',
  citation: 'Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, ICML 2019, arXiv:1905.11946.',
  parameters: 5_288_548,
  classes: 1000,
  channels: 3,
  height: 224,
  width: 224,
  dropout: 0.2,
  least: 32,
  build,
};
