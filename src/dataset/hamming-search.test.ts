import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomStream } from '../core/random.js';
import { pairsWithin, type Words } from './hamming-search.js';

/** Random words of which a part are copies of others with a few bits changed. */
function nearWords(count: number, seed: number): Words {
  const stream = randomStream(seed, 'words');
  const high = Uint32Array.from({ length: count }, () => stream.word());
  const low = Uint32Array.from({ length: count }, () => stream.word());
  for (let index = 1; index < count; index += 3) {
    const model = stream.integer(index);
    high[index] = high[model] as number;
    low[index] = low[model] as number;
    for (let bits = stream.integer(12); bits > 0; bits--) {
      const half = stream.integer(2) === 0 ? high : low;
      half[index] = (half[index] as number) ^ (1 << stream.integer(32));
    }
  }
  return { high, low };
}

/** Bits that differ, by the digits of a big integer. */
function distance({ high, low }: Words, a: number, b: number): number {
  const word = (index: number) => (BigInt(high[index] as number) << 32n) | BigInt(low[index] as number);
  return (word(a) ^ word(b)).toString(2).replaceAll('0', '').length;
}

describe('pairs within a Hamming distance', () => {
  test('are all those that comparing every pair finds, each once', () => {
    const count = fc.integer({ min: 0, max: 120 });
    fc.assert(
      fc.property(count, fc.integer({ min: 0, max: 16 }), fc.integer(), (length, most, seed) => {
        const words = nearWords(length, seed);
        const expected: string[] = [];
        for (let b = 0; b < length; b++) {
          for (let a = 0; a < b; a++) if (distance(words, a, b) <= most) expected.push(`${a} ${b}`);
        }
        const found: string[] = [];
        pairsWithin(words, most, (a, b) => found.push(`${a} ${b}`));
        expect(found.toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: 25 },
    );
  });

  test.each([0, 4, 8, 16])('many words, in which tables are used, distance %i', (most) => {
    const words = nearWords(4_000, most);
    const found = new Set<string>();
    let calls = 0;
    pairsWithin(words, most, (a, b) => {
      calls++;
      found.add(`${a} ${b}`);
      expect(a < b && distance(words, a, b) <= most).toBe(true);
    });
    expect(calls).toBe(found.size);
    // The last 10 words compared with all before them.
    for (let b = 3_990; b < 4_000; b++) {
      for (let a = 0; a < b; a++) if (distance(words, a, b) <= most) expect(found.has(`${a} ${b}`)).toBe(true);
    }
    expect(found.size).toBeGreaterThan(100);
  });
});
