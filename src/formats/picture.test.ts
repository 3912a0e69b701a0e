import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { damaged, fuzzSettings } from '../../test/support/fuzz.js';
import { pngFile, tiffFile } from '../../test/support/picture-files.js';
import { findShared } from '../../test/support/shared-data.js';
import { MessierError } from '../core/errors.js';
import type { Picture } from '../core/picture.js';
import { sharp } from './picture-codec.js';
import { readPicture } from './picture.js';

interface Golden {
  readonly made: Readonly<Record<string, { readonly file: string; readonly pixels: string }>>;
  readonly shared: Readonly<Record<string, string>>;
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/pictures.json', import.meta.url), 'utf8')) as unknown as Golden;
const made = new Map(Object.entries(golden.made).map(([name, { file }]) => [name, new Uint8Array(Buffer.from(file, 'base64'))]));

const digest = ({ width, height, channels, data }: Picture): string =>
  createHash('sha256').update(`${width}x${height}x${channels}:`).update(data).digest('hex').slice(0, 16);

const bytesOf = (name: string): Uint8Array => {
  const bytes = made.get(name);
  if (!bytes) throw new Error(`no golden picture ${name}`);
  return bytes;
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'messier-picture-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('readPicture gives the pixels of Pillow', () => {
  test.each(Object.entries(golden.made))('%s', async (_, { file, pixels }) => {
    expect(digest(await readPicture(Buffer.from(file, 'base64')))).toBe(pixels);
  });

  const shared = findShared('gz1_256') && findShared('astro6_256') ? findShared() : undefined;
  test.skipIf(!shared)('for real JPEGs', async () => {
    const found = new Map<string, string>();
    for (const name of Object.keys(golden.shared)) found.set(name, digest(await readPicture(join(shared ?? '', name))));
    expect(found.size).toBeGreaterThan(250);
    expect(Object.fromEntries(found)).toEqual(golden.shared);
  });
});

describe('readPicture', () => {
  test('reads AVIF', async () => {
    const bytes = await sharp(Buffer.alloc(64 * 48 * 3, 120), { raw: { width: 64, height: 48, channels: 3 } })
      .avif({ lossless: true })
      .toBuffer();
    const { width, height, channels, data } = await readPicture(bytes);
    expect([width, height, channels, new Set(data)]).toEqual([64, 48, 3, new Set([120])]);
  });

  // The whole range in both bytes: a reader that clips, or takes the low byte, is found out.
  const wide = [0, 128, 129, 255, 256, 257, 385, 386, 32_768, 65_278, 65_407, 65_535];
  const narrow = wide.map((value) => Math.round(value / 257));

  test.each(['png', 'tiff'] as const)('scales 16 bits of gray %s to 8, rounded', async (kind) => {
    const file = kind === 'png' ? pngFile(4, 3, 1, 16, wide) : tiffFile(4, 3, 1, 16, wide);
    expect(await readPicture(file)).toEqual({ width: 4, height: 3, channels: 1, data: Uint8Array.from(narrow) });
  });

  test.each(['png', 'tiff'] as const)('scales 16 bits of RGB %s to 8, rounded', async (kind) => {
    const file = kind === 'png' ? pngFile(2, 2, 3, 16, wide) : tiffFile(2, 2, 3, 16, wide);
    expect(await readPicture(file)).toEqual({ width: 2, height: 2, channels: 3, data: Uint8Array.from(narrow) });
  });

  test.each([8, 16])('composes alpha of %i bits on black', async (bits) => {
    const full = 2 ** bits - 1;
    const [half, some] = [Math.round(full / 2), Math.round(full / 5)];
    const gray = await readPicture(pngFile(3, 1, 2, bits, [full, full, full, half, some, 0]));
    expect(gray).toEqual({ width: 3, height: 1, channels: 1, data: Uint8Array.of(255, 128, 0) });
    const colour = await readPicture(pngFile(2, 1, 4, bits, [full, some, 0, full, full, some, 0, half]));
    const share = half / full;
    const data = Uint8Array.of(255, 51, 0, Math.round(255 * share), Math.round(51 * share), 0);
    expect(colour).toEqual({ width: 2, height: 1, channels: 3, data });
  });

  test('takes transparent places of a palette as black', async () => {
    const { data } = await readPicture(
      pngFile(
        2,
        1,
        'palette',
        8,
        [0, 1],
        [
          ['PLTE', Uint8Array.of(10, 20, 30, 40, 50, 60)],
          ['tRNS', Uint8Array.of(255, 0)],
        ],
      ),
    );
    expect([...data]).toEqual([10, 20, 30, 0, 0, 0]);
  });

  // The first row and column of the stored picture are, by EXIF 2.3 tag 274: top left, top right, bottom right, ...
  const shown: Readonly<Record<number, readonly number[][]>> = {
    1: [
      [0, 1, 2],
      [3, 4, 5],
    ],
    2: [
      [2, 1, 0],
      [5, 4, 3],
    ],
    3: [
      [5, 4, 3],
      [2, 1, 0],
    ],
    4: [
      [3, 4, 5],
      [0, 1, 2],
    ],
    5: [
      [0, 3],
      [1, 4],
      [2, 5],
    ],
    6: [
      [3, 0],
      [4, 1],
      [5, 2],
    ],
    7: [
      [5, 2],
      [4, 1],
      [3, 0],
    ],
    8: [
      [2, 5],
      [1, 4],
      [0, 3],
    ],
  };
  test.each(Object.entries(shown))('applies EXIF orientation %s', async (orientation, rows) => {
    const values = Uint8Array.from({ length: 18 }, (_, index) => Math.floor(index / 3) * 40 + (index % 3));
    const raw = sharp(values, { raw: { width: 3, height: 2, channels: 3 } }).withMetadata({ orientation: Number(orientation) });
    for (const file of [await raw.clone().png().toBuffer(), await raw.clone().webp({ lossless: true, exact: true }).toBuffer()]) {
      const picture = await readPicture(file);
      const reds = picture.data.filter((_, index) => index % 3 === 0);
      const found = rows.map((row, y) => row.map((_, x) => (reds[y * picture.width + x] ?? -1) / 40));
      expect([picture.height, picture.width, found]).toEqual([rows.length, rows[0]?.length, rows]);
    }
  });

  test('reads a TIFF that does not say what its second channel is', async () => {
    expect(await readPicture(tiffFile(2, 1, 2, 8, [100, 255, 200, 51]))).toEqual({
      width: 2,
      height: 1,
      channels: 1,
      data: Uint8Array.of(100, 40),
    });
  });

  test('takes paths, through symbolic links too', async () => {
    const path = join(folder, 'named.wrongly.txt');
    writeFileSync(path, bytesOf('lossless.webp'));
    symlinkSync(path, join(folder, 'link.png'));
    expect(await readPicture(join(folder, 'link.png'))).toEqual(await readPicture(bytesOf('lossless.webp')));
  });
});

describe('readPicture refuses', () => {
  test.each([...made].map(([name, bytes]) => [name, bytes] as const))('%s that is cut off', async (name, bytes) => {
    for (const share of [0.05, 0.3, 0.6, 0.9]) {
      const outcome = await readPicture(bytes.subarray(0, Math.floor(bytes.length * share))).then(
        digest,
        (error: unknown) => error,
      );
      // Of several frames the first may be whole.
      if (/animated/.test(name) && outcome === golden.made[name]?.pixels) continue;
      expect(outcome).toMatchObject({
        name: 'MessierError',
        code: expect.stringMatching(/^picture\/(truncated|broken)$/) as unknown,
      });
    }
  });

  test.each(['baseline-2.jpeg', 'progressive-0.jpeg', 'palette.png', 'lossy.webp', 'palette.gif', 'lzw.tiff'])(
    'the first 60 %% of %s as truncated',
    async (name) => {
      const bytes = bytesOf(name);
      const path = join(folder, 'half');
      writeFileSync(path, bytes.subarray(0, bytes.length * 0.6));
      await expect(readPicture(path)).rejects.toMatchObject({
        code: 'picture/truncated',
        message: expect.stringContaining(`"${path}" is a`) as unknown,
      });
    },
  );

  test('a PNG whose content is damaged', async () => {
    const bytes = bytesOf('profile.png').slice();
    bytes.fill(0x55, bytes.length - 100, bytes.length - 60);
    await expect(readPicture(bytes)).rejects.toMatchObject({ code: 'picture/broken' });
  });

  test.each([
    ['nothing', Buffer.alloc(0), 'picture/empty'],
    ['one byte', Buffer.alloc(1), 'picture/format'],
    ['noise', createHash('sha512').update('noise').digest(), 'picture/format'],
    ['text', Buffer.from('file,label\na.jpg,spiral\n'), 'picture/format'],
    ['an SVG drawing', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'picture/format'],
    ['a FITS file', Buffer.from('SIMPLE  =                    T'), 'picture/format'],
    ['HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0'), 'picture/format'],
    ['the head of a JPEG alone', Buffer.from([0xff, 0xd8, 0xff]), 'picture/truncated'],
    ['the head of a TIFF alone', Buffer.from('II*\0'), 'picture/broken'],
  ])('%s', async (_, bytes, code) => {
    await expect(readPicture(bytes)).rejects.toMatchObject({ name: 'MessierError', code });
  });

  test.each([
    ['floating point', 32, 3],
    ['32-bit integers', 32, 1],
  ] as const)('TIFF with pixels of %s', async (_, bits, format) => {
    await expect(readPicture(tiffFile(2, 2, 1, bits, [1, 2, 3, 4], format))).rejects.toMatchObject({ code: 'picture/depth' });
  });

  test('TIFF with five channels', async () => {
    await expect(readPicture(tiffFile(2, 1, 5, 8, Array<number>(10).fill(9)))).rejects.toMatchObject({
      code: 'picture/channels',
    });
  });

  test('or reads whatever happened to a file, and nothing else', async () => {
    const survives = async (bytes: Uint8Array): Promise<void> => {
      try {
        const { width, height, channels, data } = await readPicture(bytes, { pixels: 1_000_000 });
        expect(data).toHaveLength(width * height * channels);
      } catch (error) {
        if (!(error instanceof MessierError)) throw error;
      }
    };
    await fc.assert(fc.asyncProperty(damaged([...made.values()]), survives), fuzzSettings(300));
  });

  test('paths that are no files', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(readPicture(pipe)).rejects.toMatchObject({ code: 'file/read' });
    await expect(readPicture(folder)).rejects.toMatchObject({ code: 'file/read' });
    await expect(readPicture(join(folder, 'absent.jpg'))).rejects.toMatchObject({ code: 'file/absent' });
  });

  test('what is larger than its limits', async () => {
    const file = bytesOf('lossless.webp');
    await expect(readPicture(file, { pixels: 43 * 29 - 1 })).rejects.toMatchObject({ code: 'picture/limit' });
    await expect(readPicture(file, { side: 42 })).rejects.toMatchObject({ code: 'picture/limit' });
    await expect(readPicture(file, { bytes: file.length - 1 })).rejects.toMatchObject({ code: 'file/limit' });
    await expect(readPicture(file, { pixels: 43 * 29, side: 43, bytes: file.length })).resolves.toMatchObject({ width: 43 });
  });

  test('bombs, before they take memory', async () => {
    // 60,000 x 60,000 gray pixels, 3.6 GB, in a file of a few kilobytes; and one whose header alone claims 2^31 - 1 a side.
    const rows = deflateSync(Buffer.alloc(4_000_000));
    const before = process.memoryUsage().rss;
    for (const side of [60_000, 2 ** 31 - 1]) {
      await expect(readPicture(pngFile(side, side, 1, 8, rows))).rejects.toMatchObject({
        code: expect.stringMatching(/^picture\/(limit|broken)$/) as unknown,
      });
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });
});
