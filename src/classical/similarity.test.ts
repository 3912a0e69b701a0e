import { describe, expect, it } from 'vitest';
import { noise } from '../../test/support/planes.js';
import { eachSimilarity } from './similarity.js';

const table = (count: number, size: number, seed: number) => {
  const random = noise(seed);
  return {
    type: 'float32' as const,
    dims: [count, size],
    data: Float32Array.from({ length: count * size }, () => random() - 0.3),
  };
};

describe('cosines of all rows', () => {
  it.each([
    [7, 5],
    // More rows than a block holds.
    [3100, 3],
  ])('are those of the formula: %i rows of %i', async (count, size) => {
    const features = table(count, size, 11);
    const row = (at: number) => features.data.subarray(at * size, (at + 1) * size);
    const cosine = (a: number, b: number) => {
      const [left, right] = [row(a), row(b)];
      return left.reduce((sum, value, at) => sum + value * right[at]!, 0) / Math.hypot(...left) / Math.hypot(...right);
    };
    const seen: number[] = [];
    let worst = 0;
    await eachSimilarity(features, (at, cosines) => {
      seen.push(at);
      expect(cosines.length).toBe(count);
      for (let other = at % 13; other < count; other += 97)
        worst = Math.max(worst, Math.abs(cosines[other]! - cosine(at, other)));
    });
    expect(seen).toEqual(Array.from({ length: count }, (_, at) => at));
    expect(worst).toBeLessThan(1e-5);
  });

  it('are 0 for a row of zeros', async () => {
    const features = { type: 'float32' as const, dims: [2, 2], data: Float32Array.of(0, 0, 3, 4) };
    const rows: number[][] = [];
    await eachSimilarity(features, (_, cosines) => rows.push([...cosines]));
    expect(rows).toEqual([
      [0, 0],
      [0, expect.closeTo(1, 6)],
    ]);
  });

  it('are refused for what is no table of numbers, and end at the signal', async () => {
    const bad = { type: 'float32' as const, dims: [1, 2], data: Float32Array.of(1, NaN) };
    await expect(eachSimilarity(bad, () => undefined)).rejects.toMatchObject({ code: 'classical/features' });
    const stopped = AbortSignal.abort(new Error('enough'));
    await expect(eachSimilarity(table(3, 2, 1), () => undefined, { signal: stopped })).rejects.toThrow('enough');
  });
});
