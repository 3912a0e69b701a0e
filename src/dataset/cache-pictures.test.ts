import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPicture } from '../formats/picture.js';
import { pattern } from '../../test/support/pattern.js';
import { CachePictures, spriteOf } from './cache-pictures.js';
import type { PixelCache } from './types.js';

let folder = '';
let cache: PixelCache;

/** Two pictures of 4 x 4: value 10 * row + column, a channel more by 50 each; and all 200. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'messier-'));
  const first = Array.from({ length: 48 }, (_, at) => 50 * Math.floor(at / 16) + 10 * Math.floor((at % 16) / 4) + (at % 4));
  const path = join(folder, 'pixels.bin');
  await writeFile(path, Uint8Array.from([...first, ...Array<number>(48).fill(200)]));
  cache = { side: 4, channels: 3, items: [], skipped: [], path };
});
afterAll(() => rm(folder, { recursive: true }));

test('squares of a cache are averaged to fewer pixels, and repeated to more', () => {
  const pictures = CachePictures.open(cache);
  // Means of rows 0, 1 and columns 0, 1: 5.5; of 2, 3: 7.5; and so on, rounded.
  expect(pictures.small(0, 2)).toEqual({
    width: 2,
    height: 2,
    channels: 3,
    data: Uint8Array.of(6, 56, 106, 8, 58, 108, 26, 76, 126, 28, 78, 128),
  });
  expect([...pictures.picture(0).data.slice(0, 6)]).toEqual([0, 50, 100, 1, 51, 101]);
  expect([...pictures.small(0, 8).data.slice(0, 9)]).toEqual([0, 50, 100, 0, 50, 100, 1, 51, 101]);
  // Pixel 1 of 3 touches columns 1 and 2.
  expect(pictures.small(0, 3).data[3]).toBe(Math.round((1 + 2 + 11 + 12) / 4));
  pictures.close();
});

test('a sprite holds them in order, in rows', async () => {
  const { uri, side, columns } = await spriteOf(cache, [1, 0, 1], {});
  expect([side, columns]).toEqual([48, 2]);
  const picture = await readPicture(Buffer.from(uri.replace('data:image/webp;base64,', ''), 'base64'));
  expect([picture.width, picture.height]).toEqual([96, 96]);
  const red = (x: number, y: number) => picture.data[3 * (y * picture.width + x)]!;
  expect(red(24, 24)).toBeGreaterThan(190);
  expect(red(72, 24)).toBeLessThan(40);
  expect(red(24, 72)).toBeGreaterThan(190);
  expect(red(72, 72)).toBeLessThan(10);
  await expect(spriteOf(cache, [0], { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
});

test('a sprite that would be too long is coarser', async () => {
  const path = join(folder, 'noise.bin');
  await writeFile(path, Uint8Array.from(pattern('noise', [48 * 48 * 3], 128, 128)));
  const noisy: PixelCache = { ...cache, side: 48, path };
  const length = async (mostBytes?: number) => (await spriteOf(noisy, [0, 0, 0, 0], { mostBytes })).uri.length;
  const fine = await length();
  expect(await length(0.75 * fine)).toBe(fine);
  const coarse = await length(0.6 * fine);
  expect(coarse).toBeLessThan(0.9 * fine);
  expect(await length(1)).toBeLessThan(coarse);
});
