import { describe, expect, it } from 'vitest';

import { conv2d, dense, globalAveragePool, Network, parameterCount } from '../nn/index.js';
import { createModel, modelNames, models, outlineModel } from './registry.js';
import { multiplyAdds } from './cost.js';

/** Billions at 224 (Inception: 299) pixels, from the tables of weights at https://pytorch.org/vision/stable/models.html ("GFLOPS"). */
const published = {
  resnet18: 1.81,
  resnet34: 3.66,
  resnet50: 4.09,
  vgg16: 15.47,
  'inception-v3': 5.71,
  'mobilenet-v2': 0.3,
  'mobilenet-v3-large': 0.22,
  'mobilenet-v3-small': 0.06,
  'efficientnet-b0': 0.39,
  'convnext-tiny': 4.46,
};

describe('multiplyAdds', () => {
  it.each(Object.entries(published))('of %s is the published %f billion', (name, billions) => {
    expect(Math.round((multiplyAdds(outlineModel(name)) ?? NaN) / 1e7) / 100).toBe(billions);
  });

  it('counts by hand', () => {
    const net = new Network();
    const x = conv2d(net, net.image({ height: 8, width: 8 }), { filters: 4, kernel: 3 });
    const maps = conv2d(net, x, { filters: 4, kernel: 1, groups: 2 });
    dense(net, globalAveragePool(net, maps), { units: 5 });
    const weight = net.parameter('table', [7, 2], (dims) => new Float32Array(dims[0]! * dims[1]!));
    net.output(net.graph.matmul(net.features({ size: 7 }), weight), 'row');
    net.output(net.graph.value('dense1:out'), 'dense');
    expect(multiplyAdds(net.build())).toBe(4 * 36 * 27 + 4 * 36 * 2 + 20 + 14);
  });

  it('is not known where the model takes any size', () => {
    const net = new Network();
    net.output(conv2d(net, net.image({ height: 'H', width: 'W' }), { filters: 4, kernel: 3 }), 'maps');
    expect(multiplyAdds(net.build())).toBeUndefined();
  });
});

describe('outlineModel', () => {
  it.each(modelNames())('counts %s', (name) => {
    expect(parameterCount(outlineModel(name))).toBe(models.get(name).parameters);
  });

  it.each(['four-galaxies', 'galaxy-cnn', 'mobilenet-v3-small', 'convnext-atto'])('is %s without its numbers', (name) => {
    const options = { height: 48, width: 48, classes: 3 };
    const [empty, full] = [outlineModel(name, options).graph, createModel(name, options).graph];
    const dims = (graph: typeof full): unknown[] =>
      [...graph.initializers].map(([key, tensor]) => [key, tensor.type, tensor.dims]);
    expect(dims(empty)).toEqual(dims(full));
    expect({ ...empty, initializers: 0 }).toEqual({ ...full, initializers: 0 });
  });

  it('draws what it is asked to, the same as elsewhere', () => {
    const some = outlineModel('resnet18', { classes: 4 }, (name) => name.startsWith('fc.')).graph.initializers;
    const all = createModel('resnet18', { classes: 4 }).graph.initializers;
    expect(some.get('fc.weight')).toEqual(all.get('fc.weight'));
    expect(some.get('conv1.weight')?.data).toEqual(new Float32Array(64 * 3 * 7 * 7));
  });
});
