/**
 * VGG with 16 layers, without batch norm: K. Simonyan and A. Zisserman, Very deep convolutional networks for large-scale image
 * recognition, ICLR 2015, arXiv:1409.1556, configuration D. Names are those of torchvision
 * (https://github.com/pytorch/vision/blob/main/torchvision/models/vgg.py), so that its weights can be loaded. So are the first weights,
 * but the 124 million of the dense layers are uniform instead of normal, of the same deviation 0.01: five times as quick to draw.
 *
 * The dense layers read 7x7 maps. Pictures of 224x224 pixels have them; for other sizes {@link adaptiveAveragePool} makes them, so that
 * weights fit every size. The first dense layer holds three quarters of the parameters.
 */
import { conv2d } from '../nn/convolution.js';
import { dense, flatten } from '../nn/dense.js';
import { dropout as drop } from '../nn/dropout.js';
import { classifier } from '../nn/head.js';
import { heNormal, uniform } from '../nn/initializers.js';
import { adaptiveAveragePool, maxPool } from '../nn/pooling.js';
import type { Architecture } from './architecture.js';

/** Filters of the 3x3 convolutions; each stage ends with a max-pool. */
const stages = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
] as const;

export const vgg16: Architecture = {
  description: 'Thirteen 3x3 convolutions and three dense layers, as in torchvision; large and slow, a point of comparison.',
  citation: 'Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, arXiv:1409.1556.',
  parameters: 138_357_544,
  classes: 1000,
  channels: 3,
  height: 224,
  width: 224,
  dropout: 0.5,
  least: 32,
  build(net, image, { classes, dropout }) {
    let x = image;
    // torchvision counts convolutions, ReLUs and pools.
    let place = 0;
    for (const stage of stages) {
      for (const filters of stage) {
        const name = `features.${place}`;
        x = conv2d(net, x, { name, filters, kernel: 3, padding: 1, init: heNormal({ mode: 'out' }), activation: 'relu' });
        place += 2;
      }
      x = maxPool(net, x, { size: 2 });
      place++;
    }
    x = flatten(net, adaptiveAveragePool(net, x, { size: 7 }));
    const init = uniform({ bound: 0.01 * Math.sqrt(3) });
    x = dense(net, x, { name: 'classifier.0', units: 4096, init, activation: 'relu' });
    x = dense(net, drop(net, x, { ratio: dropout }), { name: 'classifier.3', units: 4096, init, activation: 'relu' });
    return classifier(net, x, { name: 'classifier.6', classes, dropout, init });
  },
};
