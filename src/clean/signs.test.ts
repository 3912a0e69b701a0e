import { describe, expect, it } from 'vitest';
import { grayPlanes, noise, spots } from '../../test/support/planes.js';
import { signsOf } from './signs.js';

const side = 224;
const of = (level: (x: number, y: number) => number) => signsOf(grayPlanes(side, level), side, 3);
const sky = spots(1);
const nebula = (x: number, y: number): number => sky(x / side, y / side);
/** Strokes of letters: upright bars of two pixels in lines of 7 rows, 16 apart. */
const letters = (x: number, y: number): boolean => y % 16 < 7 && x > 20 && x < 200 && (x * 7 + Math.floor(y / 16) * 3) % 5 < 2;

describe('signs of a picture', () => {
  const plain = of(nebula);

  it('sees lines of text', () => {
    const written = of((x, y) => (y > 150 && letters(x, y) ? 235 : nebula(x, y)));
    expect(plain.text).toBeLessThan(0.1);
    expect(written.text).toBeGreaterThan(0.3);
  });

  it('sees frames and panels by their straight edges, upright and level ones', () => {
    expect(plain.line).toBeLessThan(0.2);
    expect(of((x, y) => (x < 112 ? 0.4 * nebula(x, y) : 255)).line).toBeGreaterThan(0.8);
    expect(of((x, y) => (y < 112 ? 0.4 * nebula(x, y) : 255)).line).toBeGreaterThan(0.8);
    expect(of((x, y) => (x + y < 200 ? 0.4 * nebula(x, y) : 255)).line).toBeLessThan(0.2);
  });

  it('tells flat areas from black sky', () => {
    expect(of((x) => (x < 100 ? 0 : 180)).flat).toBeCloseTo(0.55, 1);
    expect(of(() => 0).flat).toBe(0);
    const random = noise(3);
    expect(of(() => 100 + 40 * random()).flat).toBe(0);
  });

  it('measures contrast, brightness and sharpness', () => {
    expect(of(() => 90)).toMatchObject({ contrast: 0, brightest: expect.closeTo(90, 0) as number, sharpness: 0 });
    expect(of((x) => (x % 2 === 0 ? 100 : 120)).contrast).toBeCloseTo(10, 3);
    expect(of((x, y) => 20 + 0.6 * x + 0.3 * y).contrast).toBeLessThan(0.5);
    expect(of((x, y) => 200 - ((x - 90) ** 2 + (y - 60) ** 2) / 250).contrast).toBeLessThan(0.5);
    expect(of((x, y) => 20 + 0.6 * x + (y % 2 === 0 ? 10 : -10)).contrast).toBeCloseTo(10, 1);
    const random = noise(5);
    expect(of(() => 255 * random()).sharpness).toBeGreaterThan(5);
    expect(plain.sharpness).toBeLessThan(0.25);
  });

  it('reads gray pictures of one channel alike', () => {
    const planes = grayPlanes(side, nebula);
    expect(signsOf(planes.subarray(0, side * side), side, 1).text).toBe(plain.text);
  });
});
