import { describe, expect, it } from 'vitest';
import { findShared } from '../../test/support/shared-data.js';
import { parameterNames } from '../autodiff/parameters.js';
import { loadModel } from '../formats/model-file.js';
import { batchNorm, classifier, conv2d, dense, globalAveragePool, layerNorm, Network } from '../nn/index.js';
import type { Model } from '../onnx/types.js';
import { blocksOf } from './blocks-of.js';
import { modelNames, outlineModel } from './registry.js';

const namesOf = (model: Model): string[] => blocksOf(model).map(({ name }) => name);
const mobilenet = findShared('weights', 'mobilenet_v2_imagenet.onnx');

/** The model with names that say nothing, in an order that says nothing. */
function anonymous(model: Model): Model {
  const names = [...model.graph.initializers.keys()];
  const others = new Map(names.map((name, index) => [name, `p${(index * 7919) % 10_007}`]));
  const nodes = model.graph.nodes.map((node, index) => ({
    ...node,
    name: `n${index}`,
    inputs: node.inputs.map((name) => others.get(name) ?? name),
  }));
  const initializers = new Map([...model.graph.initializers].reverse().map(([name, tensor]) => [others.get(name) ?? '', tensor]));
  return { ...model, graph: { ...model.graph, nodes, initializers } };
}

describe('blocksOf', () => {
  it('finds the blocks of a residual network', () => {
    const blocks = blocksOf(outlineModel('resnet18', { height: 64, width: 64 }));
    const layers = [1, 2, 3, 4].flatMap((layer) => [`layer${layer}.0`, `layer${layer}.1`]);
    expect(blocks.map(({ name }) => name)).toEqual(['conv1', ...layers, 'fc']);
    expect(blocks[0]?.parameters).toEqual(['conv1.weight', 'bn1.weight', 'bn1.bias']);
    expect([...(blocks[3]?.parameters ?? [])].sort()).toEqual([
      'layer2.0.bn1.bias',
      'layer2.0.bn1.weight',
      'layer2.0.bn2.bias',
      'layer2.0.bn2.weight',
      'layer2.0.conv1.weight',
      'layer2.0.conv2.weight',
      'layer2.0.downsample.0.weight',
      'layer2.0.downsample.1.bias',
      'layer2.0.downsample.1.weight',
    ]);
    expect(blocks.at(-1)).toEqual({ name: 'fc', parameters: ['fc.weight', 'fc.bias'] });
  });

  it('finds the same blocks where names mean nothing', () => {
    const model = outlineModel('resnet18', { height: 64, width: 64 });
    const counts = (of: Model): number[] => blocksOf(of).map(({ parameters }) => parameters.length);
    expect(counts(anonymous(model))).toEqual(counts(model));
  });

  it.skipIf(!mobilenet)('finds those of a foreign file', () => {
    const model = loadModel(mobilenet ?? '');
    const blocks = Array.from({ length: 16 }, (_, index) => `block_${index + 1}`);
    const stem = ['Conv1', 'expanded_conv_depthwise', 'expanded_conv_project'];
    expect(namesOf(model)).toEqual([...stem, ...blocks, 'Conv_1', 'predictions']);
    // Without names, the six blocks that have no shortcut become their three layers.
    expect(blocksOf(anonymous(model)).length).toBe(5 + 10 + 6 * 3);
  });

  it.each(modelNames())('has every parameter of %s once', (name) => {
    const model = outlineModel(name);
    const blocks = blocksOf(model);
    expect(blocks.flatMap(({ parameters }) => parameters).sort()).toEqual([...parameterNames(model)].sort());
    expect(new Set(blocks.map((block) => block.name)).size).toBe(blocks.length);
    expect(blocks.length).toBeGreaterThanOrEqual(4);
    expect(
      blocks
        .at(-1)
        ?.parameters.some((parameter) => model.graph.initializers.get(parameter)?.dims[0] === architectureClasses(model)),
    ).toBe(true);
  });

  it('puts a normalisation before its convolution where the names do', () => {
    const net = new Network();
    let x = net.image({ height: 8, width: 8 });
    x = batchNorm(net, conv2d(net, x, { name: 'features.0.0', filters: 4, kernel: 3 }), { name: 'features.0.1' });
    x = conv2d(net, batchNorm(net, x, { name: 'down.1.0' }), { name: 'down.1.1', filters: 8, kernel: 1 });
    x = layerNorm(net, globalAveragePool(net, x), { name: 'head.norm' });
    classifier(net, x, { name: 'head.fc', classes: 2 });
    expect(namesOf(net.build())).toEqual(['features.0', 'down.1', 'head']);
  });

  it('begins with the blocks of each input', () => {
    const net = new Network();
    const image = net.image({ height: 8, width: 8 });
    const row = dense(net, net.features({ size: 5 }), { name: 'text1', units: 3 });
    const text = dense(net, row, { name: 'text2', units: 3 });
    let x = conv2d(net, image, { name: 'picture1', filters: 4, kernel: 3 });
    x = globalAveragePool(net, conv2d(net, x, { name: 'picture2', filters: 4, kernel: 3 }));
    x = dense(net, net.graph.concat([x, text], 1), { name: 'both', units: 4 });
    classifier(net, x, { classes: 2 });
    expect(namesOf(net.build())).toEqual(['text1', 'text2', 'picture1', 'picture2', 'both', 'fc']);
  });

  it('joins the two convolutions of a separable one', () => {
    const stem = ['conv1', 'conv2'];
    const blocks = Array.from({ length: 12 }, (_, index) => `block${index + 1}`);
    expect(namesOf(outlineModel('xception'))).toEqual([...stem, ...blocks, 'conv3', 'conv4', 'fc']);
  });

  it('divides a stretch of dense connections into its layers', () => {
    const net = new Network();
    let parts = [conv2d(net, net.image({ height: 8, width: 8 }), { name: 'stem', filters: 2, kernel: 1 })];
    for (let layer = 0; layer < 20; layer++) {
      const name = `dense${String.fromCodePoint(97 + layer)}`;
      parts = [...parts, conv2d(net, net.graph.concat(parts, 1), { name, filters: 2, kernel: 1 })];
    }
    classifier(net, globalAveragePool(net, net.graph.concat(parts, 1)), { classes: 2 });
    expect(namesOf(net.build())).toHaveLength(22);
  });

  it('counts a shared weight where it is used first, and leaves out what no output needs', () => {
    const net = new Network();
    const x = net.features({ size: 3 });
    const weight = net.parameter('shared', [3, 3], (dims) => new Float32Array(dims[0]! * dims[1]!).fill(1));
    const first = net.graph.matmul(x, weight);
    const second = net.graph.matmul(net.graph.relu(first), net.graph.transpose(weight, [1, 0]));
    dense(net, second, { name: 'unused', units: 2 });
    classifier(net, second, { classes: 2 });
    expect(blocksOf(net.build())).toEqual([
      { name: 'shared', parameters: ['shared'] },
      { name: 'fc', parameters: ['fc.weight', 'fc.bias'] },
    ]);
  });
});

function architectureClasses({ graph }: Model): unknown {
  const [output] = graph.outputs;
  return output && 'shape' in output ? output.shape?.[1] : undefined;
}
