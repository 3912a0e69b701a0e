import { describe, expect, test } from 'vitest';
import type { Picture } from '../core/picture.js';
import { encodePicture, thumbnailUri } from './picture-encode.js';
import { pictureFormat } from './picture-format.js';
import { readPicture } from './picture.js';

/** A smooth slope, which lossy formats keep nearly. */
const slope = (width: number, height: number, channels: 1 | 3): Picture => {
  const value = (index: number): number => {
    const pixel = Math.floor(index / channels);
    return Math.round((200 * (pixel % width)) / width + (index % channels) * 20);
  };
  return { width, height, channels, data: Uint8Array.from({ length: width * height * channels }, (_, index) => value(index)) };
};

const worst = (a: Picture, b: Picture): number =>
  a.data.reduce((most, value, index) => Math.max(most, Math.abs(value - (b.data[index] ?? 999))), 0);

describe('encodePicture', () => {
  test.each([1, 3] as const)('keeps every pixel of %i channels in PNG', async (channels) => {
    const picture = slope(37, 23, channels);
    expect(await readPicture(await encodePicture(picture, { format: 'png' }))).toEqual(picture);
  });

  test.each(['jpeg', 'webp'] as const)('writes %s, the better the larger', async (format) => {
    const picture = slope(64, 48, 3);
    const [small, usual, large] = await Promise.all(
      [20, undefined, 100].map((quality) => encodePicture(picture, { format, quality })),
    );
    expect(pictureFormat(usual ?? new Uint8Array(0), '')).toBe(format);
    expect(small?.length).toBeLessThan(large?.length ?? 0);
    const read = await readPicture(usual ?? new Uint8Array(0));
    expect([read.width, read.height, read.channels]).toEqual([64, 48, 3]);
    expect(worst(read, picture)).toBeLessThan(20);
  });

  test('keeps gray gray in JPEG', async () => {
    const read = await readPicture(await encodePicture(slope(64, 48, 1), { format: 'jpeg' }));
    expect(read.channels).toBe(1);
    expect(worst(read, slope(64, 48, 1))).toBeLessThan(8);
  });
});

describe('encodePicture refuses', () => {
  test.each([
    ['a side that WebP has no number for', slope(16_384, 1, 1), { format: 'webp' }],
    ['a quality beyond 100', slope(2, 2, 3), { format: 'jpeg', quality: 101 }],
    ['pixels of another size than it says', { ...slope(2, 2, 3), height: 3 }, { format: 'png' }],
  ] as const)('%s', async (_, picture, encoding) => {
    await expect(encodePicture(picture, encoding)).rejects.toMatchObject({ name: 'MessierError', code: 'picture/encode' });
  });
});

describe('thumbnailUri', () => {
  test.each([
    ['wide', slope(200, 100, 3), 40, [40, 20]],
    ['high and gray', slope(50, 100, 1), 40, [20, 40]],
    ['smaller than asked for', slope(30, 10, 3), 40, [30, 10]],
    ['one pixel high', slope(300, 1, 3), 40, [40, 1]],
  ] as const)('is a small copy of a picture that is %s', async (_, picture, side, size) => {
    const uri = await thumbnailUri(picture, side);
    const [head, body = ''] = uri.split(',');
    expect(head).toBe('data:image/webp;base64');
    const read = await readPicture(Buffer.from(body, 'base64'));
    expect([read.width, read.height]).toEqual(size);
    expect(read.data[0]).toBeLessThan(30);
    expect(read.data.at(-1)).toBeGreaterThan(150);
  });
});
