import { mkdir, mkdtemp, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodePicture } from '../formats/picture-encode.js';
import { ThumbnailFolder, thumbnailSide } from './thumbnails.js';

const hash = 'ab'.repeat(32);
let folder = '';
let jpeg: Uint8Array;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'messier-thumbnails-'));
  const data = Uint8Array.from({ length: thumbnailSide * 100 }, (_, index) => index % 256);
  jpeg = await encodePicture({ width: thumbnailSide, height: 100, channels: 1, data }, { format: 'jpeg' });
});
afterEach(() => rm(folder, { recursive: true }));

test('what was written is read, and written over', async () => {
  const thumbnails = new ThumbnailFolder(folder);
  expect(await thumbnails.read(hash)).toBeUndefined();
  await Promise.all([1, 2, 3].map(() => thumbnails.write(hash, jpeg)));
  expect(new Uint8Array((await thumbnails.read(hash))!)).toEqual(jpeg);
  expect(await readdir(join(folder, 'ab'))).toEqual([`${'ab'.repeat(31)}.jpg`]);
});

test('what is no whole JPEG file is refused, and counts as missing where it lies', async () => {
  const thumbnails = new ThumbnailFolder(folder);
  for (const bytes of [new Uint8Array(0), jpeg.subarray(0, -1), Uint8Array.of(...jpeg, 0), new Uint8Array(100)]) {
    await expect(thumbnails.write(hash, bytes)).rejects.toMatchObject({ code: 'thumbnail/format' });
  }
  await thumbnails.write(hash, jpeg);
  await truncate(join(folder, 'ab', `${'ab'.repeat(31)}.jpg`), 50);
  expect(await thumbnails.read(hash)).toBeUndefined();
  await expect(thumbnails.read('../x')).rejects.toMatchObject({ code: 'blob/hash' });
});

test('a folder that is closed to us is told of, and leftovers of killed processes go', async () => {
  await mkdir(join(folder, 'ab'));
  for (const name of ['x.1.tmp', 'y.2.tmp']) await writeFile(join(folder, 'ab', name), '');
  await utimes(join(folder, 'ab', 'x.1.tmp'), 1e9, 1e9);
  await new ThumbnailFolder(folder).write(hash, jpeg);
  expect(await readdir(join(folder, 'ab'))).toEqual([`${'ab'.repeat(31)}.jpg`, 'y.2.tmp']);
  await writeFile(join(folder, 'file'), '');
  const none = new ThumbnailFolder(join(folder, 'file'));
  await expect(none.write(hash, jpeg)).rejects.toMatchObject({ code: 'file/write' });
  await expect(none.read(hash)).rejects.toMatchObject({ code: 'file/read' });
});
