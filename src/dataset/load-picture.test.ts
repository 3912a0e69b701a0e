import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fitsFile } from '../../test/support/fits-files.js';
import { pngFile } from '../../test/support/picture-files.js';
import { fitsCounts, openFits } from '../formats/fits.js';
import { sha256 } from '../formats/hash.js';
import { applyStretch, defaultStretch } from '../sky/stretch.js';
import { isPictureFile, loadPictureFile } from './load-picture.js';

interface Golden {
  readonly made: Readonly<Record<string, { readonly file: string }>>;
  readonly compressed: Readonly<Record<string, string>>;
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/fits.json', import.meta.url), 'utf8')) as unknown as Golden;
const packedCube = Buffer.from(golden.made['three planes']?.file ?? '', 'base64');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'messier-load-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const written = (name: string, content: Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('isPictureFile', () => {
  test.each([
    ...['a.jpg', 'A.JPEG', 'b.Png', 'c.webp', 'd.tif', 'd.tiff', 'e.gif', 'f.avif', 'sub/g.jpg', 'x\\h.png', 'a.b.jpg'],
    ...['m.fits', 'm.fit', 'm.FTS', 'm.fits.gz', 'm.fit.gz', 'm.fits.fz'],
  ])('says yes to %s', (name) => expect(isPictureFile(name)).toBe(true));

  test.each(['a.txt', 'jpg', 'a.jpg.txt', 'labels.csv', '._a.jpg', 'sub/.hidden.png', 'a.gz', 'a.jpg.gz', 'a.svg', '', 'fits'])(
    'says no to "%s"',
    (name) => expect(isPictureFile(name)).toBe(false),
  );
});

describe('loadPictureFile', () => {
  test('reads a picture, with the hash of its file', async () => {
    const file = pngFile(2, 1, 3, 8, [1, 2, 3, 4, 5, 6]);
    const path = written('a.png', file);
    const expected = { picture: { width: 2, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) }, hash: sha256(file) };
    expect(await loadPictureFile(path, defaultStretch)).toEqual(expected);
    symlinkSync(path, join(folder, 'link.jpg'));
    expect(await loadPictureFile(join(folder, 'link.jpg'), defaultStretch)).toEqual(expected);
  });

  test.each(['cube.fits', 'cube.FIT', 'cube.fts', 'cube.fits.gz'])('stretches the counts of %s', async (name) => {
    const file = name.endsWith('.gz') ? packedCube : gunzipSync(packedCube);
    const stretch = { ...defaultStretch, kind: 'sqrt' } as const;
    const { picture, hash } = await loadPictureFile(written(name, file), stretch);
    expect(hash).toBe(sha256(file));
    expect(picture).toEqual(applyStretch(fitsCounts(await openFits(file)), stretch));
    expect([picture.width, picture.height, picture.channels, Math.max(...picture.data)]).toEqual([5, 4, 3, 255]);
  });

  test.each([
    ['empty.jpg', Buffer.alloc(0), 'picture/empty'],
    ['text.jpg', Buffer.from('no picture'), 'picture/format'],
    ['picture.fits', pngFile(1, 1, 1, 8, [1]), 'fits/format'],
    ['fits.jpg', fitsFile(8, [2, 2], 2880), 'picture/format'],
    ['table.fits', fitsFile(8, [], 0), 'fits/image'],
    ['packed.fits.fz', Buffer.from(golden.compressed['RICE_1'] ?? '', 'base64'), 'fits/compressed'],
  ])('refuses %s and names it', async (name, content, code) => {
    const path = written(name, content);
    await expect(loadPictureFile(path, defaultStretch)).rejects.toMatchObject({
      name: 'MessierError',
      code,
      message: expect.stringContaining(`"${path}"`) as unknown,
    });
  });

  test('refuses folders and absent files', async () => {
    const path = join(folder, 'folder.jpg');
    mkdirSync(path);
    await expect(loadPictureFile(path, defaultStretch)).rejects.toMatchObject({ code: 'file/read' });
    await expect(loadPictureFile(join(folder, 'absent.fits'), defaultStretch)).rejects.toMatchObject({ code: 'file/absent' });
  });
});
