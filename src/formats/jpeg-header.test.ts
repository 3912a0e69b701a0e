import { describe, expect, it } from 'vitest';
import { findShared } from '../../test/support/shared-data.js';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jpegHeader } from './jpeg-header.js';
import { sharp } from './picture-codec.js';

const plain = sharp({ create: { width: 70, height: 30, channels: 3, background: '#123' } });

describe('jpegHeader', () => {
  it('says what libvips says', async () => {
    const files = [
      await plain.clone().jpeg().toBuffer(),
      await plain
        .clone()
        .jpeg({ progressive: true })
        .withExif({ IFD0: { Orientation: '6', Artist: 'x'.repeat(3000) } })
        .toBuffer(),
      await plain.clone().toColourspace('b-w').jpeg().toBuffer(),
      await plain.clone().toColourspace('cmyk').jpeg().toBuffer(),
    ];
    const headers = files.map((bytes) => jpegHeader(bytes));
    expect(headers.map((header) => header?.components)).toEqual([3, 3, 1, 4]);
    for (const header of headers) expect(header).toMatchObject({ width: 70, height: 30, precision: 8 });
  });

  it('finds nothing in what is cut, lossless or no JPEG', async () => {
    const bytes = await plain.clone().jpeg().toBuffer();
    for (let length = 0; length < 150; length++) expect(jpegHeader(bytes.subarray(0, length))).toBeUndefined();
    const at = bytes.indexOf(Buffer.from([0xff, 0xc0]));
    const changed = (place: number, value: number) => jpegHeader(Buffer.from(bytes).fill(value, place, place + 1));
    expect(changed(at + 1, 0xc3)).toBeUndefined();
    expect(changed(at + 9, 4)).toBeUndefined();
    expect(jpegHeader(Buffer.alloc(4000, 0xff))).toBeUndefined();
    expect(jpegHeader(new Uint8Array(4000))).toBeUndefined();
  });

  const pictures = findShared('astro6_256', 'images');
  it.skipIf(!pictures)('agrees with libvips on real pictures', async () => {
    const names = (await readdir(pictures!, { recursive: true })).filter((name) => /\.jpe?g$/i.test(name)).slice(0, 200);
    for (const name of names) {
      const bytes = await readFile(join(pictures!, name));
      const { width, height, channels } = await sharp(bytes).metadata();
      expect(jpegHeader(bytes)).toEqual({ width, height, components: channels, precision: 8 });
    }
  });
});
