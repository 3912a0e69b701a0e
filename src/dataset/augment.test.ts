import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { randomStream } from '../core/random.js';
import { augmentInto, drawChange, unchanged, type AugmentShape, type Change } from './augment.js';

/** Cases by scipy.ndimage and torch's grid_sample; see test/golden/augment.py. */
interface Golden {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  readonly cases: readonly {
    readonly name: string;
    readonly channels: 1 | 3;
    readonly side: number;
    readonly size: number;
    readonly matrix: readonly [number, number, number, number];
    readonly shift: readonly [number, number];
    readonly intensity: number;
    readonly result: readonly number[];
  }[];
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/augment.json', import.meta.url), 'utf8')) as Golden;
const { mean, deviation } = golden;

const bytes = (channels: number, side: number): Uint8Array =>
  Uint8Array.from({ length: channels * side * side }, (_, i) => 37 * i + 11 * Math.floor(i / 7) ** 2);

function apply(source: Uint8Array, shape: AugmentShape, change: Change): Float32Array {
  const target = new Float32Array(shape.channels * shape.size ** 2);
  augmentInto(target, 0, source, shape, change);
  return target;
}

/** One channel of values in [0, 1], not normalised. */
const gray = (side: number, size: number): AugmentShape => ({ side, size, channels: 1, mean: [0], deviation: [1] });

describe('augmentInto', () => {
  it.each(golden.cases)('$name as by scipy', ({ channels, side, size, matrix: [a, b, c, d], shift, intensity, result }) => {
    const change = { ...unchanged, a, b, c, d, shiftX: shift[0], shiftY: shift[1], intensity };
    const found = apply(bytes(channels, side), { side, size, channels, mean, deviation }, change);
    expect(found).toHaveLength(result.length);
    for (const [i, value] of result.entries()) expect(Math.abs(found[i]! - value), String(i)).toBeLessThan(1e-6);
  });

  it('gives the plain crop bit for bit', () => {
    const [side, size] = [11, 6];
    const source = bytes(3, side);
    const expected = Float32Array.from({ length: 3 * size ** 2 }, (_, i) => {
      const [channel, row, column] = [Math.floor(i / size ** 2), Math.floor(i / size) % size, i % size];
      const value = source[(channel * side + row + 2) * side + column + 2]!;
      return (value / 255 - mean[channel]!) / deviation[channel]!;
    });
    expect(apply(source, { side, size, channels: 3, mean, deviation }, unchanged)).toEqual(expected);
  });

  it.each([5, 6])('makes quarter turns and mirrors exact permutations of %i pixels', (size) => {
    const shape: AugmentShape = { side: 9, size, channels: 3, mean, deviation };
    const source = bytes(3, 9);
    const plain = apply(source, shape, unchanged);
    const seen = new Set<string>();
    for (let n = 0; n < 200; n++) {
      const turned = apply(source, shape, drawChange({ rotate: 'quarter', flip: 'both' }, 1, randomStream(1, n)));
      for (const channel of [0, 1, 2]) {
        const part = (values: Float32Array): Float32Array => values.slice(channel * size ** 2, (channel + 1) * size ** 2);
        expect([...part(turned)].sort()).toEqual([...part(plain)].sort());
      }
      seen.add(turned.join());
    }
    expect(seen.size).toBe(8);
  });

  it('writes at the offset and nowhere else', () => {
    const target = new Float32Array(9).fill(7);
    augmentInto(target, 3, bytes(1, 4), gray(4, 2), unchanged);
    expect([...target].map((value) => value === 7)).toEqual([true, true, true, false, false, false, false, true, true]);
  });

  it('adds noise of that deviation, the same for the same seed, cut to [0, 1]', () => {
    const shape = gray(64, 64);
    const source = new Uint8Array(64 ** 2).fill(128);
    const noisy = apply(source, shape, { ...unchanged, noise: 0.05, noiseSeed: 4 });
    const rest = noisy.map((value) => value - 128 / 255);
    expect(Math.abs(rest.reduce((sum, value) => sum + value, 0) / rest.length)).toBeLessThan(0.003);
    expect(Math.abs(Math.sqrt(rest.reduce((sum, value) => sum + value ** 2, 0) / rest.length) - 0.05)).toBeLessThan(0.002);
    expect(apply(source, shape, { ...unchanged, noise: 0.05, noiseSeed: 4 })).toEqual(noisy);
    expect(apply(source, shape, { ...unchanged, noise: 0.05, noiseSeed: 5 })).not.toEqual(noisy);
    const wild = apply(source, shape, { ...unchanged, noise: 5, noiseSeed: 4 });
    expect([Math.min(...wild), Math.max(...wild)]).toEqual([0, 1]);
  });

  it('sets a square to the mean', () => {
    const shape: AugmentShape = { side: 8, size: 8, channels: 3, mean: [0.1, 0.1, 0.1], deviation: [1, 1, 1] };
    const change = { ...unchanged, cutout: 0.5, cutoutX: 0.5, cutoutY: 0 };
    const found = apply(new Uint8Array(3 * 64).fill(255), shape, change);
    for (const [i, value] of found.entries()) {
      const [row, column] = [Math.floor(i / 8) % 8, i % 8];
      expect(value).toBe(row < 2 && column >= 2 && column < 6 ? 0 : Math.fround(0.9));
    }
  });

  it.each<[string, Partial<AugmentShape>]>([
    ['a crop larger than the source', { size: 9 }],
    ['a source too short', { side: 10 }],
    ['a mean too few', { channels: 3, mean: [0.5] }],
  ])('refuses %s', (_, wrong) => {
    const shape = { ...gray(8, 4), ...wrong };
    expect(() => apply(bytes(1, 8), shape, unchanged)).toThrow(expect.objectContaining({ code: 'dataset/augment' }));
    expect(() => {
      augmentInto(new Float32Array(16), 1, bytes(1, 8), gray(8, 4), unchanged);
    }).toThrow(/with size at most side/);
  });
});

describe('drawChange', () => {
  const draws = (augmentation: Parameters<typeof drawChange>[0], strength = 1): Change[] =>
    Array.from({ length: 2000 }, (_, n) => drawChange(augmentation, strength, randomStream(3, n)));
  const angle = ({ a, b }: Change): number => (Math.atan2(b, a) * 180) / Math.PI;
  const bounds = (values: readonly number[]): [number, number] => [Math.min(...values), Math.max(...values)];
  /** The values fill [-limit, limit] evenly: their ends, mean and deviation. */
  function expectEven(values: readonly number[], limit: number): void {
    const [low, high] = bounds(values);
    expect(high).toBeLessThanOrEqual(limit + 1e-9);
    expect(low).toBeGreaterThanOrEqual(-limit - 1e-9);
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
    expect(Math.abs(average) / limit).toBeLessThan(0.05);
    expect(Math.abs(spread / limit - 1 / Math.sqrt(3))).toBeLessThan(0.03);
  }

  test('without anything switched on, or at strength 0, changes nothing', () => {
    const all = { rotate: 90, flip: 'both', shift: 0.1, zoom: 1, stretch: 1, intensity: 1, noise: 1, cutout: 0.5 } as const;
    const sources = [drawChange({}, 1, randomStream(1)), drawChange(all, 0, randomStream(1))];
    const quarter = drawChange({ ...all, rotate: 'quarter' }, 0, randomStream(2));
    const source = bytes(3, 9);
    const shape: AugmentShape = { side: 9, size: 5, channels: 3, mean, deviation };
    for (const change of [...sources, quarter]) expect(apply(source, shape, change)).toEqual(apply(source, shape, unchanged));
  });

  test('angles, factors and shifts fill their ranges, scaled by the strength', () => {
    expectEven(draws({ rotate: 40 }).map(angle), 40);
    expectEven(draws({ rotate: 40 }, 2).map(angle), 80);
    expectEven(draws({ rotate: 150 }, 2).map(angle), 180);
    expectEven(
      draws({ zoom: 0.5 }).map(({ a }) => Math.log(a)),
      Math.log(1.5),
    );
    expectEven(
      draws({ zoom: 0.5 }, 0.5).map(({ a }) => Math.log(a)),
      Math.log(1.5) / 2,
    );
    expectEven(
      draws({ stretch: 0.3 }).map(({ a, d }) => Math.log(a / d)),
      Math.log(1.3),
    );
    expectEven(
      draws({ intensity: 0.3 }).map(({ intensity }) => Math.log(intensity)),
      Math.log(1.3),
    );
    expectEven(
      draws({ shift: 0.1 }).map(({ shiftX }) => shiftX),
      0.1,
    );
    expectEven(
      draws({ shift: 0.1 }).map(({ shiftY }) => shiftY),
      0.1,
    );
    expect(bounds(draws({ noise: 0.1, cutout: 0.3 }, 2).map(({ noise }) => noise))).toEqual([0.2, 0.2]);
  });

  test('a turn keeps areas, a stretch too', () => {
    for (const { a, b, c, d } of draws({ rotate: 180, stretch: 1 })) expect(a * d - b * c).toBeCloseTo(1, 9);
  });

  test('a zoom above 1 enlarges: the result shows less of the source', () => {
    const large = draws({ zoom: 1 }).find(({ a }) => a < 0.6)!;
    const source = new Uint8Array(100);
    for (const row of [4, 5]) source.fill(255, row * 10 + 4, row * 10 + 6);
    const light = (change: Change): number => apply(source, gray(10, 10), change).reduce((sum, value) => sum + value, 0);
    expect(light(large)).toBeGreaterThan(2 * light(unchanged));
  });

  test('mirrors are drawn half the time, horizontal ones keep rows', () => {
    const found = draws({ flip: 'horizontal' });
    expect(Math.abs(found.filter(({ a }) => a === -1).length / found.length - 0.5)).toBeLessThan(0.05);
    expect(found.every(({ d }) => d === 1)).toBe(true);
  });

  test('switching one kind on leaves the others as they were', () => {
    const [alone, both] = [{ shift: 0.1 }, { shift: 0.1, noise: 0.1, zoom: 0.2, flip: 'both', cutout: 0.2 } as const].map(
      (kinds) => drawChange(kinds, 1, randomStream(9)),
    );
    expect([both!.shiftX, both!.shiftY]).toEqual([alone!.shiftX, alone!.shiftY]);
  });
});
