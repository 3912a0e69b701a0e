import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../core/random.js';
import { sersicSurface } from './components.js';
import { luptonColour } from './lupton.js';
import { render } from './render.js';
import { besselK1, edgeOnDisk, sersic, sersicB } from './sersic.js';
import { galaxyKinds, galaxyPicture, simulateGalaxy } from './simulate.js';

interface Golden {
  readonly sersicB: readonly [n: number, b: number][];
  readonly besselK1: readonly [x: number, value: number][];
  readonly lupton: {
    readonly side: number;
    readonly planes: readonly number[][];
    readonly cases: readonly { q: number; stretch: number; black: number; pixels: number[] }[];
  };
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/sky.json', import.meta.url), 'utf8')) as Golden;

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

describe('profiles', () => {
  it.each(golden.sersicB)('b of index %d is %d, as scipy inverts the incomplete gamma function', (n, b) => {
    expect(Math.abs(sersicB(n) - b)).toBeLessThan(2e-4);
  });

  it.each(golden.besselK1)('K1(%d) is %d, as in scipy', (x, value) => {
    expect(Math.abs(besselK1(x) / value - 1)).toBeLessThan(1e-6);
  });

  it.each([1, 4])('half of the light of index %d lies within the effective radius', (n) => {
    let [inside, total] = [0, 0];
    // Rings in steps of one thousandth in the logarithm of the radius.
    for (let step = -12_000; step < 12_000; step++) {
      const radius = Math.exp(step / 1000);
      const light = radius ** 2 * sersic(radius, 1, n);
      total += light;
      if (radius < 1) inside += light;
    }
    expect(inside / total).toBeCloseTo(0.5, 2);
  });

  it('a disk from the side is brightest in the middle and falls with the height as sech squared', () => {
    expect(edgeOnDisk(0, 0, 2, 0.3)).toBe(1);
    expect(edgeOnDisk(1, 0.3, 2, 0.3) / edgeOnDisk(1, 0, 2, 0.3)).toBeCloseTo(1 / Math.cosh(1) ** 2, 12);
  });
});

describe('luptonColour', () => {
  const { side, planes, cases } = golden.lupton;
  it.each(cases)('is what astropy makes of q $q, stretch $stretch, black $black', ({ q, stretch, black, pixels }) => {
    const counts = { width: side, height: side, planes: 3, data: Float32Array.from(planes.flat()) } as const;
    const { data } = luptonColour(counts, { q, stretch, black });
    const differences = [...data].map((value, at) => Math.abs(value - (pixels[at] ?? NaN)));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    // Both cut to whole numbers, and astropy's white is 254 or 255 by rounding.
    expect(differences.filter((difference, at) => difference > 0 && (pixels[at] ?? 0) < 254).length).toBeLessThan(3);
  });
});

describe('render', () => {
  const observation = { side: 64, pixelScaleArcsec: 0.5, seeingArcsec: 1.4 };
  const place = { x: 0, y: 0, angle: 0.3, axisRatio: 0.8 };

  it('keeps the light, in the colours asked for', () => {
    const component = { surface: sersicSurface(place, 2, 1), flux: 400, gMinusR: 0.75, rMinusI: 0.4 };
    const { data } = render([component], observation, randomStream(1));
    const [i, r, g] = [0, 1, 2].map((plane) => sum(data.subarray(plane * 4096, (plane + 1) * 4096)));
    // The wings of the point-spread function carry little beyond the frame; noise adds up to some nanomaggies.
    expect(Math.abs((r ?? 0) - 400)).toBeLessThan(8);
    expect(2.5 * Math.log10((r ?? 0) / (g ?? 0))).toBeCloseTo(0.75, 1);
    expect(2.5 * Math.log10((i ?? 0) / (r ?? 0))).toBeCloseTo(0.4, 1);
  });

  it('has the noise of the sky where nothing is', () => {
    const { data } = render([], observation, randomStream(2));
    const plane = data.subarray(4096, 8192);
    // r: 20.9 mag per square arcsec on pixels of a quarter, 900 electrons a nanomaggy.
    const expected = Math.sqrt((10 ** (-0.4 * (20.9 - 22.5)) * 0.25) / 900);
    const deviation = Math.sqrt(sum(plane.map((value) => value ** 2)) / 4096);
    expect(deviation / expected).toBeCloseTo(1, 1);
    expect(Math.abs(sum(plane) / 4096)).toBeLessThan(4 * (expected / 64));
  });

  it('blurs a point to the seeing asked for', () => {
    const point = { surface: sersicSurface(place, 0.01, 1), flux: 1e6, gMinusR: 0, rMinusI: 0 };
    const { data } = render([point], { side: 65, pixelScaleArcsec: 0.2, seeingArcsec: 2 }, randomStream(3));
    const row = data.subarray(65 * 65 + 32 * 65, 65 * 65 + 33 * 65);
    const peak = row[32] ?? 0;
    const width = row.filter((value) => value > peak / 2).length * 0.2;
    expect(Math.abs(width - 2)).toBeLessThanOrEqual(0.3);
  });
});

describe('simulateGalaxy', () => {
  it.each(galaxyKinds)('makes the same %s for the same seed and number, another for another', (kind) => {
    const make = (index: number): Uint8Array => galaxyPicture(simulateGalaxy(kind, { seed: 5, index }, { side: 32 })).data;
    expect(make(1)).toEqual(make(1));
    expect(make(2)).not.toEqual(make(1));
    const bright = make(1).filter((value) => value > 60).length / (32 * 32 * 3);
    // A galaxy is to be seen, on a dark sky.
    expect(bright).toBeGreaterThan(0.02);
    expect(bright).toBeLessThan(0.75);
  });

  it('makes ellipticals redder than spirals', () => {
    const redness = (kind: 'elliptical' | 'spiral'): number =>
      sum(
        Array.from({ length: 10 }, (_, index) => {
          const { data } = simulateGalaxy(kind, { seed: 1, index }, { side: 32 }).counts;
          return Math.log10(sum(data.subarray(0, 1024)) / sum(data.subarray(2048)));
        }),
      ) / 10;
    expect(redness('elliptical')).toBeGreaterThan(redness('spiral') + 0.1);
  });

  it.each([8, 2000, 20.5])('refuses %d pixels a side', (side) => {
    expect(() => simulateGalaxy('ring', { seed: 1, index: 0 }, { side })).toThrow(expect.objectContaining({ code: 'sky/side' }));
  });
});
