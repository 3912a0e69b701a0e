import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findShared } from '../../test/support/shared-data.js';
import { filled, smallNetwork } from '../../test/support/small-network.js';
import { GraphBuilder } from '../onnx/builder.js';
import { readModel } from '../onnx/read.js';
import { parameterNames } from './parameters.js';

const mobileNet = findShared('weights', 'mobilenet_v2_imagenet.onnx');

describe('parameterNames', () => {
  test('lists weights in the order of their use, without running statistics', () => {
    expect(parameterNames(smallNetwork({ batchNorm: true }))).toEqual([
      'conv0.weight',
      'bn0.scale',
      'bn0.bias',
      'head.weight',
      'head.bias',
    ]);
  });

  test('takes constants before the first layer for preprocessing, and arrays after it for biases and scales', () => {
    const g = new GraphBuilder();
    const image = g.input('image', 'float32', ['N', 2, 6, 6]);
    const scaled = g.div(
      g.sub(image, g.parameter('mean', filled('mean', [2, 1, 1]))),
      g.parameter('std', filled('std', [2, 1, 1], 0.1, 1)),
    );
    const convolved = g.conv(scaled, g.parameter('weight', filled('weight', [2, 2, 1, 1])));
    const moved = g.add(convolved, g.parameter('bias', filled('bias', [2, 1, 1])));
    g.output(g.mul(moved, g.parameter('half', filled('half', []))), 'y');
    expect(parameterNames(g.build())).toEqual(['weight', 'bias']);
  });

  test('takes no attention mask for a bias, added or subtracted', () => {
    const g = new GraphBuilder();
    const rows = (name: string, values: readonly number[]) =>
      g.parameter(name, { type: 'float32', dims: [values.length], data: Float32Array.from(values) });
    const scores = g.matmul(g.input('x', 'float32', ['N', 3]), g.parameter('weight', filled('weight', [3, 3])));
    const masked = g.add(g.add(scores, rows('hidden', [0, -Infinity, 0])), rows('padding', [0, 0, -1e4]));
    g.output(g.add(g.sub(masked, rows('subtracted', [0, 1e9, 0])), rows('bias', [1, 2e4, -3])), 'y');
    expect(parameterNames(g.build())).toEqual(['weight', 'bias']);
  });

  test('looks through views, and lists a weight that is used twice once', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['N', 4]);
    const table = g.parameter('table', filled('table', [4, 4]));
    g.output(g.matmul(g.matmul(x, g.transpose(table, [1, 0])), table), 'y');
    expect(parameterNames(g.build())).toEqual(['table']);
  });

  test('finds the table of an embedding and leaves indices alone', () => {
    const g = new GraphBuilder();
    const table = g.parameter('table', filled('table', [5, 3]));
    const shape = g.parameter('shape', { type: 'int64', dims: [1], data: BigInt64Array.of(-1n) });
    g.output(g.reshape(g.gather(table, g.input('tokens', 'int64', ['N', 7]), 0), shape), 'y');
    expect(parameterNames(g.build())).toEqual(['table']);
  });

  test.skipIf(!mobileNet)('finds weight and bias of all 53 layers of MobileNetV2, and not the bounds of its ReLU6', () => {
    const model = readModel(readFileSync(mobileNet ?? ''));
    const names = parameterNames(model);
    expect(names).toHaveLength(2 * 53);
    expect(names[0]).toBe('Conv1.weight');
    expect(names.at(-1)).toBe('predictions.bias');
    expect(names.filter((name) => !/\.(weight|bias)$/.test(name))).toEqual([]);
    // 3,504,872 as published, less the scales of 17,056 channels, which this file folds into the convolutions.
    const count = names.reduce((sum, name) => sum + (model.graph.initializers.get(name)?.data.length ?? 0), 0);
    expect(count).toBe(3_504_872 - 17_056);
  });
});
