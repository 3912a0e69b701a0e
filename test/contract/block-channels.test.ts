import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import type { Model, Tensor } from '../../src/onnx/types.js';
import { createSession } from '../../src/runtime/index.js';
import { blockChannels, channelBlock } from '../../src/runtime/block-channels.js';

const random = (name: string, dims: readonly number[]): Tensor => ({
  type: 'float32',
  dims,
  data: randomStream(3, name).fillNormal(new Float32Array(dims.reduce((product, dim) => product * dim, 1))),
});

interface Geometry {
  readonly channels: number;
  readonly filters: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly pads?: readonly number[];
  readonly bias?: boolean;
}

function convolution({ channels, filters, kernel, stride = 1, pads = [1, 1, 1, 1], bias = false }: Geometry) {
  const feeds = {
    x: random('x', [2, channels, 9, 11]),
    w: random('w', [filters, channels, kernel, kernel]),
    ...(bias ? { b: random('b', [filters]) } : {}),
  };
  const g = new GraphBuilder();
  const [x, w, b] = Object.entries(feeds).map(([name, tensor]) => g.input(name, 'float32', tensor.dims));
  if (x && w) g.output(g.conv(x, w, b, { strides: [stride, stride], pads }), 'y');
  return { model: g.build(), feeds };
}

async function run(model: Model, feeds: Readonly<Record<string, Tensor>>): Promise<Float32Array> {
  const session = await createSession(model, { device: 'cpu', threads: 1, inThread: true });
  const { y } = await session.run(feeds);
  await session.release();
  return y?.data as Float32Array;
}

describe('convolutions on blocked channels', async () => {
  const block = await channelBlock();

  it.each<Geometry>([
    { channels: 32, filters: 32, kernel: 3 },
    { channels: 64, filters: 32, kernel: 3, bias: true },
    { channels: 32, filters: 16, kernel: 5, pads: [2, 1, 0, 2] },
    { channels: 48, filters: 32, kernel: 3, stride: 2, bias: true },
  ])('give what the plain ones give: %o', async (geometry) => {
    const { model, feeds } = convolution(geometry);
    const blocked = blockChannels(model, block);
    expect(blocked.graph.nodes.some((node) => node.domain !== '')).toBe(block > 1);
    const [plain, other] = [await run(model, feeds), await run(blocked, feeds)];
    const scale = Math.max(...plain.map(Math.abs));
    expect(Math.max(...plain.map((value, index) => Math.abs(value - (other[index] ?? NaN))))).toBeLessThan(1e-5 * scale);
  });

  it.each<[string, Geometry]>([
    ['widen', { channels: 32, filters: 64, kernel: 3 }],
    ['have odd channels', { channels: 33, filters: 16, kernel: 3 }],
    ['have kernels of one element', { channels: 32, filters: 32, kernel: 1, pads: [0, 0, 0, 0] }],
  ])('stay as they are where they %s', (_, geometry) => {
    const { model } = convolution(geometry);
    expect(blockChannels(model, 16).graph.nodes).toEqual(model.graph.nodes);
  });
});
