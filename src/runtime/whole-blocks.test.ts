import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { gradients } from '../autodiff/reverse.js';
import { randomStream } from '../core/random.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Model } from '../onnx/types.js';
import { writeModel } from '../onnx/write.js';
import { channelBlock } from './block-channels.js';
import { blockDepthwise } from './block-depthwise.js';
import { fillBlocks } from './whole-blocks.js';

/** relu(w * x + b) of 6 channels, summed and differentiated: of 8 pictures they fill blocks of 8 and 16. */
function model(images: number, kernel: number, stride: number): Model {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', [images, 6, 10, 12]);
  const weight = g.input('w', 'float32', [6, 1, kernel, kernel]);
  const bias = g.input('b', 'float32', [6]);
  const pad = (kernel - 1) / 2;
  const y = g.relu(g.conv(x, weight, bias, { group: 6, strides: [stride, stride], pads: [pad, pad, pad, pad] }));
  const loss = g.reduceSum(g.mul(y, g.mul(y, y)), [0, 1, 2, 3], false);
  g.output(y, 'y');
  for (const [name, value] of gradients(g, { loss, wrt: ['x', 'w', 'b'] })) g.output(value, `d${name}`);
  return g.build();
}

async function run(built: Model, images: number, kernel: number): Promise<Map<string, Float32Array>> {
  const feed = (name: string, dims: readonly number[]): [string, OrtTensor] => {
    const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
    return [name, new OrtTensor('float32', randomStream(1, name).fillUniform(data, -1, 1), dims)];
  };
  const session = await InferenceSession.create(writeModel(built), { logSeverityLevel: 4 });
  const feeds = [feed('x', [images, 6, 10, 12]), feed('w', [6, 1, kernel, kernel]), feed('b', [6])];
  const outputs = await session.run(Object.fromEntries(feeds));
  await session.release();
  return new Map(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]));
}

test.each([
  [3, 1],
  [3, 2],
  [5, 1],
  [7, 1],
])('channels that the batch fills up to blocks: kernel %i, stride %i', async (kernel, stride) => {
  const block = await channelBlock();
  const built = model(8, kernel, stride);
  const filled = blockDepthwise(fillBlocks(built, block), block);
  const [found, expected] = [await run(filled, 8, kernel), await run(built, 8, kernel)];
  expect([...found.keys()].sort()).toEqual(['db', 'dw', 'dx', 'y']);
  for (const [name, values] of expected) {
    const scale = Math.max(...values.map(Math.abs));
    for (const [index, value] of values.entries())
      expect(Math.abs((found.get(name)?.[index] ?? NaN) - value), name).toBeLessThan(4e-6 * scale);
  }
  const convolutions = filled.graph.nodes.filter(({ opType }) => opType === 'Conv');
  if (block > 1) expect(convolutions.every(({ domain }) => domain !== '')).toBe(true);
});

test('a batch that fills none, and channels that fill them themselves, stay as they are', () => {
  const odd = model(3, 3, 1);
  expect(fillBlocks(odd, 16).graph.nodes).toEqual(odd.graph.nodes);
  const whole = model(8, 3, 1);
  expect(fillBlocks(whole, 6).graph.nodes).toEqual(whole.graph.nodes);
});
