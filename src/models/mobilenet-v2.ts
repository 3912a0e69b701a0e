/**
 * MobileNetV2 of width 1: M. Sandler et al., MobileNetV2: Inverted residuals and linear bottlenecks, CVPR 2018, arXiv:1801.04381.
 * Names and first weights are those of torchvision (https://github.com/pytorch/vision/blob/main/torchvision/models/mobilenetv2.py).
 */
import { convNormActivation, invertedResidual } from '../nn/blocks.js';
import { classifier } from '../nn/head.js';
import { normal } from '../nn/initializers.js';
import { globalAveragePool } from '../nn/pooling.js';
import type { Architecture } from './architecture.js';

/** Expansion, filters, blocks, stride of the first block: table 2 of the paper. */
const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

const build: Architecture['build'] = (net, image, { classes, dropout }) => {
  let feature = 0;
  const scope = (): string => `features.${feature++}`;
  const stem = { filters: 32, kernel: 3, stride: 2, padding: 1, activation: 'relu6' };
  let x = net.scope(scope(), () => convNormActivation(net, image, stem));
  for (const [expansion, filters, blocks, first] of stages) {
    for (let block = 0; block < blocks; block++) {
      x = invertedResidual(net, x, { name: scope(), filters, stride: block === 0 ? first : 1, expansion });
    }
  }
  x = net.scope(scope(), () => convNormActivation(net, x, { filters: 1280, kernel: 1, activation: 'relu6' }));
  const init = normal({ deviation: 0.01 });
  return classifier(net, globalAveragePool(net, x), { name: 'classifier.1', classes, dropout, init });
};

export const mobilenetV2: Architecture = {
  description: 'Inverted residuals with linear bottlenecks, as in torchvision: few operations, for phones and browsers.',
  citation: 'Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, CVPR 2018, arXiv:1801.04381.',
  parameters: 3_504_872,
  classes: 1000,
  channels: 3,
  height: 224,
  width: 224,
  dropout: 0.2,
  least: 32,
  build,
};
