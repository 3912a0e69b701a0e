import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { projectFile, runModule } from '../../test/support/child.js';
import { pngFile } from '../../test/support/picture-files.js';
import { findShared } from '../../test/support/shared-data.js';
import { loadPictureFile } from '../dataset/load-picture.js';
import { perceptualHash } from '../dataset/perceptual-hash.js';
import { sharp } from '../formats/picture-codec.js';
import { defaultStretch } from '../sky/stretch.js';
import { intake, type Intake } from './intake.js';
import { IntakeRoom } from './intake-room.js';

const pictures = findShared('astro6_256', 'images');
const fits = findShared('fits');

/** Takes a file in and compares with what a pixel cache would say of it. */
async function check(path: string): Promise<Intake> {
  const bytes = await readFile(path);
  const [taken, { picture, hash }] = await Promise.all([intake(bytes), loadPictureFile(path, defaultStretch)]);
  const { width, height } = picture;
  expect(taken).toMatchObject({ hash, bytes: bytes.length, width, height, perceptual: perceptualHash(picture) });
  const small = await sharp(taken.thumbnail).metadata();
  expect(small.format).toBe('jpeg');
  expect(Math.max(small.width, small.height)).toBe(Math.min(192, Math.max(width, height)));
  return taken;
}

describe('intake', () => {
  it.skipIf(!pictures)('says of real pictures what a pixel cache says', async () => {
    const names = (await readdir(pictures!, { recursive: true })).filter((name) => name.endsWith('.jpg')).sort();
    for (const name of names.slice(0, 40)) await check(join(pictures!, name));
  });

  it.skipIf(!fits)('stretches FITS files, packed or not', async () => {
    const names = (await readdir(fits!, { recursive: true })).filter((name) => /\.fits?(\.gz)?$/.test(name));
    expect(names.length).toBeGreaterThan(2);
    for (const name of names) expect((await check(join(fits!, name))).format).toBe('fits');
  });

  it('applies the orientation, and keeps gray gray', async () => {
    const base = sharp({ create: { width: 400, height: 100, channels: 3, background: '#456' } });
    const turned = await base.clone().jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(await intake(turned)).toMatchObject({ format: 'jpeg', width: 100, height: 400 });
    const gray = await intake(await base.clone().toColourspace('b-w').png().toBuffer());
    expect(gray).toMatchObject({ format: 'png', width: 400, height: 100, perceptual: '0000000000000000' });
    expect(await sharp(gray.thumbnail).metadata()).toMatchObject({ width: 192, height: 48, channels: 1 });
  });

  it('refuses what is cut off anywhere, no picture, or has too many pixels', async () => {
    const noise = Buffer.from(Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => (i * i) % 251));
    for (const format of ['jpeg', 'png', 'webp'] as const) {
      const bytes = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
        .toFormat(format)
        .toBuffer();
      for (const share of [0.3, 0.6, 0.9]) {
        await expect(intake(bytes.subarray(0, Math.floor(bytes.length * share)))).rejects.toMatchObject({
          code: expect.stringMatching(/^picture\/(truncated|broken)$/) as string,
        });
      }
    }
    await expect(intake(Buffer.from('<html>'))).rejects.toMatchObject({ code: 'picture/format' });
    await expect(intake(new Uint8Array())).rejects.toMatchObject({ code: 'picture/empty' });
    const huge = pngFile(20_000, 20_000, 1, 1, Buffer.alloc(10));
    await expect(intake(huge, { title: '"x"' })).rejects.toMatchObject({ code: 'picture/limit' });
    await expect(intake(Buffer.from([0x1f, 0x8b, 8, 0]))).rejects.toMatchObject({
      code: expect.stringMatching(/^gzip/) as string,
    });
  });
});

describe('memory', () => {
  const prelude = `
    import { deflateSync, gzipSync } from 'node:zlib';
    import { intake } from '${projectFile('src/collect/intake.ts')}';
    import { pngFile } from '${projectFile('test/support/picture-files.ts')}';
    const card = (name, value) => (name.padEnd(8) + '= ' + value.padStart(20)).padEnd(80);
    const fits = (side) => {
      const head = card('SIMPLE', 'T') + card('BITPIX', '8') + card('NAXIS', '2') + card('NAXIS1', side) + card('NAXIS2', side);
      return gzipSync(Buffer.concat([Buffer.from((head + 'END').padEnd(2880)), Buffer.alloc(Math.ceil(side * side / 2880) * 2880)]));
    };
  `;
  const small = { NODE_OPTIONS: '--max-old-space-size=160' };

  // Lists of numbers in the heap would take eight bytes a pixel: 200 MB.
  it('of large pictures is not that of the heap, which would end the process', async () => {
    const program = `${prelude}
      const side = 5000;
      const png = pngFile(side, side, 2, 8, deflateSync(Buffer.alloc(side * (1 + 2 * side))));
      for (const bytes of [png, fits(String(side))]) console.log((await intake(bytes)).width);
    `;
    expect(await runModule(program, { env: small })).toEqual({ code: 0, stdout: '5000\n5000\n', stderr: '' });
  });

  it('of packed FITS files is taken in turn, before they are unpacked', async () => {
    const bytes = gzipSync(Buffer.alloc(2 ** 20));
    const entered: number[] = [];
    class Watched extends IntakeRoom {
      override enter(amount: number): Promise<void> {
        entered.push(amount);
        return super.enter(amount);
      }
    }
    await expect(intake(bytes, { room: new Watched(1) })).rejects.toMatchObject({ code: 'fits/format' });
    expect(entered).toHaveLength(1);
    expect(entered[0]).toBeGreaterThanOrEqual(2 ** 20);
  });
});

describe('IntakeRoom', () => {
  it('holds no more than its size, one larger thing alone, and lets everybody in in turn', async () => {
    const room = new IntakeRoom(10);
    let held = 0;
    const order: number[] = [];
    const stay = async (amount: number) => {
      await room.enter(amount);
      held += amount;
      order.push(amount);
      expect(held === amount || held <= 10).toBe(true);
      await new Promise(setImmediate);
      held -= amount;
      room.leave(amount);
    };
    const amounts = [4, 6, 1, 25, 3, 3, 3, 3, 10, 11, 1];
    await Promise.all(amounts.map(stay));
    expect(order).toEqual(amounts);
    expect(held).toBe(0);
  });
});
