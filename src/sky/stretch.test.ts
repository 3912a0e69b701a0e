import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzSettings } from '../../test/support/fuzz.js';
import { findShared } from '../../test/support/shared-data.js';
import type { Counts } from '../core/picture.js';
import { fitsCounts, openFits } from '../formats/fits.js';
import { applyStretch, defaultStretch, stretchLimits, type Stretch } from './stretch.js';

interface Case {
  readonly counts: string;
  readonly stretch: Stretch;
  readonly low: number;
  readonly high: number;
  readonly sum: number;
  readonly at: readonly number[];
  readonly pixels: readonly number[];
}
interface Golden {
  readonly counts: Readonly<Record<'sky', { readonly data: string }>>;
  readonly cases: readonly Case[];
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/stretch.json', import.meta.url), 'utf8')) as unknown as Golden;

const flat = (width: number, data: Float32Array): Counts => ({ width, height: data.length / width, planes: 1, data });
const skyBytes = inflateSync(Buffer.from(golden.counts.sky.data, 'base64'));
const sky = flat(60, new Float32Array(new Uint8Array(skyBytes).buffer));
const cut = (width: number, height: number): Counts =>
  flat(
    width,
    Float32Array.from({ length: width * height }, (_, index) => sky.data[Math.floor(index / width) * 60 + (index % width)] ?? 0),
  );

/** As test/golden/stretch.py makes them. */
const holes = (): Counts => {
  const data = sky.data.slice().fill(NaN, 3 * 60 + 10, 3 * 60 + 20);
  data[7 * 60] = Infinity;
  data[8 * 60] = -Infinity;
  return flat(60, data);
};
const colours = (): Counts => {
  const mirrored = sky.data.map((_, index) => sky.data[(39 - Math.floor(index / 60)) * 60 + (index % 60)] ?? 0);
  const data = Float32Array.from([...sky.data, ...sky.data.map((value) => value / 2), ...mirrored.map((value) => value + 30)]);
  return { width: 60, height: 40, planes: 3, data };
};
const made: Readonly<Record<string, Counts>> = {
  sky,
  holes: holes(),
  colours: colours(),
  small: cut(4, 3),
  tiny: cut(3, 1),
  uneven: cut(41, 37),
  ramp: flat(
    40,
    Float32Array.from({ length: 1200 }, (_, index) => index),
  ),
};

const expectCase = (counts: Counts, { stretch, low, high, sum, at, pixels }: Case): void => {
  const limits = stretchLimits(counts.data, stretch);
  expect(Math.abs(limits.low - low)).toBeLessThanOrEqual(1e-9 * Math.abs(high));
  expect(Math.abs(limits.high - high)).toBeLessThanOrEqual(1e-9 * Math.abs(high));
  const picture = applyStretch(counts, stretch);
  expect([picture.width, picture.height, picture.channels]).toEqual([counts.width, counts.height, counts.planes]);
  expect(at.map((index) => picture.data[index])).toEqual(pixels);
  expect(picture.data.reduce((total, value) => total + value, 0)).toBe(sum);
};
const title = ({ counts, stretch }: Case): string =>
  `${counts}: ${stretch.kind} ${stretch.softening} ${stretch.low} to ${stretch.high}`;

describe('applyStretch gives the pixels of astropy.visualization', () => {
  const cases = golden.cases.filter((each) => each.counts !== 'M51').map((each) => [title(each), each] as const);
  test.each(cases)('%s', (_, each) => {
    const counts = made[each.counts];
    if (!counts) throw new Error(`no counts "${each.counts}"`);
    expectCase(counts, each);
  });

  test.skipIf(!findShared('fits'))('for a real galaxy', async () => {
    const counts = fitsCounts(await openFits(findShared('fits', 'isophote', 'M51.fits') ?? ''));
    for (const each of golden.cases.filter(({ counts: name }) => name === 'M51')) expectCase(counts, each);
  });
});

describe('applyStretch', () => {
  test('makes NaN black, infinities white and black', () => {
    const counts = flat(5, Float32Array.of(NaN, Infinity, -Infinity, 1, 3));
    expect([...applyStretch(counts, { ...defaultStretch, kind: 'linear', low: 0, high: 100 }).data]).toEqual([0, 255, 0, 0, 255]);
  });

  test.each(['linear', 'asinh', 'log', 'sqrt', 'zscale'] as const)('copes with nothing to see: %s', (kind) => {
    const stretch = { ...defaultStretch, kind };
    expect([...applyStretch(flat(2, new Float32Array(4).fill(NaN)), stretch).data]).toEqual([0, 0, 0, 0]);
    expect([...applyStretch(flat(2, new Float32Array(4).fill(7)), stretch).data]).toEqual([0, 0, 0, 0]);
    expect([...applyStretch(flat(1, new Float32Array(1)), stretch).data]).toEqual([0]);
  });

  test('shows a lone star on an empty sky', () => {
    const data = new Float32Array(1000);
    data[500] = 9;
    expect(applyStretch(flat(40, data), defaultStretch).data[500]).toBe(255);
  });

  test.each([
    [{ low: 60, high: 40 }, 'stretch/limits'],
    [{ low: -1 }, 'stretch/limits'],
    [{ high: 101 }, 'stretch/limits'],
    [{ high: NaN }, 'stretch/limits'],
    [{ softening: 0 }, 'stretch/softening'],
    [{ softening: 1.5 }, 'stretch/softening'],
  ])('refuses %o', (change, code) => {
    expect(() => applyStretch(sky, { ...defaultStretch, ...change })).toThrow(expect.objectContaining({ code }));
  });

  test('never loses the order of brightness', () => {
    const values = fc.float32Array({ minLength: 1, maxLength: 60 });
    const kinds = fc.constantFrom('linear', 'asinh', 'log', 'sqrt', 'zscale');
    const keepsOrder = (data: Float32Array, kind: Stretch['kind'], low: number, high: number): void => {
      const stretch = { kind, softening: 0.1, low: Math.min(low, high), high: Math.max(low, high) };
      const pixels = applyStretch(flat(data.length, data), stretch).data;
      const order = [...data.keys()]
        .filter((index) => !Number.isNaN(data[index]))
        .sort((a, b) => ((data[a] ?? 0) < (data[b] ?? 0) ? -1 : 1));
      const sorted = order.map((index) => pixels[index] ?? -1);
      expect(sorted).toEqual(sorted.toSorted((a, b) => a - b));
    };
    fc.assert(fc.property(values, kinds, fc.nat(100), fc.nat(100), keepsOrder), fuzzSettings(300));
  });
});
