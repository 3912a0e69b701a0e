import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newItem, newLabel } from '../../test/support/catalogue-items.js';
import type { BlobStore } from '../catalogue/blob-types.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { openBlobs } from '../catalogue/open-blobs.js';
import { openCatalogue } from '../catalogue/open.js';
import { openDataset } from '../dataset/open.js';
import { encodePicture } from '../formats/picture-encode.js';
import { copyPictures } from './copy-pictures.js';

let home: string;
let catalogue: Catalogue;
let blobs: BlobStore;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'copy-'));
  catalogue = await openCatalogue({ url: '', home });
  blobs = await openBlobs({ url: '', home });
});
afterEach(async () => {
  await catalogue.close();
  await rm(home, { recursive: true });
});

/** A plain picture of its own gray, stored, as an item. */
async function add(gray: number, sourceId: string, label: string | undefined, isStored = true): Promise<void> {
  const picture = { width: 12, height: 8, channels: 1, data: new Uint8Array(96).fill(gray) } as const;
  const bytes = await encodePicture(picture, { format: 'png' });
  const hash = await blobs.put(bytes);
  if (!isStored) await blobs.remove(hash);
  const labels = label === undefined ? [] : [newLabel(label)];
  await catalogue.add([newItem('', { hash, sourceId, labels, format: 'png', title: 'A "title",\nof two lines', credit: 'Ann' })]);
}

it('gives folders and a table that are read as the same classes, whatever they are called', async () => {
  const labels = ['Galaxie – groß', '../../etc', 'a/b', 'a_b', 'A_B', 'con', '..', '🌌'.repeat(70), '=1+1', undefined];
  for (const [gray, label] of labels.entries()) await add(gray, `x/../${label ?? ''}\u0000\n.jpg`, label);
  const out = join(home, 'out');
  expect(await copyPictures({}, out, { catalogue, blobs })).toEqual({ copied: labels.length, skipped: [] });
  const folders = (await readdir(out)).filter((name) => name !== 'labels.csv');
  expect(folders.length).toBe(labels.length);
  expect(new Set(folders.map((name) => name.toLowerCase())).size).toBe(labels.length);
  for (const name of ['Galaxie – groß', 'no class', '_con']) expect(folders).toContain(name);
  const dataset = await openDataset(out);
  const classes = dataset.items.map(({ label }) => label).sort();
  expect(classes).toEqual(labels.filter((label) => label !== undefined).sort());
  expect(dataset.skipped.map(({ code }) => code)).toEqual(['label/missing']);
  const { picture } = await dataset.load(dataset.items.find(({ label }) => label === 'a_b') ?? dataset.items[0]!);
  expect([...picture.data.slice(0, 1)]).toEqual([3]);
  expect(await readFile(join(out, 'labels.csv'), 'utf8')).toContain('"A ""title"",\nof two lines"');
});

it('says what is missing, and writes over nothing', async () => {
  await add(1, 'here.jpg', 'star');
  await add(2, 'gone.jpg', 'star', false);
  const out = join(home, 'out');
  const { copied, skipped } = await copyPictures({ classes: ['star'] }, out, { catalogue, blobs });
  expect([copied, skipped.map(({ id, code }) => [id, code])]).toEqual([1, [['test/gone.jpg', 'blob/absent']]]);
  await expect(copyPictures({}, out, { catalogue, blobs })).rejects.toMatchObject({ code: 'copy/folder' });
  await expect(copyPictures({ classes: ['comet'] }, `${out}2`, { catalogue, blobs })).rejects.toMatchObject({
    code: 'copy/empty',
  });
  await writeFile(join(home, 'file'), '');
  await expect(copyPictures({}, join(home, 'file'), { catalogue, blobs })).rejects.toMatchObject({ code: 'copy/write' });
  const stopped = copyPictures({}, `${out}3`, { catalogue, blobs, signal: AbortSignal.abort(new Error('stop')) });
  await expect(stopped).rejects.toThrow('stop');
});
