import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Picture } from '../core/picture.js';
import { encodePicture } from '../formats/picture-encode.js';
import { readPicture } from '../formats/picture.js';
import { sha256 } from '../formats/hash.js';
import { findShared } from '../../test/support/shared-data.js';
import { pattern } from '../../test/support/pattern.js';
import { lookAlike, lookOf } from './look-alike.js';
import { duplicatesInCache } from './near-duplicates-cache.js';
import { nearDuplicates, type Fingerprinted } from './near-duplicates.js';
import { perceptualHash } from './perceptual-hash.js';
import type { CachedItem } from './types.js';

const item = (hash: string, perceptual: string): Fingerprinted => ({ id: hash, hash, perceptual });
const hex = (word: bigint) => word.toString(16).padStart(16, '0');

describe('groups of near-duplicates', () => {
  test('one content, near hashes, and chains of them', () => {
    const items = [
      item('a', hex(0n)),
      item('b', hex(0xffffn << 40n)),
      item('c', hex(0xffn)),
      item('a', hex(0n)),
      item('d', hex(0xffffn)),
    ];
    expect(nearDuplicates(items)).toEqual([[0, 2, 3, 4]]);
    expect(nearDuplicates(items, { distance: 7 })).toEqual([[0, 3]]);
    expect(nearDuplicates(items, { confirm: (a, b) => a + b !== 2 })).toEqual([
      [0, 3],
      [2, 4],
    ]);
    expect(nearDuplicates([])).toEqual([]);
  });

  test('without asking: the connected parts of the graph of near hashes', () => {
    const word = fc.bigInt({ min: 0n, max: 0xfffn });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.integer({ min: 0, max: 4 }), (words, distance) => {
        const items = words.map((bits, index) => item(`${index}`, hex(bits * 0x1_0000_1000n)));
        const near = (a: number, b: number) =>
          (((words[a] as bigint) * 0x1_0000_1000n) ^ ((words[b] as bigint) * 0x1_0000_1000n)).toString(2).replaceAll('0', '')
            .length <= distance;
        const names = words.map((_, index) => index);
        for (let changed = true; changed;) {
          changed = false;
          for (const a of names.keys()) {
            for (const b of names.keys()) {
              if (!near(a, b) || (names[a] as number) <= (names[b] as number)) continue;
              names[a] = names[b] as number;
              changed = true;
            }
          }
        }
        const expected = names
          .map((_, first) => [...names.keys()].filter((index) => names[index] === first))
          .filter(({ length }) => length > 1);
        expect(nearDuplicates(items, { distance })).toEqual(expected);
      }),
    );
  });

  test('thousands of one hash are asked about in linear time', () => {
    const items = Array.from({ length: 20_000 }, (_, index) => item(`${index}`, hex(5n)));
    let asked = 0;
    const groups = nearDuplicates(items, {
      confirm: (a, b) => {
        asked++;
        return a % 3 === b % 3;
      },
    });
    expect(groups.map(({ length }) => length)).toEqual([6667, 6667, 6666]);
    expect(asked).toBeLessThan(60_000);
    asked = 0;
    expect(nearDuplicates(items, { confirm: () => asked++ < 0 })).toEqual([]);
    expect(asked).toBeLessThanOrEqual(256 * 20_000);
  });

  test('refuses other distances and hashes', () => {
    expect(() => nearDuplicates([], { distance: 17 })).toThrow(expect.objectContaining({ code: 'duplicates/distance' }));
    expect(() => nearDuplicates([], { distance: 1.5 })).toThrow(expect.objectContaining({ code: 'duplicates/distance' }));
    expect(() => nearDuplicates([item('a', 'F000')])).toThrow(expect.objectContaining({ code: 'duplicates/hash' }));
  });
});

describe('pictures that look alike', () => {
  const plain = (level: number) => lookOf(new Uint8Array(48 * 48).fill(level), 48, 1);
  const textured = (name: string) => lookOf(Uint8Array.from(pattern(name, [40 * 40], 120, 128)), 40, 1);

  test('without structure only where they are equally bright', () => {
    expect(lookAlike(plain(10), plain(13))).toBe(true);
    expect(lookAlike(plain(10), plain(200))).toBe(false);
    expect(lookAlike(plain(128), textured('a'))).toBe(false);
  });

  test('with structure where it is the same', () => {
    expect(lookAlike(textured('a'), textured('a'))).toBe(true);
    expect(lookAlike(textured('a'), textured('b'))).toBe(false);
  });
});

const galaxies = findShared('gz1_256');

/** Central square, halved until it has the cache's side, as planes: gz1_256 has 256 pixels a side. */
function planesOf({ width, channels, data }: Picture, side: number): Uint8Array {
  const block = width / side;
  const planes = new Uint8Array(channels * side * side);
  for (let plane = 0; plane < channels; plane++) {
    for (let cell = 0; cell < side * side; cell++) {
      let sum = 0;
      for (let pixel = 0; pixel < block * block; pixel++) {
        const y = Math.floor(cell / side) * block + Math.floor(pixel / block);
        sum += data[(y * width + (cell % side) * block + (pixel % block)) * channels + plane] as number;
      }
      planes[plane * side * side + cell] = Math.round(sum / block ** 2);
    }
  }
  return planes;
}

/** Half the size, each pixel the mean of four. */
function halved(picture: Picture): Picture {
  const side = picture.width / 2;
  const planes = planesOf(picture, side);
  const data = planes.map((_, at) => planes[(at % 3) * side * side + Math.floor(at / 3)] as number);
  return { width: side, height: side, channels: picture.channels, data };
}

describe.skipIf(galaxies === undefined)('real galaxies', () => {
  test('copies encoded again, halved and brightened are found, different galaxies are not joined', async () => {
    const table = await readFile(join(galaxies as string, 'labels.csv'), 'utf8');
    const files = table
      .split('\n')
      .slice(1, 101)
      .map((line) => line.split(',')[0] as string);
    const originals = await Promise.all(files.map((file) => readPicture(join(galaxies as string, file))));
    const copies = originals.slice(0, 30).map(async (picture, index): Promise<Picture> => {
      if (index % 3 === 0) return readPicture(await encodePicture(picture, { format: 'jpeg', quality: 60 }));
      if (index % 3 === 1) return halved(picture);
      return { ...picture, data: picture.data.map((value) => Math.min(255, Math.round(1.08 * value + 3))) };
    });
    const pictures = [...originals, ...(await Promise.all(copies))];
    const items = pictures.map((picture, index): CachedItem => {
      const { width, height, data } = picture;
      return { id: `${index}`, label: undefined, hash: sha256(data), width, height, perceptual: perceptualHash(picture) };
    });
    const folder = await mkdtemp(join(tmpdir(), 'messier-'));
    try {
      const path = join(folder, 'pixels.bin');
      await writeFile(path, Buffer.concat(pictures.map((picture) => planesOf(picture, 64))));
      const groups = duplicatesInCache({ side: 64, channels: 3, items, skipped: [], path });
      expect(groups).toEqual(Array.from({ length: 30 }, (_, index) => [index, 100 + index]));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
