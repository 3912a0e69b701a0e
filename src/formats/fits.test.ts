import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fitsFile, fitsHeader } from '../../test/support/fits-files.js';
import { damaged, fuzzSettings } from '../../test/support/fuzz.js';
import { findShared } from '../../test/support/shared-data.js';
import { MessierError } from '../core/errors.js';
import { fitsCounts, openFits, type FitsValue } from './fits.js';

interface Made {
  readonly file: string;
  readonly unit: number;
  readonly width: number;
  readonly height: number;
  readonly planes: number;
  readonly data: readonly (number | string)[];
}
interface Shared {
  readonly bitpix: number;
  readonly width: number;
  readonly height: number;
  readonly blank: number;
  readonly sum: number;
  readonly squares: number;
  readonly min: number;
  readonly max: number;
  readonly at: readonly number[];
  readonly values: readonly number[];
  readonly cards: number;
}
interface Golden {
  readonly made: Readonly<Record<string, Made>>;
  readonly header: { readonly file: string; readonly values: Readonly<Record<string, readonly [FitsValue, string]>> };
  readonly compressed: Readonly<Record<string, string>>;
  readonly shared: Readonly<Record<string, Shared>>;
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/fits.json', import.meta.url), 'utf8')) as unknown as Golden;
const packed = (file: string): Buffer => Buffer.from(file, 'base64');
const unpacked = (name: string): Buffer => gunzipSync(packed(golden.made[name]?.file ?? ''));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'messier-fits-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** NaN and infinities by name; astropy scales integers of 8 and 16 bits in float32, so the others to 1e-6. */
const expectValues = (found: Float32Array, expected: readonly (number | string)[]): void => {
  expect(found).toHaveLength(expected.length);
  const most = Math.max(...expected.filter((value) => typeof value === 'number').map(Math.abs));
  expected.forEach((value, index) => {
    const ours = found[index] ?? 0;
    if (typeof value === 'string') expect(String(ours).toLowerCase().replace('infinity', 'inf')).toBe(value);
    else expect(Math.abs(ours - value)).toBeLessThanOrEqual(1e-6 * most);
  });
};

describe('fitsCounts reads what astropy reads', () => {
  test.each(Object.entries(golden.made))('%s', async (_, { file, unit, width, height, planes, data }) => {
    for (const source of [packed(file), gunzipSync(packed(file))]) {
      const opened = await openFits(source);
      const counts = fitsCounts(opened);
      expect([counts.width, counts.height, counts.planes]).toEqual([width, height, planes]);
      expectValues(counts.data, data);
      expect(fitsCounts(opened, { hdu: unit })).toEqual(counts);
    }
  });

  test.skipIf(!findShared('fits')).each(Object.entries(golden.shared))('%s', async (name, expected) => {
    const opened = await openFits(findShared(name) ?? '');
    const { width, height, planes, data } = fitsCounts(opened);
    const known = [...data].filter((value) => !Number.isNaN(value));
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    expect({
      bitpix: opened.hdus[0]?.bitpix,
      width,
      height,
      blank: data.length - known.length,
      min: known.reduce((a, b) => Math.min(a, b)),
      max: known.reduce((a, b) => Math.max(a, b)),
      at: expected.at,
      values: expected.at.map((index) => data[index]),
    }).toEqual({ ...expected, sum: undefined, squares: undefined, cards: undefined });
    expect(planes).toBe(1);
    expect(sum(known) / expected.sum).toBeCloseTo(1, 10);
    expect(sum(known.map((value) => value * value)) / expected.squares).toBeCloseTo(1, 10);
  });
});

describe('openFits', () => {
  test('reads the cards that astropy reads', async () => {
    const { hdus } = await openFits(packed(golden.header.file));
    const cards = new Map(hdus[0]?.header.cards.map(({ keyword, value, comment }) => [keyword, [value, comment]]));
    for (const [keyword, card] of Object.entries(golden.header.values))
      expect([keyword, cards.get(keyword)]).toEqual([keyword, card]);
    expect(cards.get('NOTHING')).toEqual([undefined, '']);
    expect(cards.get('COMMENT')).toEqual([undefined, 'a comment = no value']);
    expect(cards.get('HISTORY')).toEqual([undefined, 'history / of it']);
    expect(hdus[0]?.header.values.get('LONG')).toBe(golden.header.values['LONG']?.[0]);
  });

  test('lists every unit', async () => {
    const { hdus } = await openFits(unpacked('several units'));
    expect(hdus.map(({ index, name, kind, axes }) => [index, name, kind, axes])).toEqual([
      [0, '', 'image', []],
      [1, '', 'table', [4, 7]],
      [2, '', 'table', [3, 2]],
      [3, 'EMPTY', 'image', []],
      [4, 'SCI', 'image', [5, 4]],
      [5, '', 'image', [5, 4]],
    ]);
  });

  test('takes paths, and several gzip members', async () => {
    const path = join(folder, 'image.fits');
    const file = unpacked('16');
    writeFileSync(path, file);
    writeFileSync(`${path}.gz`, Buffer.concat([gzipSync(file.subarray(0, 3000)), gzipSync(file.subarray(3000))]));
    expect(fitsCounts(await openFits(`${path}.gz`))).toEqual(fitsCounts(await openFits(path)));
  });
});

describe('fitsCounts', () => {
  test('takes the unit and the plane it is told', async () => {
    const several = await openFits(unpacked('several units'));
    const science = fitsCounts(several, { hdu: 'SCI' });
    expect([...fitsCounts(several, { hdu: 5 }).data]).toEqual([...science.data].map((value) => value * 2));
    const cube = await openFits(unpacked('three planes'));
    const colours = fitsCounts(cube);
    for (const plane of [0, 1, 2]) {
      const one = fitsCounts(cube, { plane });
      expect(one).toEqual({ width: 5, height: 4, planes: 1, data: colours.data.slice(plane * 20, plane * 20 + 20) });
    }
  });

  test.each([
    ['a unit that is not there', 'several units', { hdu: 9 }, 'fits/image'],
    ['a name that is not there', 'several units', { hdu: 'ERR' }, 'fits/image'],
    ['a table', 'several units', { hdu: 1 }, 'fits/shape'],
    ['a unit without data', 'several units', { hdu: 3 }, 'fits/shape'],
    ['a plane beyond the last', 'three planes', { plane: 3 }, 'fits/plane'],
    ['a plane before the first', 'three planes', { plane: -1 }, 'fits/plane'],
    ['half a plane', 'three planes', { plane: 0.5 }, 'fits/plane'],
    ['random groups', 'random groups', { hdu: 0 }, 'fits/shape'],
  ] as const)('refuses %s', async (_, name, options, code) => {
    const opened = await openFits(unpacked(name));
    expect(() => fitsCounts(opened, options)).toThrow(expect.objectContaining({ name: 'MessierError', code }));
  });

  test.each(Object.entries(golden.compressed))('says what to do about tiles of %s', async (method, file) => {
    const opened = await openFits(packed(file));
    expect(opened.hdus.map(({ kind }) => kind)).toEqual(['image', 'compressed']);
    const message = expect.stringMatching(new RegExp(`${method}.*funpack`)) as unknown;
    expect(() => fitsCounts(opened)).toThrow(expect.objectContaining({ code: 'fits/compressed', message }));
  });

  test.each([
    ['no image at all', fitsFile(8, [], 0), 'fits/image'],
    ['a spectrum', fitsFile(8, [100], 2880), 'fits/image'],
    ['an empty axis', fitsFile(8, [0, 10], 2880), 'fits/image'],
    ['more pixels than the limit', fitsFile(8, [100_000_001, 1], 100_000_001), 'fits/limit'],
    ['a scale that is no number', fitsFile(8, [2, 2], 2880, [['BSCALE', "'one'"]]), 'fits/header'],
  ])('refuses %s', async (_, file, code) => {
    const opened = await openFits(file);
    expect(() => fitsCounts(opened)).toThrow(expect.objectContaining({ code }));
  });
});

describe('openFits refuses', () => {
  test.each([
    ['nothing', Buffer.alloc(0), 'fits/format'],
    ['a picture', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'fits/format'],
    ['a header without END', fitsHeader([['SIMPLE', 'T']]).subarray(0, 80), 'fits/truncated'],
    ['a header that never ends', Buffer.from('SIMPLE  ='.padEnd(80).repeat(60_000)), 'fits/limit'],
    ['BITPIX 12', fitsFile(12, [2, 2], 2880), 'fits/header'],
    [
      'no BITPIX',
      fitsHeader([
        ['SIMPLE', 'T'],
        ['NAXIS', 0],
      ]),
      'fits/header',
    ],
    [
      'no NAXIS',
      fitsHeader([
        ['SIMPLE', 'T'],
        ['BITPIX', 8],
      ]),
      'fits/header',
    ],
    [
      'an axis without a size',
      fitsHeader([
        ['SIMPLE', 'T'],
        ['BITPIX', 8],
        ['NAXIS', 1],
      ]),
      'fits/header',
    ],
    [
      'NAXIS 1000',
      fitsHeader([
        ['SIMPLE', 'T'],
        ['BITPIX', 8],
        ['NAXIS', 1000],
      ]),
      'fits/header',
    ],
    [
      'NAXIS 1e15',
      fitsHeader([
        ['SIMPLE', 'T'],
        ['BITPIX', 8],
        ['NAXIS', '1E15'],
      ]),
      'fits/header',
    ],
    ['a negative axis', fitsFile(8, [-1, 2], 2880), 'fits/header'],
    ['an axis of 2.5', fitsFile(8, [2.5, 2], 2880), 'fits/header'],
    ['an axis beyond 2^53', fitsFile(8, [1e20, 2], 2880), 'fits/header'],
    ['a negative PCOUNT', fitsFile(8, [2, 2], 2880, [['PCOUNT', -1]]), 'fits/header'],
    ['a shape bomb', fitsFile(-64, [1_000_000_000, 1_000_000_000], 2880), 'fits/truncated'],
    ['a shape beyond all numbers', fitsFile(8, [...Array<number>(40).fill(1e15), 0], 2880, [['GCOUNT', 0]]), 'fits/truncated'],
    ['data cut off', fitsFile(16, [10, 10], 199), 'fits/truncated'],
    ['gzip cut off', packed(golden.made['16']?.file ?? '').subarray(0, -20), 'gzip/truncated'],
    ['gzip of something else', gzipSync('text'), 'fits/format'],
    [
      'damaged gzip',
      Buffer.concat([packed(golden.made['16']?.file ?? '').subarray(0, 30), Buffer.alloc(100, 0x55)]),
      'gzip/broken',
    ],
  ])('%s', async (_, file, code) => {
    await expect(openFits(file)).rejects.toMatchObject({ name: 'MessierError', code });
  });

  test('more than its limits', async () => {
    const file = unpacked('several units');
    await expect(openFits(file, { hdus: 5 })).rejects.toMatchObject({ code: 'fits/limit' });
    await expect(openFits(file, { bytes: file.length - 1 })).rejects.toMatchObject({ code: 'file/limit' });
    await expect(openFits(gzipSync(file), { bytes: file.length - 1 })).rejects.toMatchObject({ code: 'gzip/limit' });
    await expect(openFits(file, { hdus: 6, bytes: file.length })).resolves.toMatchObject({ hdus: { length: 6 } });
    await expect(openFits(gzipSync(Buffer.alloc(5_000_000)), { bytes: 1e6 })).rejects.toMatchObject({ code: 'gzip/limit' });
  });

  test('paths that are no files', async () => {
    const pipe = join(folder, 'pipe.fits');
    execFileSync('mkfifo', [pipe]);
    await expect(openFits(pipe)).rejects.toMatchObject({ code: 'file/read' });
    await expect(openFits(folder)).rejects.toMatchObject({ code: 'file/read' });
    await expect(openFits(join(folder, 'absent.fits'))).rejects.toMatchObject({ code: 'file/absent' });
    const empty = join(folder, 'empty.fits');
    writeFileSync(empty, '');
    await expect(openFits(empty)).rejects.toMatchObject({ code: 'fits/format' });
  });

  test('or reads whatever happened to a file, and nothing else', async () => {
    const files = ['8', '16 scaled with blanks', '-64', 'several units', 'three planes', 'random groups'].map(unpacked);
    files.push(
      gunzipSync(packed(golden.compressed['RICE_1'] ?? '')),
      gunzipSync(packed(golden.header.file)),
      packed(golden.header.file),
    );
    const survives = async (bytes: Uint8Array): Promise<void> => {
      try {
        const counts = fitsCounts(await openFits(bytes, { bytes: 1e6 }));
        expect(counts.data).toHaveLength(counts.width * counts.height * counts.planes);
      } catch (error) {
        if (!(error instanceof MessierError)) throw error;
      }
    };
    await fc.assert(fc.asyncProperty(damaged(files), survives), fuzzSettings(400));
  });
});
