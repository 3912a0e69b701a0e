import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { Picture } from '../core/picture.js';
import { pattern } from '../../test/support/pattern.js';
import { perceptualHash } from './perceptual-hash.js';

/** A case of test/golden/perceptual-hash.json, made with NumPy and SciPy; see perceptual-hash.py. */
interface GoldenHash {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly block: number;
  readonly sum: number;
  readonly hash: string;
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/perceptual-hash.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly GoldenHash[];
};

/** The picture of a case, as perceptual-hash.py draws it. */
function draw({ name, height, width, channels, block }: Omit<GoldenHash, 'sum' | 'hash'>): Picture {
  const data = new Uint8Array(height * width * channels).fill(17);
  if (block === 0) return { width, height, channels, data };
  const values = pattern(name, [100, 100, channels], 0.5, 0.5);
  const noise = pattern(`${name}/noise`, [height, width, channels], 10, 10);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    const [x, y] = [Math.floor((pixel % width) / block), Math.floor(Math.floor(pixel / width) / block)];
    data[i] = values[(y * 100 + x) * channels + (i % channels)]! * (name === 'dark' ? 20 : 230) + noise[i]!;
  }
  return { width, height, channels, data };
}

const distance = (a: string, b: string) => (BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2).replaceAll('0', '').length;

describe('perceptual hashes', () => {
  test.each(golden.cases)('$name, $width x $height, as SciPy has it', (one) => {
    const picture = draw(one);
    expect(picture.data.reduce((sum, value) => sum + value, 0)).toBe(one.sum);
    expect(perceptualHash(picture)).toBe(one.hash);
  });

  test('pictures of one level have no bit set, whatever the level and size', () => {
    for (const [size, level] of [
      [1, 0],
      [7, 255],
      [256, 3],
      [500, 128],
    ] as const) {
      const data = new Uint8Array(size * size).fill(level);
      expect(perceptualHash({ width: size, height: size, channels: 1, data })).toBe('0'.repeat(16));
    }
  });

  test('gray as one channel and as three equal ones are the same', () => {
    const gray = draw({ name: 'gray', width: 50, height: 40, channels: 1, block: 6 });
    const colour = Uint8Array.from({ length: gray.data.length * 3 }, (_, i) => gray.data[Math.floor(i / 3)]!);
    expect(perceptualHash({ ...gray, channels: 3, data: colour })).toBe(perceptualHash(gray));
  });

  test('encoding again, half the size and more light change few bits; another picture changes about half of them', async () => {
    const picture = draw({ name: 'kept', width: 240, height: 180, channels: 3, block: 15 });
    const raw = { width: 240, height: 180, channels: 3 as const };
    const source = () => sharp(picture.data, { raw });
    const changed = [
      sharp(await source().jpeg({ quality: 60 }).toBuffer()),
      sharp(await source().resize(120, 90).png().toBuffer()),
      source().linear(1.1, 4),
    ];
    const hash = perceptualHash(picture);
    for (const one of changed) {
      const { data, info } = await one.raw().toBuffer({ resolveWithObject: true });
      const other = { width: info.width, height: info.height, channels: 3 as const, data: new Uint8Array(data) };
      expect(distance(hash, perceptualHash(other))).toBeLessThanOrEqual(8);
    }
    const another = perceptualHash(draw({ name: 'another', width: 240, height: 180, channels: 3, block: 15 }));
    expect(distance(hash, another)).toBeGreaterThan(16);
  });
});
