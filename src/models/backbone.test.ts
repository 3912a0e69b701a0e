import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { smallCard, smallModel } from '../../test/support/deployed.js';
import { runModel } from '../../test/support/onnx-cases.js';
import { pattern } from '../../test/support/pattern.js';
import { findShared } from '../../test/support/shared-data.js';
import { MessierError } from '../core/errors.js';
import { loadModel } from '../formats/model-file.js';
import { classifier, conv2d, globalAveragePool, Network } from '../nn/index.js';
import { GraphBuilder } from '../onnx/builder.js';
import { isTensorInfo, type Model, type Tensor } from '../onnx/types.js';
import { writeModel } from '../onnx/write.js';
import { backboneOf, featureModel } from './backbone.js';
import { createModel, outlineModel } from './registry.js';
import { replaceHead } from './transfer.js';

const noise = (dims: readonly number[]): Tensor => ({ type: 'float32', dims, data: pattern('image', dims, 1, 0) });

async function run(model: Model, image: Tensor): Promise<Tensor[]> {
  return runModel(writeModel(model), [image]);
}

const shapeOf = (model: Model): unknown => [model.graph.inputs, model.graph.outputs];
const thrown = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error instanceof MessierError ? error.code : error;
  }
};

const file = findShared('weights', 'mobilenet_v2_imagenet.onnx');

describe.skipIf(!file)('backboneOf a foreign file', () => {
  const mobilenet = file ? loadModel(file) : createModel('four-galaxies');

  it('ends at its output of features, at its own size', async () => {
    const { model, ...rest } = backboneOf(mobilenet);
    expect(rest).toEqual({ channels: 3, height: 224, width: 224, size: 1280, anySize: true });
    expect(shapeOf(model)).toEqual([
      [{ name: 'image', type: 'float32', shape: ['N', 3, 224, 224] }],
      [{ name: 'features', type: 'float32', shape: ['N', 1280] }],
    ]);
    const image = noise([2, 3, 224, 224]);
    const [[features], [, expected]] = await Promise.all([run(model, image), run(mobilenet, image)]);
    expect(features).toEqual(expected);
  });

  it('takes another size, and a new head', async () => {
    const { model, height } = backboneOf(mobilenet, { height: 96, width: 128 });
    const classes = replaceHead(model, { classes: 6, at: 'features' });
    expect(height).toBe(96);
    const [logits] = await run(classes, noise([3, 3, 96, 128]));
    expect(logits?.dims).toEqual([3, 6]);
  });

  it('reads pictures whose channels come last', async () => {
    const g = new GraphBuilder({ opset: 17 });
    const pixels = g.input('input_1', 'float32', ['batch', 'rows', 'columns', 3]);
    g.transpose(pixels, [0, 3, 1, 2]);
    const inner = g.build();
    const turned: Model = {
      ...mobilenet,
      opsets: { '': 17 },
      graph: {
        ...mobilenet.graph,
        inputs: inner.graph.inputs,
        nodes: [...inner.graph.nodes.map((node) => ({ ...node, outputs: ['image'] })), ...mobilenet.graph.nodes],
      },
    };
    const image = noise([1, 3, 64, 64]);
    const options = { height: 64, width: 64 };
    const [features] = await run(backboneOf(turned, options).model, image);
    const [expected] = await run(backboneOf(mobilenet, options).model, image);
    expect(features).toEqual(expected);
    expect(thrown(() => backboneOf(turned))).toBe('model/size');
  });
});

const cases = findShared('onnx_cases');

describe.skipIf(!cases)('backboneOf the test models of ONNX', () => {
  const files = ['pytorch-converted', 'pytorch-operator', 'simple']
    .flatMap((folder) => readdirSync(join(cases ?? '.', folder)).map((name) => join(cases ?? '.', folder, name, 'model.onnx')))
    .filter((path) => existsSync(path));

  it('gives features and a head that run, or says why not', async () => {
    const outcomes = new Map<string, number>();
    for (const path of files) {
      const given = loadModel(path);
      const found = thrown(() => backboneOf(given, { at: given.graph.outputs[0]?.name }));
      const code = typeof found === 'string' ? found : 'fits';
      outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
      if (typeof found === 'string') continue;
      const { model, channels, height, width, size } = found as ReturnType<typeof backboneOf>;
      const image = noise([2, channels, height, width]);
      const [features] = await run(model, image);
      const [logits] = await run(replaceHead(model, { classes: 3, at: 'features' }), image);
      expect([path, features?.dims, logits?.dims]).toEqual([path, [2, size], [2, 3]]);
    }
    expect([...outcomes.keys()].every((code) => /^(fits$|model\/|onnx\/)/.test(code))).toBe(true);
    expect(outcomes.get('fits')).toBeGreaterThanOrEqual(20);
  });
});

describe('backboneOf', () => {
  it.each([
    ['resnet18', 512, true],
    ['vgg16', 4096, false],
    ['inception-v3', 2048, true],
    ['xception', 2048, true],
    ['mobilenet-v3-small', 1024, true],
    ['efficientnet-b0', 1280, true],
    ['convnext-atto', 320, false],
    ['four-galaxies', 16, false],
  ])('%s has %d features', (name, size, anySize) => {
    const backbone = backboneOf(outlineModel(name));
    expect([backbone.size, backbone.anySize]).toEqual([size, anySize]);
    expect(backbone.model.graph.outputs).toEqual([{ name: 'features', type: 'float32', shape: ['N', size] }]);
  });

  it('keeps a network without global pooling at its size', () => {
    const model = createModel('four-galaxies');
    expect(() => backboneOf(model, { height: 96, width: 96 })).toThrow(/128 x 128 pixels alone, 96 x 96 received/);
    expect(thrown(() => backboneOf(model, { height: 96, width: 96 }))).toBe('model/size');
    expect(backboneOf(model, { height: 128, width: 128 }).size).toBe(16);
  });

  it('averages maps over space, opens a fixed batch, and keeps its names apart from those inside', async () => {
    const g = new GraphBuilder({ opset: 17 });
    const pixels = g.input('pixels', 'float32', [1, 1, 'h', 'w']);
    const weight = g.parameter('features', { type: 'float32', dims: [2, 1, 1, 1], data: Float32Array.of(1, -2) });
    const [image] = g.node('Conv', [pixels, weight], {}, { outputs: ['image'] });
    const last = g.parameter('last', { type: 'float32', dims: [1, 2, 1, 1], data: Float32Array.of(1, 1) });
    g.output(g.conv(image!, last), 'map');
    const { model, size, channels } = backboneOf(g.build(), { height: 2, width: 2 });
    expect([size, channels]).toEqual([2, 1]);
    const data = Float32Array.of(1, 2, 3, 4, 0, 0, 0, 8);
    const [features] = await run(model, { type: 'float32', dims: [2, 1, 2, 2], data });
    expect([...(features?.data as Float32Array)]).toEqual([2.5, -5, 2, -4]);
  });

  it('takes the channels from the first convolution where the file leaves them open', () => {
    const net = new Network();
    const x = conv2d(net, net.image({ height: 8, width: 8 }), { filters: 4, kernel: 3 });
    classifier(net, globalAveragePool(net, x), { classes: 2 });
    const model = net.build();
    const inputs = model.graph.inputs.filter(isTensorInfo).map((input) => ({ ...input, shape: ['a', 'b', 'c', 'd'] }));
    const open: Model = { ...model, graph: { ...model.graph, inputs, values: new Map() } };
    expect(backboneOf(open, { height: 16, width: 16 }).channels).toBe(3);
    expect(thrown(() => backboneOf(open, { height: 16 }))).toBe('model/size');
    expect(thrown(() => backboneOf(open, { height: 16, width: 0.5 }))).toBe('model/size');
  });

  it.each([17, 18, 21])('adapts the number of channels, opset %d', async (opset) => {
    const g = new GraphBuilder({ opset });
    const gray = g.input('gray', 'float32', ['N', 1, 'h', 'w']);
    const [first] = g.node('Conv', [
      gray,
      g.parameter('constant', { type: 'float32', dims: [2, 1, 1, 1], data: Float32Array.of(1, 10) }),
    ]);
    g.output(first!, 'map');
    const size = { height: 1, width: 1, at: 'map' };
    const data = Float32Array.of(1, 2, 6, 0, 0, 3);
    const colours = backboneOf(g.build(), { ...size, channels: 3 });
    const [averaged] = await run(colours.model, { type: 'float32', dims: [2, 3, 1, 1], data });
    expect([colours.channels, ...(averaged?.data as Float32Array)]).toEqual([3, 3, 30, 1, 10]);
    const own = featureModel(createModel('galaxy-cnn', { seed: 3 }));
    const repeated = backboneOf(createModel('galaxy-cnn', { seed: 3 }), { channels: 1 });
    const one = noise([1, 1, 64, 64]);
    const three = Float32Array.from([
      ...(one.data as Float32Array),
      ...(one.data as Float32Array),
      ...(one.data as Float32Array),
    ]);
    const [features] = await run(repeated.model, one);
    const [expected] = await run(own, { type: 'float32', dims: [1, 3, 64, 64], data: three });
    expect(features).toEqual(expected);
  });

  it.each(['one', 'flips'] as const)('takes the network out of a finished model with %s view', async (views) => {
    const card = { ...smallCard, views };
    const { model, channels, height, size } = backboneOf(smallModel(card));
    expect([channels, height, size, model.metadata['messier.model']]).toEqual([3, 24, 256, undefined]);
    const network = createModel('galaxy-cnn', { classes: 3, height: 24, width: 24, seed: 1 });
    const image = noise([2, 3, 24, 24]);
    const [[features], [expected]] = await Promise.all([run(model, image), run(featureModel(network), image)]);
    for (const [index, value] of (expected?.data as Float32Array).entries()) expect(features?.data[index]).toBeCloseTo(value, 4);
  });

  it('refuses what takes no pictures', () => {
    const net = new Network();
    classifier(net, net.features({ size: 5 }), { classes: 2 });
    expect(thrown(() => backboneOf(net.build()))).toBe('model/image');
    expect(thrown(() => backboneOf(createModel('four-galaxies', { channels: 5 })))).toBe('model/image');
    expect(thrown(() => backboneOf(createModel('four-galaxies'), { at: 'nowhere' }))).toBe('onnx/absent-value');
  });

  it('gives the features that the head of an architecture reads', async () => {
    const model = createModel('galaxy-cnn', { seed: 3 });
    const image = noise([2, 3, 64, 64]);
    const [[features], [logits]] = await Promise.all([run(featureModel(model), image), run(model, image)]);
    const { data: weight } = model.graph.initializers.get('fc.weight')!;
    const dot = (row: number, label: number): number =>
      Array.from(
        { length: 256 },
        (_, index) => Number(features?.data[row * 256 + index]) * Number(weight[label * 256 + index]),
      ).reduce((sum, value) => sum + value, 0);
    for (const [row, label] of [
      [0, 0],
      [1, 3],
    ] as const)
      expect(dot(row, label)).toBeCloseTo(Number(logits?.data[row * 4 + label]), 4);
  });
});
