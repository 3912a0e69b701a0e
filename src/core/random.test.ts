import { describe, expect, it } from 'vitest';
import { RandomStream, randomStream } from './random.js';

const take = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);
const mean = (values: Iterable<number>): number => {
  const all = [...values];
  return all.reduce((sum, value) => sum + value, 0) / all.length;
};
const variance = (values: readonly number[]): number => {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
};

describe('RandomStream', () => {
  it('gives the words of the reference implementation (xoshiro128starstar.c 1.1, state 1 2 3 4)', () => {
    const stream = new RandomStream([1, 2, 3, 4]);
    expect(take(10, () => stream.word())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it('keeps these bits for ever: runs are compared across versions', () => {
    const stream = randomStream(1, 'weights', 'conv1.weight');
    expect([stream.word(), stream.uniform(), stream.normal(), stream.truncatedNormal(), stream.integer(1000)])
      .toMatchInlineSnapshot(`
      [
        337135072,
        0.8082214357775419,
        0.04232001357381855,
        -0.5630117842930449,
        739,
      ]
    `);
  });

  it('draws uniform numbers: moments, range and 64 bins within 5 deviations of what is expected', () => {
    const stream = randomStream(7);
    const values = take(100_000, () => stream.uniform());
    expect(Math.min(...values.slice(0, 50_000), 1)).toBeGreaterThanOrEqual(0);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / 100_000));
    expect(Math.abs(variance(values) - 1 / 12)).toBeLessThan(0.002);
    const bins = new Array<number>(64).fill(0);
    for (const value of values) bins[Math.floor(value * 64)]! += 1;
    const expected = values.length / 64;
    const chiSquared = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(Math.abs(chiSquared - 63)).toBeLessThan(5 * Math.sqrt(2 * 63));
  });

  it('draws normal numbers: four moments, tails, no correlation of neighbours', () => {
    const stream = randomStream(8);
    const values = take(200_000, () => stream.normal());
    expect(Math.abs(mean(values))).toBeLessThan(0.012);
    expect(Math.abs(variance(values) - 1)).toBeLessThan(0.016);
    expect(Math.abs(mean(values.map((value) => value ** 3)))).toBeLessThan(0.045);
    expect(Math.abs(mean(values.map((value) => value ** 4)) - 3)).toBeLessThan(0.12);
    expect(Math.abs(mean(values.map((value) => (Math.abs(value) > 2 ? 1 : 0))) - 0.0455)).toBeLessThan(0.0024);
    expect(Math.abs(mean(values.slice(1).map((value, index) => value * values[index]!)))).toBeLessThan(0.012);
  });

  it('cuts truncated normal numbers at two deviations', () => {
    const values = [...randomStream(9).fillTruncatedNormal(new Float32Array(100_000), 1, 0.5)];
    expect(values.every((value) => Math.abs(value - 1) <= 1)).toBe(true);
    expect(Math.abs(Math.sqrt(variance(values)) - 0.5 * 0.8796)).toBeLessThan(0.003);
  });

  it('fills float32 arrays inside their range, ends included', () => {
    const values = randomStream(10).fillUniform(new Float32Array(100_000), -0.1, 0.1);
    expect(values.every((value) => Math.abs(value) <= Math.fround(0.1))).toBe(true);
    expect(Math.abs(mean(values))).toBeLessThan(0.001);
    expect(Math.abs(mean(randomStream(11).fillNormal(new Float32Array(50_000), 3, 0.1)) - 3)).toBeLessThan(0.003);
  });

  it('chooses each integer equally often and refuses an empty range', () => {
    const stream = randomStream(12);
    const counts = [0, 0, 0, 0, 0, 0];
    for (let draw = 0; draw < 60_000; draw++) counts[stream.integer(6)]! += 1;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    expect(stream.integer(1)).toBe(0);
    for (const n of [0, -1, 1.5, Number.NaN, 2 ** 33]) expect(() => stream.integer(n)).toThrow(/whole number from 1/);
  });

  it('shuffles: same elements, every position equally likely, typed arrays too', () => {
    const stream = randomStream(13);
    const first = [0, 0, 0, 0];
    for (let round = 0; round < 20_000; round++) first[stream.shuffle([0, 1, 2, 3])[0]!]! += 1;
    for (const count of first) expect(Math.abs(count - 5000)).toBeLessThan(310);
    expect([...stream.shuffle(Int32Array.from([5, 6, 7]))].sort()).toEqual([5, 6, 7]);
    expect(stream.shuffle([])).toEqual([]);
  });
});

describe('randomStream', () => {
  const words = (stream: RandomStream): number[] => take(4, () => stream.word());

  it('is determined by seed and path', () => {
    expect(words(randomStream(1, 'a', 2))).toEqual(words(randomStream(1, 'a', 2)));
    const different = [
      randomStream(1),
      randomStream(2),
      randomStream(-1),
      randomStream(1, ''),
      randomStream(1, 'a'),
      randomStream(1, 'a', 'b'),
      randomStream(1, 'ab'),
      randomStream(1, 2),
      randomStream(1, '2'),
      randomStream(12),
    ].map((stream) => words(stream).join());
    expect(new Set(different).size).toBe(different.length);
  });

  it('gives streams that do not follow one another', () => {
    const firsts = take(10_000, () => 0).map((_, index) => randomStream(1, 'item', index).uniform());
    expect(Math.abs(mean(firsts) - 0.5)).toBeLessThan(0.015);
    expect(Math.abs(mean(firsts.slice(1).map((value, index) => (value - 0.5) * (firsts[index]! - 0.5))))).toBeLessThan(0.005);
  });

  it('refuses seeds that are not exact', () => {
    for (const seed of [0.5, Number.NaN, Infinity, 2 ** 60]) {
      expect(() => randomStream(seed)).toThrow(expect.objectContaining({ code: 'random/seed' }));
    }
  });
});
