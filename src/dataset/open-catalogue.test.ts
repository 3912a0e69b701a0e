import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newItem, newLabel } from '../../test/support/catalogue-items.js';
import type { NewItem } from '../catalogue/types.js';
import { openBlobs } from '../catalogue/open-blobs.js';
import { openCatalogue } from '../catalogue/open.js';
import { encodePicture } from '../formats/picture-encode.js';
import { openCatalogueDataset } from './open-catalogue.js';
import { openDataset } from './open.js';
import { makePixelCache } from './pixel-cache.js';

const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;

let home: string;
let before: Record<string, string | undefined>;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'catalogue-'));
  const { MESSIER_HOME, DATABASE_URL, MESSIER_BLOBS } = process.env;
  before = { MESSIER_HOME, DATABASE_URL, MESSIER_BLOBS };
  process.env['MESSIER_HOME'] = home;
  delete process.env['DATABASE_URL'];
  delete process.env['MESSIER_BLOBS'];
});
afterEach(async () => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  await rm(home, { recursive: true });
});

/** A plain picture of its own gray, stored, as an item. */
async function itemOf(gray: number, changes: Partial<NewItem> = {}): Promise<NewItem> {
  const data = new Uint8Array(12 * 8).fill(gray);
  const bytes = await encodePicture({ width: 12, height: 8, channels: 1, data }, { format: 'png' });
  const hash = await (await openBlobs()).put(bytes);
  return newItem(`${gray}.png`, {
    hash,
    bytes: bytes.length,
    format: 'png',
    width: 12,
    height: 8,
    title: `Gray ${gray}`,
    description: 'A plain picture.',
    date: '2020-01-02',
    labels: [newLabel(gray < 100 ? 'dark' : 'bright', { origin: 'folder', by: 'test' })],
    ...changes,
  });
}

async function fill(...items: readonly NewItem[]): Promise<readonly number[]> {
  const catalogue = await openCatalogue();
  try {
    const added = await catalogue.add(items);
    const ids = added.map(({ id }) => id);
    await catalogue.addToDataset('grays', ids);
    return ids;
  } finally {
    await catalogue.close();
  }
}

describe('datasets of the catalogue', () => {
  it('open by name or query, with classes, texts and pictures', async () => {
    await fill(await itemOf(10), await itemOf(200), await itemOf(220));
    const dataset = await openDataset('catalogue:grays');
    expect(dataset.name).toBe('grays');
    expect(dataset.items.map(({ id, label: raw, date }) => [id, raw, date])).toEqual([
      ['test/10.png', 'dark', '2020-01-02'],
      ['test/200.png', 'bright', '2020-01-02'],
      ['test/220.png', 'bright', '2020-01-02'],
    ]);
    const { picture, hash } = await dataset.load(dataset.items[1]!);
    expect(picture.data[0]).toBe(200);
    expect(hash).toBe(dataset.items[1]?.hash);
    await expect(dataset.load({ id: 'test/none', label: undefined })).rejects.toThrow(code('dataset/item'));
    await dataset.close();
    const texts = await openDataset('catalogue:?class=bright&text=220', { inputs: 'text' });
    expect(texts.items.map(({ text }) => text)).toEqual(['Gray 220\n\nA plain picture.']);
    await texts.close();
  });

  it('leave out what people dropped, and give back labels as they were found', async () => {
    const [dark = 0, bright = 0] = await fill(await itemOf(10), await itemOf(200), await itemOf(220));
    const catalogue = await openCatalogue();
    await catalogue.label([
      { item: dark, kind: 'drop', class: undefined, origin: 'person', by: 'ada', confidence: undefined },
      { item: bright, kind: 'label', class: 'dark', origin: 'person', by: 'ada', confidence: undefined },
    ]);
    await catalogue.close();
    const labels = async (location: string, found = false) => {
      const dataset = await openCatalogueDataset(location, found ? { labels: 'found' } : {});
      await dataset.close();
      return {
        items: dataset.items.map((item) => [item.id, item.label]),
        skipped: dataset.skipped.map((one) => [one.id, one.code]),
      };
    };
    expect(await labels('catalogue:grays')).toEqual({
      items: [
        ['test/200.png', 'dark'],
        ['test/220.png', 'bright'],
      ],
      skipped: [['test/10.png', 'review/dropped']],
    });
    expect(await labels('catalogue:?review=dropped')).toEqual({ items: [['test/10.png', 'dark']], skipped: [] });
    expect(await labels('catalogue:grays', true)).toEqual({
      items: [
        ['test/10.png', 'dark'],
        ['test/200.png', 'bright'],
        ['test/220.png', 'bright'],
      ],
      skipped: [],
    });
  });

  it('find what was labelled so where labels are as found, whatever it is called now, and give every item one name', async () => {
    const changed = await itemOf(30, { sourceId: '10.png' });
    const [first = 0, dark = 0] = await fill(await itemOf(10), await itemOf(20), changed, await itemOf(200), await itemOf(220));
    const catalogue = await openCatalogue();
    const say = (item: number, kind: 'drop' | 'label', name?: string) =>
      ({ item, kind, class: name, origin: 'person', by: 'ada', confidence: undefined }) as const;
    await catalogue.label([say(first, 'drop'), say(dark, 'label', 'bright'), say(5, 'label', 'dark')]);
    await catalogue.close();
    const open = async (location: string, labels: 'current' | 'found') => {
      const dataset = await openCatalogueDataset(location, { labels });
      await dataset.close();
      return dataset.items.map(({ id, label: raw, hash }) => [id, raw, hash === changed.hash]);
    };
    const other = `test/10.png@${changed.hash.slice(0, 12)}`;
    expect(await open('catalogue:grays?class=dark', 'current')).toEqual([
      [other, 'dark', true],
      ['test/220.png', 'dark', false],
    ]);
    expect(await open('catalogue:grays?class=dark', 'found')).toEqual([
      ['test/10.png', 'dark', false],
      ['test/20.png', 'dark', false],
      [other, 'dark', true],
    ]);
    // What nobody decided on is no part of a selection of what was accepted, nor of what it was found as.
    expect(await open('catalogue:grays?review=accepted', 'found')).toEqual([
      ['test/10.png', 'dark', false],
      ['test/20.png', 'dark', false],
      ['test/220.png', 'bright', false],
    ]);
  });

  it('keep pixels by content: changed pictures behind a name are read anew, and damaged files are told', async () => {
    const first = await itemOf(10);
    await fill(first, await itemOf(30, { sourceId: '10.png' }));
    const dataset = await openDataset('catalogue:');
    expect(dataset.items.map(({ id }) => id)).toEqual(['test/10.png', expect.stringMatching(/^test\/10\.png@[0-9a-f]{12}$/)]);
    const make = () => makePixelCache(dataset, { side: 4, channels: 1, folder: join(home, 'pixels') });
    expect((await make()).reused).toBe(false);
    expect((await make()).reused).toBe(true);
    await writeFile(join(home, 'blobs', first.hash.slice(0, 2), first.hash.slice(2)), 'other bytes');
    await expect(dataset.load(dataset.items[0]!)).rejects.toThrow(code('blob/corrupt'));
    await dataset.close();
  });

  it('refuse what is not there', async () => {
    await expect(openDataset('catalogue:')).rejects.toThrow(code('dataset/empty'));
    await fill(await itemOf(10));
    await expect(openDataset('catalogue:greys')).rejects.toThrow(code('catalogue/dataset'));
    await expect(openDataset('catalogue:?class=red')).rejects.toThrow(code('dataset/empty'));
    await expect(openDataset('catalogue:?colour=red')).rejects.toThrow(code('catalogue/location'));
  });
});
