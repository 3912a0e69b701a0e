import { describe, expect, test } from 'vitest';
import { pattern } from '../../test/support/pattern.js';
import type { Tensor } from '../onnx/types.js';
import { embeddingMap, FEWEST_POINTS, MOST_POINTS } from './embedding-map.js';

/** Clouds around so many centres. */
function clouds(count: number, size: number, centres: number): Tensor {
  const noise = pattern('clouds', [count, size], 0.35);
  const middles = pattern('middles', [centres, size], 1, 1);
  const data = noise.map((value, at) => value + middles[(Math.floor(at / size) % centres) * size + (at % size)]!);
  return { type: 'float32', dims: [count, size], data };
}

describe('a map', () => {
  test('keeps clouds apart and neighbours together, with the same bits each time, of other bits for another seed', async () => {
    const features = clouds(150, 32, 3);
    const stages = new Set<string>();
    const made = await embeddingMap(features, { scale: 'length', progress: ({ stage }) => stages.add(stage) });
    expect(made).toMatchObject({ k: 15, components: 32 });
    expect(made.explained).toBeCloseTo(1, 6);
    expect(made.trustworthiness).toBeGreaterThan(0.9);
    const place = (at: number) => [made.positions[2 * at]!, made.positions[2 * at + 1]!] as const;
    const nearest = (at: number) =>
      [...Array(150).keys()]
        .filter((other) => other !== at)
        .reduce((best, other) => {
          const far = (to: number) => Math.hypot(place(at)[0] - place(to)[0], place(at)[1] - place(to)[1]);
          return far(other) < far(best) ? other : best;
        });
    const right = [...Array(150).keys()].filter((at) => nearest(at) % 3 === at % 3).length;
    expect(right).toBeGreaterThanOrEqual(145);
    expect([...stages]).toEqual(['find components', 'find neighbours', 'lay out the map']);
    const again = await embeddingMap(features, { scale: 'length', seed: 1 });
    expect(again.positions).toEqual(made.positions);
    expect((await embeddingMap(features, { scale: 'length', seed: 2 })).positions).not.toEqual(made.positions);
  });

  test('compares directions, or measures of different units', async () => {
    const features = clouds(40, 8, 2);
    const data = features.data as Float32Array;
    const long: Tensor = { ...features, data: data.map((value, at) => value * (1 + (Math.floor(at / 8) % 5))) };
    const wide: Tensor = { ...features, data: data.map((value, at) => value * 10 ** (at % 8)) };
    const neighbours = async (of: Tensor, scale: 'length' | 'deviation') => [
      ...(await embeddingMap(of, { scale })).neighbours.indices,
    ];
    expect(await neighbours(long, 'length')).toEqual(await neighbours(features, 'length'));
    expect(await neighbours(wide, 'deviation')).toEqual(await neighbours(features, 'deviation'));
  });

  test('of the fewest points, and of points that are all the same, has finite places', async () => {
    for (const features of [
      clouds(FEWEST_POINTS, 5, 1),
      { type: 'float32', dims: [12, 4], data: new Float32Array(48) } as const,
      { type: 'float32', dims: [30, 1], data: new Float32Array(30).fill(7) } as const,
    ]) {
      const { positions, trustworthiness } = await embeddingMap(features, { scale: 'length' });
      expect(positions.every(Number.isFinite)).toBe(true);
      expect(positions).toHaveLength(2 * features.dims[0]!);
      expect(Number.isFinite(trustworthiness)).toBe(true);
    }
  });

  test.each([FEWEST_POINTS - 1, MOST_POINTS + 1])('of %i points is refused', async (count) => {
    const features: Tensor = { type: 'float32', dims: [count, 1], data: new Float32Array(count) };
    await expect(embeddingMap(features, { scale: 'length' })).rejects.toMatchObject({ code: 'classical/points' });
  });

  test('refuses what is not finite, and stops while it is laid out', async () => {
    const bad: Tensor = { type: 'float32', dims: [12, 1], data: new Float32Array(12).fill(NaN) };
    await expect(embeddingMap(bad, { scale: 'length' })).rejects.toMatchObject({ code: 'classical/features' });
    const controller = new AbortController();
    const work = embeddingMap(clouds(60, 8, 2), {
      scale: 'length',
      signal: controller.signal,
      progress: ({ stage, done }) => {
        if (stage === 'lay out the map' && done >= 20) controller.abort(new Error('enough'));
      },
    });
    await expect(work).rejects.toThrow('enough');
  });
});
