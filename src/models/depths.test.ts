import { describe, expect, it } from 'vitest';
import { createSession } from '../runtime/session.js';
import { backboneOf } from './backbone.js';
import { deepFeatures } from './depths.js';
import { createModel } from './index.js';

const backbone = backboneOf(createModel('resnet18', { height: 32, width: 32, seed: 1 })).model;

describe('deepFeatures', () => {
  it.each([
    ['resnet18', [512, 256, 128, 64]],
    ['mobilenet-v2', [1280, 320, 960, 160, 576, 96, 384, 64]],
    ['convnext-atto', [320, 160, 80, 40]],
  ])('of %s: the last of each width', (name, widths) => {
    const { model } = backboneOf(createModel(name, { height: 64, width: 64 }));
    for (const [at] of widths.entries()) {
      const deep = deepFeatures(model, at + 1);
      const size = widths.slice(0, at + 1).reduce((sum, width) => sum + width, 0);
      expect(deep.graph.outputs).toMatchObject([{ shape: ['N', size] }]);
    }
  });

  it('begins with the features themselves, then the means of the maps', async () => {
    const image = {
      type: 'float32',
      dims: [1, 3, 32, 32],
      data: Float32Array.from({ length: 3072 }, (_, at) => (at % 17) / 17),
    } as const;
    const answer = async (depths: number): Promise<Float32Array> => {
      const model = deepFeatures(backbone, depths);
      const session = await createSession(model, { device: 'cpu', inThread: true, threads: 1 });
      try {
        const name = model.graph.outputs[0]?.name ?? '';
        return (await session.run({ image }, [name]))[name]?.data as Float32Array;
      } finally {
        await session.release();
      }
    };
    const [plain, deep] = [await answer(1), await answer(2)];
    expect(deep.subarray(0, 512)).toEqual(plain);
    expect(deep.length).toBe(768);
    // What layer3 hands on went through a ReLU.
    expect(deep.subarray(512).every((value) => value >= 0)).toBe(true);
  });

  it('refuses depths that are not there', () => {
    expect(() => deepFeatures(backbone, 9)).toThrow('1 to 4, the depths of this network');
    expect(() => deepFeatures(backbone, 0)).toThrow('depths');
  });
});
