/**
 * MobileNetV3, large and small: A. Howard et al., Searching for MobileNetV3, ICCV 2019, arXiv:1905.02244. Names, first weights and
 * squeezed widths are those of torchvision (https://github.com/pytorch/vision/blob/main/torchvision/models/mobilenetv3.py).
 */
import { convNormActivation } from '../nn/blocks.js';
import { dense } from '../nn/dense.js';
import { classifier } from '../nn/head.js';
import { normal } from '../nn/initializers.js';
import { globalAveragePool } from '../nn/pooling.js';
import type { Architecture } from './architecture.js';
import { mobileBlock, roundedWidth } from './mobile-block.js';

/** Kernel, middle, filters, squeeze-and-excitation, activation, stride. */
type Row = readonly [number, number, number, boolean, 'relu' | 'hardSwish', number];

/** Table 1 of the paper. */
const large: readonly Row[] = [
  [3, 16, 16, false, 'relu', 1],
  [3, 64, 24, false, 'relu', 2],
  [3, 72, 24, false, 'relu', 1],
  [5, 72, 40, true, 'relu', 2],
  [5, 120, 40, true, 'relu', 1],
  [5, 120, 40, true, 'relu', 1],
  [3, 240, 80, false, 'hardSwish', 2],
  [3, 200, 80, false, 'hardSwish', 1],
  [3, 184, 80, false, 'hardSwish', 1],
  [3, 184, 80, false, 'hardSwish', 1],
  [3, 480, 112, true, 'hardSwish', 1],
  [3, 672, 112, true, 'hardSwish', 1],
  [5, 672, 160, true, 'hardSwish', 2],
  [5, 960, 160, true, 'hardSwish', 1],
  [5, 960, 160, true, 'hardSwish', 1],
];

/** Table 2 of the paper. */
const small: readonly Row[] = [
  [3, 16, 16, true, 'relu', 2],
  [3, 72, 24, false, 'relu', 2],
  [3, 88, 24, false, 'relu', 1],
  [5, 96, 40, true, 'hardSwish', 2],
  [5, 240, 40, true, 'hardSwish', 1],
  [5, 240, 40, true, 'hardSwish', 1],
  [5, 120, 48, true, 'hardSwish', 1],
  [5, 144, 48, true, 'hardSwish', 1],
  [5, 288, 96, true, 'hardSwish', 2],
  [5, 576, 96, true, 'hardSwish', 1],
  [5, 576, 96, true, 'hardSwish', 1],
];

/** torchvision's momentum is the share that a step adds. */
const norm = { epsilon: 0.001, momentum: 0.99 };

const mobilenetV3 =
  (rows: readonly Row[], hidden: number): Architecture['build'] =>
  (net, image, { classes, dropout }) => {
    const stem = { filters: 16, kernel: 3, stride: 2, padding: 1, activation: 'hardSwish', norm };
    let x = net.scope('features.0', () => convNormActivation(net, image, stem));
    for (const [index, [kernel, middle, filters, squeezed, activation, stride]] of rows.entries()) {
      const squeeze = { channels: roundedWidth(Math.floor(middle / 4)), activation: 'relu', gate: 'hardSigmoid' };
      const name = `features.${index + 1}`;
      x = mobileBlock(net, x, { name, middle, filters, kernel, stride, activation, norm, ...(squeezed ? { squeeze } : {}) });
    }
    const last = { filters: 6 * Number(x.shape?.[1]), kernel: 1, activation: 'hardSwish', norm };
    x = net.scope(`features.${rows.length + 1}`, () => convNormActivation(net, x, last));
    const init = normal({ deviation: 0.01 });
    const y = dense(net, globalAveragePool(net, x), { name: 'classifier.0', units: hidden, init, activation: 'hardSwish' });
    return classifier(net, y, { name: 'classifier.3', classes, dropout, init });
  };

const shared = {
  citation: 'Howard et al., Searching for MobileNetV3, ICCV 2019, arXiv:1905.02244.',
  classes: 1000,
  channels: 3,
  height: 224,
  width: 224,
  dropout: 0.2,
  least: 32,
} as const;

export const mobilenetV3Large: Architecture = {
  ...shared,
  description: 'MobileNetV3, large: inverted residuals with squeeze-and-excitation and hard swish, as in torchvision.',
  parameters: 5_483_032,
  build: mobilenetV3(large, 1280),
};

export const mobilenetV3Small: Architecture = {
  ...shared,
  description: 'MobileNetV3, small: a quarter of the operations of the large one, as in torchvision.',
  parameters: 2_542_856,
  build: mobilenetV3(small, 1024),
};
