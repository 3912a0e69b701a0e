import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pattern } from '../../test/support/pattern.js';
import { GraphBuilder } from '../onnx/builder.js';
import { isTensorInfo, type Tensor } from '../onnx/types.js';
import { validateModel } from '../onnx/validate.js';
import { createSession, type Session } from '../runtime/index.js';
import { centralSquare, croppedSide, preprocess, type PreprocessOptions } from './preprocess.js';

interface Golden {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  readonly cases: readonly {
    readonly channels: 1 | 3;
    readonly height: number;
    readonly width: number;
    readonly size: number;
    readonly fit: 'crop' | 'stretch';
    readonly crop: number;
    readonly side: number;
    readonly sum: number;
    readonly dots: readonly number[];
    readonly at: readonly number[];
    readonly values: readonly number[];
  }[];
}

const golden = JSON.parse(readFileSync(new URL('../../test/golden/preprocess.json', import.meta.url), 'utf8')) as Golden;

const plain: PreprocessOptions = { size: 8, crop: 1, channels: 1, mean: [0], deviation: [1] };

function graph(options: PreprocessOptions, channels: number = options.channels) {
  const g = new GraphBuilder();
  const image = g.input('image', 'uint8', ['N', channels, 'H', 'W']);
  g.output(preprocess(g, image, options), 'x');
  return g.build();
}

const picture = (channels: number, height: number, width: number): Tensor => ({
  type: 'uint8',
  dims: [1, channels, height, width],
  data: Uint8Array.from(pattern(`picture/${height}x${width}`, [channels, height, width], 128, 128)),
});

async function withSession<T>(model: ReturnType<typeof graph>, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await createSession(model, { device: 'cpu', inThread: true, threads: 1 });
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}

async function output(session: Session, image: Tensor): Promise<Float32Array> {
  const { x } = await session.run({ image });
  if (!(x?.data instanceof Float32Array)) throw new Error('float32 expected');
  return x.data;
}

describe('against torchvision', () => {
  test.each(golden.cases)('$channels x $height x $width to $size, crop $crop, fit $fit', async (expected) => {
    const { channels, height, width, size, crop, side, fit } = expected;
    const mean = golden.mean.slice(0, channels);
    const deviation = golden.deviation.slice(0, channels);
    const model = graph({ size, fit, crop, channels, mean, deviation });
    const data = await withSession(model, (session) => output(session, picture(channels, height, width)));
    expect(croppedSide(height, width, crop)).toBe(side);
    expect(data.length).toBe(channels * size * size);
    for (const [index, at] of expected.at.entries()) expect(Math.abs(data[at]! - expected.values[index]!)).toBeLessThan(1e-4);
    const near = (value: number, other: number) => {
      expect(Math.abs(value - other)).toBeLessThan(1e-5 * data.length);
    };
    near(
      data.reduce((sum, value) => sum + value, 0),
      expected.sum,
    );
    for (const [k, dot] of expected.dots.entries()) {
      const probe = pattern(`probe/${k}`, [data.length]);
      near(
        data.reduce((sum, value, index) => sum + value * probe[index]!, 0),
        dot,
      );
    }
  });
});

describe('one graph', () => {
  test('is valid, of opset 17 without operators of others, and knows the shape that comes out', () => {
    const model = graph({ ...plain, crop: 0.5 });
    validateModel(model);
    expect(model.opsets).toEqual({ '': 17 });
    expect(model.graph.outputs.filter(isTensorInfo)[0]?.shape).toEqual(['N', 1, 8, 8]);
  });

  test('takes pictures of every size, and gives each of a batch the bits it has alone', async () => {
    await withSession(graph({ ...plain, size: 16, crop: 0.8 }), async (session) => {
      for (const [height, width] of [
        [1, 1],
        [2, 300],
        [31, 30],
      ] as const) {
        const pixels = Uint8Array.from(pattern('batch', [3, height, width], 128, 128));
        const part = height * width;
        const batch = await output(session, { type: 'uint8', dims: [3, 1, height, width], data: pixels });
        for (let n = 0; n < 3; n++) {
          const data = pixels.slice(n * part, (n + 1) * part);
          const alone = await output(session, { type: 'uint8', dims: [1, 1, height, width], data });
          expect(batch.slice(n * 256, (n + 1) * 256)).toEqual(alone);
        }
      }
    });
  });

  test('keeps the pixels of a square of the right size, whose corner is at the floor of half the difference', async () => {
    const g = new GraphBuilder();
    g.output(centralSquare(g, g.input('image', 'uint8', ['N', 1, 'H', 'W']), { size: 4, crop: 0.6 }), 'x');
    const data = Uint8Array.from({ length: 7 * 10 }, (_, index) => index * 3);
    const out = await withSession(g.build(), (session) => output(session, { type: 'uint8', dims: [1, 1, 7, 10], data }));
    const corner = 1 * 10 + 3;
    expect([...out]).toEqual(Array.from({ length: 16 }, (_, i) => 3 * (corner + Math.floor(i / 4) * 10 + (i % 4))));
  });

  test('a picture of one colour stays of that colour', async () => {
    const mean = [0.1, 0.2, 0.3];
    const deviation = [0.5, 1, 2];
    const model = graph({ size: 70, crop: 0.9, channels: 3, mean, deviation });
    const data = new Uint8Array(3 * 333 * 201).fill(255);
    const out = await withSession(model, (session) => output(session, { type: 'uint8', dims: [1, 3, 333, 201], data }));
    const part = 70 * 70;
    for (const [index, value] of out.entries()) {
      const channel = Math.floor(index / part);
      expect(Math.abs(value - (1 - mean[channel]!) / deviation[channel]!)).toBeLessThan(2e-6);
    }
  });
});

describe('refuses', () => {
  test.each([
    [{ size: 0 }, 'nn/option'],
    [{ size: 2.5 }, 'nn/option'],
    [{ crop: 0 }, 'nn/option'],
    [{ crop: 1.01 }, 'nn/option'],
    [{ crop: NaN }, 'nn/option'],
    [{ mean: [0, 0] }, 'nn/option'],
    [{ mean: [NaN] }, 'nn/option'],
    [{ deviation: [0] }, 'nn/option'],
    [{ deviation: [] }, 'nn/option'],
  ])('%o', (change, code) => {
    expect(() => graph({ ...plain, ...change })).toThrow(expect.objectContaining({ code }) as Error);
  });

  test('another number of channels than the input has', () => {
    expect(() => graph(plain, 3)).toThrow(expect.objectContaining({ code: 'nn/shape' }) as Error);
  });
});
