import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../core/random.js';
import { mixBatch } from './mixup.js';

/** Quantiles by scipy.stats; see test/golden/augment.py. */
const golden = JSON.parse(readFileSync(new URL('../../test/golden/augment.json', import.meta.url), 'utf8')) as {
  readonly levels: readonly number[];
  readonly beta: readonly { readonly alpha: number; readonly quantiles: readonly number[] }[];
};

/** Row n is all n. */
const numbered = (count: number, width: number): Float32Array =>
  Float32Array.from({ length: count * width }, (_, i) => Math.floor(i / width));

const oneHot = (count: number): Float32Array =>
  Float32Array.from({ length: count ** 2 }, (_, i) => (i % count === Math.floor(i / count) ? 1 : 0));

describe('mixBatch', () => {
  it('blends pictures and targets alike, pairs in a random order', () => {
    const count = 16;
    const [images, targets] = [numbered(count, 5), oneHot(count)];
    mixBatch([images, targets], count, 1, randomStream(1));
    for (let n = 0; n < count; n++) {
      const target = targets.subarray(n * count, (n + 1) * count);
      expect([...target].filter((value) => value > 0).length).toBeLessThanOrEqual(2);
      expect(target.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
      const expected = target.reduce((sum, value, k) => sum + value * k, 0);
      for (const value of images.subarray(n * 5, (n + 1) * 5)) expect(value).toBeCloseTo(expected, 4);
    }
    expect(targets).not.toEqual(oneHot(count));
  });

  it.each(golden.beta)('draws shares from Beta($alpha, $alpha)', ({ alpha, quantiles }) => {
    const count = 100;
    const shares: number[] = [];
    for (let round = 0; round < 100; round++) {
      const [images, targets] = [new Float32Array(count), oneHot(count)];
      mixBatch([images, targets], count, alpha, randomStream(2, round));
      for (let n = 0; n < count; n++) {
        const row = targets.subarray(n * count, (n + 1) * count);
        // A picture paired with itself shows no share.
        if (row[n] !== 1 || row.some((value, k) => value > 0 && k !== n)) shares.push(row[n]!);
      }
    }
    for (const [i, level] of golden.levels.entries()) {
      const below = shares.filter((share) => share <= quantiles[i]!).length / shares.length;
      expect(Math.abs(below - level), String(level)).toBeLessThan(0.02);
    }
  });

  it('is the same for the same stream, and leaves the batch alone at alpha 0', () => {
    const mixed = [0, 1].map(() => {
      const images = numbered(8, 3);
      mixBatch([images, oneHot(8)], 8, 0.2, randomStream(5));
      return images;
    });
    expect(mixed[0]).toEqual(mixed[1]);
    const images = numbered(8, 3);
    mixBatch([images, oneHot(8)], 8, 0, randomStream(5));
    expect(images).toEqual(numbered(8, 3));
  });
});
