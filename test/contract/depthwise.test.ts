import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff/reverse.js';
import { randomStream } from '../../src/core/random.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import type { Dim, Model } from '../../src/onnx/types.js';
import { writeModel } from '../../src/onnx/write.js';
import { channelBlock } from '../../src/runtime/block-channels.js';
import { blockDepthwise } from '../../src/runtime/block-depthwise.js';
import { relativeError } from '../support/run-steps.js';

interface Case {
  readonly kernel: readonly [number, number];
  readonly size: readonly [number, number];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly pads?: readonly number[];
}

const channels = 16;
const images = 3;

const cases: readonly Case[] = [
  { kernel: [3, 3], size: [9, 8], pads: [1, 1, 1, 1] },
  { kernel: [3, 3], size: [8, 8], strides: [2, 2], pads: [1, 1, 1, 1] },
  { kernel: [3, 3], size: [9, 10], strides: [2, 2], pads: [0, 0, 1, 1] },
  { kernel: [5, 5], size: [12, 11], strides: [2, 2], pads: [2, 2, 2, 2] },
  { kernel: [3, 3], size: [12, 12], dilations: [2, 2], pads: [2, 2, 2, 2] },
  { kernel: [3, 2], size: [13, 12], strides: [2, 3], dilations: [2, 1] },
  { kernel: [1, 1], size: [6, 6], strides: [3, 3] },
  { kernel: [7, 7], size: [9, 9], pads: [3, 3, 3, 3] },
  // Input that no window reaches: further results, one a stride above the kernel's.
  { kernel: [2, 2], size: [11, 12], strides: [3, 4] },
  { kernel: [1, 3], size: [5, 20], strides: [2, 5], pads: [0, 1, 0, 0] },
  { kernel: [4, 4], size: [12, 16], strides: [2, 2], pads: [1, 1, 1, 1] },
  { kernel: [5, 3], size: [9, 8], strides: [3, 1], pads: [1, 1, 1, 1] },
];

/** relu6(w * x + b), weighed, summed and differentiated. */
function model({ kernel, size, ...attributes }: Case, batch: Dim): Model {
  const g = new GraphBuilder();
  const image = g.input('x', 'float32', [batch, channels, ...size]);
  const weight = g.input('w', 'float32', [channels, 1, ...kernel]);
  const bias = g.input('b', 'float32', [channels]);
  const x = g.clip(image, 0, 6);
  const y = g.clip(g.conv(x, weight, bias, { ...attributes, group: channels }), 0, 6);
  const loss = g.reduceSum(g.mul(y, g.mul(y, y)), [0, 1, 2, 3], false);
  const found = gradients(g, { loss, wrt: ['x', 'w', 'b'] });
  g.output(y, 'y');
  for (const [name, value] of found) g.output(value, `d${name}`);
  return g.build();
}

type Results = Readonly<Record<string, Float32Array>>;

function random(name: string, ...dims: readonly number[]): OrtTensor {
  const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
  randomStream(1, name).fillUniform(data);
  return new OrtTensor(
    'float32',
    data.map((value) => 4 * value - 1.5),
    dims,
  );
}

function results(built: Model, { kernel, size }: Case): Promise<Results> {
  return run(built, {
    x: random('x', images, channels, ...size),
    w: random('w', channels, 1, ...kernel),
    b: random('b', channels),
  });
}

async function run(built: Model, feeds: Readonly<Record<string, OrtTensor>>): Promise<Results> {
  const session = await InferenceSession.create(writeModel(built), { logSeverityLevel: 4 });
  try {
    const outputs = await session.run(feeds);
    return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]));
  } finally {
    await session.release();
  }
}

function expectSame(found: Results, expected: Results): void {
  expect(Object.keys(found).sort()).toEqual(['db', 'dw', 'dx', 'y']);
  for (const [name, values] of Object.entries(expected))
    expect(relativeError(found[name] ?? [], values), name).toBeLessThan(2e-6);
}

describe('a depthwise convolution and its gradients', () => {
  test.each(cases)('kernel $kernel over $size, strides $strides, dilations $dilations, pads $pads', async (one) => {
    // With a symbolic batch the weight's gradient shifts and gathers the input; with a fixed one it is a convolution in groups.
    const expected = await results(model(one, 'N'), one);
    expectSame(await results(model(one, images), one), expected);
  });

  test.each(cases)('on blocked channels: kernel $kernel over $size, strides $strides, pads $pads', async (one) => {
    const block = await channelBlock();
    const built = model(one, images);
    const blocked = blockDepthwise(built, block);
    expectSame(await results(blocked, one), await results(built, one));
    if (block === 1) return;
    const grouped = blocked.graph.nodes.filter(({ opType, domain }) => opType === 'Conv' && domain === '');
    expect(grouped).toEqual([]);
  });

  test('with fewer channels than a block: only the weight gradient fills blocks, with images', async () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [16, 3, 6, 6]);
    const w = g.input('w', 'float32', [3, 1, 3, 3]);
    const y = g.conv(x, w, undefined, { group: 3, pads: [1, 1, 1, 1] });
    const loss = g.reduceSum(g.mul(y, y), [0, 1, 2, 3], false);
    for (const [name, value] of gradients(g, { loss, wrt: ['x', 'w'] })) g.output(value, `d${name}`);
    const built = g.build();
    const blocked = blockDepthwise(built, await channelBlock());
    const feeds = { x: random('x', 16, 3, 6, 6), w: random('w', 3, 1, 3, 3) };
    const [found, expected] = [await run(blocked, feeds), await run(built, feeds)];
    for (const name of ['dx', 'dw']) expect(relativeError(found[name]!, expected[name]!), name).toBeLessThan(2e-6);
  });

  test('in time beside a long chain of sums of a value with itself', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [1, 16, 5, 5]);
    g.output(g.conv(x, g.input('w', 'float32', [16, 1, 3, 3]), undefined, { group: 16 }), 'y');
    let sum = x;
    for (let depth = 0; depth < 40; depth++) sum = g.add(sum, sum);
    g.output(sum, 'sum');
    const { nodes } = blockDepthwise(g.build(), 8).graph;
    expect(nodes.filter(({ opType }) => opType === 'Add')).toHaveLength(40);
    expect(nodes.filter(({ opType }) => opType === 'ReorderInput')).toHaveLength(2);
  });

  test('stays as it is where blocks cannot hold the channels', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [1, 4, 5, 5]);
    g.output(g.conv(x, g.input('w', 'float32', [4, 1, 3, 3]), undefined, { group: 4 }));
    const built = g.build();
    expect(blockDepthwise(built, 8).graph.nodes).toEqual(built.graph.nodes);
    expect(blockDepthwise(built, 1)).toBe(built);
  });
});
