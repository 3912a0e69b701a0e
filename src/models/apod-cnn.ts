/**
 * The picture branch of the hybrid network of image and text: three convolutions with ReLU and max-pool, flatten, a dense layer. Widths are
 * those that course notebooks of Keras begin with: 32, 64, 128 filters of 3x3, 128 units.
 */
import { conv2d } from '../nn/convolution.js';
import { dense, flatten } from '../nn/dense.js';
import { classifier } from '../nn/head.js';
import type { Network } from '../nn/network.js';
import { maxPool } from '../nn/pooling.js';
import type { Value } from '../onnx/assembler.js';
import type { Architecture } from './architecture.js';

/** (N, C, H, W) -> (N, 128). */
export function pictureBranch(net: Network, image: Value): Value {
  let x = image;
  for (const [index, filters] of [32, 64, 128].entries()) {
    x = conv2d(net, x, { name: `conv${index + 1}`, filters, kernel: 3, activation: 'relu' });
    x = maxPool(net, x, { size: 2 });
  }
  return dense(net, flatten(net, x), { name: 'dense1', units: 128, activation: 'relu' });
}

export const apodCnn: Architecture = {
  description: 'Three convolutions and a dense layer: the picture branch of the hybrid of image and text, alone.',
  citation: 'The picture branch of NASA-APOD-Images-Classification, a CNN + LSTM of students.',
  // 896 + 18,496 + 73,856 of the convolutions, 128 * 26 * 26 * 128 + 128 of the dense layer, 129 * 4 of the classifier.
  parameters: 11_169_476,
  classes: 4,
  channels: 3,
  height: 224,
  width: 224,
  dropout: 0,
  least: 22,
  build: (net, image, { classes, dropout }) => classifier(net, pictureBranch(net, image), { classes, dropout }),
};
