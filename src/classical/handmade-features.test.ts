import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryDataset } from '../../test/support/memory-dataset.js';
import { grayPlanes, noise, spots } from '../../test/support/planes.js';
import { makePixelCache } from '../dataset/pixel-cache.js';
import { defaultStretch } from '../sky/stretch.js';
import { handmadeFeatures } from './handmade-features.js';
import {
  binaryPatterns,
  colourShares,
  orientedGradients,
  planesOf,
  quantiles,
  shrink,
  waveletEnergies,
} from './picture-measures.js';

const side = 64;
const planes = (level: (x: number, y: number) => number) => planesOf(grayPlanes(side, level), side, 3);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value ** 2, 0);

describe('measures of a picture', () => {
  it('are shares', () => {
    const random = noise(2);
    const picture = planes(() => 255 * random());
    expect(sum(colourShares(picture))).toBeCloseTo(1, 6);
    expect(sum(binaryPatterns(picture.luma))).toBeCloseTo(1, 6);
    expect(sum(orientedGradients(picture.luma))).toBeCloseTo(1, 6);
  });

  it('tell directions of edges', () => {
    const upright = orientedGradients(planes((x) => 4 * x).luma);
    const level = orientedGradients(planes((_, y) => 4 * y).luma);
    for (let cell = 0; cell < 16; cell++) {
      expect(upright[9 * cell]).toBeGreaterThan(0.2);
      expect(level[9 * cell + 4]).toBeGreaterThan(0.2);
      expect(level[9 * cell]).toBeCloseTo(0, 6);
    }
  });

  it('take no notice of turns by quarters in patterns', () => {
    const sky = spots(4);
    const one = binaryPatterns(planes((x, y) => sky(x / side, y / side)).luma);
    const turned = binaryPatterns(planes((x, y) => sky(y / side, (side - 1 - x) / side)).luma);
    expect(turned).toEqual(one.map((share) => expect.closeTo(share, 6) as number));
  });

  it('are exact where they can be', () => {
    expect(quantiles(Float32Array.of(9, 1, 5, 3), [0, 0.25, 0.5, 0.99])).toEqual([1, 3, 5, 9]);
    expect([...shrink({ side: 4, data: Float32Array.from({ length: 16 }, (_, at) => at) }, 2).data]).toEqual([
      2.5, 4.5, 10.5, 12.5,
    ]);
    const stripes = waveletEnergies(planes((x) => (x % 2 === 0 ? 10 : 20)).luma);
    expect(stripes[0]).toBeCloseTo(Math.log1p(400), 4);
    expect(stripes.slice(1).every((energy) => Math.abs(energy) < 1e-6)).toBe(true);
  });
});

describe('features made by hand', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'messier-handmade-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });
  const cacheOf = (names: readonly string[]) => {
    const random = noise(9);
    const data = () => Uint8Array.from({ length: 40 * 40 * 3 }, () => 255 * random());
    const pictures = Object.fromEntries(
      names.map((name) => [name, { width: 40, height: 40, channels: 3 as const, data: data() }]),
    );
    return makePixelCache(memoryDataset(pictures), { side, channels: 3, fit: 'stretch', stretch: defaultStretch, folder });
  };

  it('have mean 0 and deviation 1 over the pictures, within 5', async () => {
    const { all, shapes } = await handmadeFeatures(await cacheOf(['a', 'b', 'c', 'd']));
    expect([all.dims, shapes.dims]).toEqual([
      [4, 322],
      [4, 174],
    ]);
    const data = all.data as Float32Array;
    for (let column = 0; column < 322; column++) {
      const values = [0, 1, 2, 3].map((row) => data[row * 322 + column]!);
      expect(values.reduce((total, value) => total + value, 0)).toBeCloseTo(0, 4);
      const squares = sum(values);
      expect(squares === 0 || Math.abs(squares - 4) < 1e-3).toBe(true);
    }
  });

  it('are all 0 of a single picture, and end at the signal', async () => {
    const cache = await cacheOf(['only']);
    const { all } = await handmadeFeatures(cache);
    expect((all.data as Float32Array).every((value) => value === 0)).toBe(true);
    await expect(handmadeFeatures(cache, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});
