import { describe, expect, it } from 'vitest';
import { randomStream } from '../core/random.js';
import { pairedPermutation } from './paired-permutation.js';

const options = { samples: 20_000, seed: 1 };

/** Over all choices of signs. */
function exact(values: readonly number[]): number {
  const observed = Math.abs(values.reduce((sum, value) => sum + value, 0)) - 1e-9;
  const all = 2 ** values.length;
  let extreme = 0;
  for (let signs = 0; signs < all; signs++) {
    const sum = values.reduce((total, value, at) => total + ((signs >> at) & 1 ? value : -value), 0);
    if (Math.abs(sum) >= observed) extreme++;
  }
  return extreme / all;
}

describe('pairedPermutation', () => {
  it('is near the share of all choices of signs', () => {
    for (const seed of [1, 2, 3]) {
      const stream = randomStream(seed, 'differences');
      const values = Array.from({ length: 14 }, () => stream.normal() + 0.5);
      const expected = exact(values);
      // Four standard errors of a share of 20,000.
      expect(Math.abs(pairedPermutation(values, options) - expected)).toBeLessThan(4 * Math.sqrt(expected / 20_000) + 1e-4);
    }
  });

  it('is 1 where nothing differs, and never below 1 / (samples + 1)', () => {
    expect(pairedPermutation(new Float64Array(30), options)).toBe(1);
    expect(pairedPermutation(new Float64Array(100).fill(1), { samples: 99, seed: 1 })).toBe(0.01);
  });

  it('finds 5 % below 0.05 where models are equally good', () => {
    const draws = Array.from({ length: 400 }, (_, seed) => {
      const stream = randomStream(seed, 'null');
      const values = Array.from({ length: 60 }, () => stream.normal());
      return pairedPermutation(values, { samples: 199, seed });
    });
    const below = draws.filter((p) => p <= 0.05).length;
    // Binomial(400, 0.05): 20 with standard deviation 4.4.
    expect(below).toBeGreaterThan(6);
    expect(below).toBeLessThan(34);
  });
});
