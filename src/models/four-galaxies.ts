/**
 * The network of the four-class galaxy project (normal, ringed, merging, irregular) of the Codecademy course
 * "Build Deep Learning Models with TensorFlow", on pictures of Galaxy Zoo:
 * Conv2D(8, 3, strides 2) - MaxPooling2D(2) - Conv2D(8, 3, strides 2) - MaxPooling2D(2) - Flatten - Dense(16) - Dense(4).
 */
import { conv2d } from '../nn/convolution.js';
import { dense, flatten } from '../nn/dense.js';
import { classifier } from '../nn/head.js';
import { maxPool } from '../nn/pooling.js';
import type { Architecture } from './architecture.js';

/** 7,164 = 224 (conv1) + 584 (conv2) + 6,288 (dense1: 8 x 7 x 7 inputs) + 68 (dense2). */
export const fourGalaxies: Architecture = {
  description: 'Two small convolutions and two dense layers: the course network for four kinds of galaxies.',
  citation: 'Codecademy, Build Deep Learning Models with TensorFlow, project "Classifying galaxies".',
  parameters: 7164,
  classes: 4,
  channels: 3,
  height: 128,
  width: 128,
  dropout: 0,
  least: 21,
  build(net, image, { classes, dropout }) {
    let x = conv2d(net, image, { name: 'conv1', filters: 8, kernel: 3, stride: 2, activation: 'relu' });
    x = maxPool(net, x, { size: 2 });
    x = conv2d(net, x, { name: 'conv2', filters: 8, kernel: 3, stride: 2, activation: 'relu' });
    x = flatten(net, maxPool(net, x, { size: 2 }));
    x = dense(net, x, { name: 'dense1', units: 16, activation: 'relu' });
    return classifier(net, x, { name: 'dense2', classes, dropout });
  },
};
