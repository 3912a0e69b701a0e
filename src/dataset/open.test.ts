import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findShared } from '../../test/support/shared-data.js';
import type { OpenOptions } from './open-options.js';
import { openDataset } from './open.js';

const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;
let png: Buffer;
let folder: string;

beforeAll(async () => {
  png = await sharp({ create: { width: 3, height: 2, channels: 3, background: '#102030' } })
    .png()
    .toBuffer();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

async function opened(location = folder, options: OpenOptions = {}) {
  const dataset = await openDataset(location, options);
  return {
    dataset,
    items: dataset.items.map(({ id, label }) => [id, label]),
    skipped: dataset.skipped.map((one) => [one.id, one.code]),
  };
}

describe('a folder for each class', () => {
  it('takes the first folder as label, whatever lies below it', async () => {
    await put({
      'spiral/b.PNG': png,
      'spiral/deep/er/a.png': png,
      'Größe/x.png': png,
      '.git/y.png': png,
      '__MACOSX/spiral/b.png': png,
      'spiral/._b.png': png,
    });
    await put({ 'spiral/notes.txt': 'x', 'beside.png': png });
    const { dataset, items, skipped } = await opened();
    expect(items).toEqual([
      ['Größe/x.png', 'Größe'],
      ['spiral/b.PNG', 'spiral'],
      ['spiral/deep/er/a.png', 'spiral'],
    ]);
    expect(skipped).toEqual([
      ['beside.png', 'label/missing'],
      ['spiral/notes.txt', 'picture/format'],
    ]);
    expect((await dataset.load(dataset.items[1]!)).picture).toMatchObject({ width: 3, height: 2 });
    await expect(dataset.load({ id: '../secret', label: undefined })).rejects.toThrow(code('dataset/item'));
    await dataset.close();
  });

  it('makes one label of both ways to write an umlaut', async () => {
    await put({ ['\u00e9toile/a.png']: png, ['e\u0301toile/b.png']: png });
    expect(new Set((await opened()).items.map(([, label]) => label))).toEqual(new Set(['\u00e9toile']));
  });

  it('follows links, but not in circles', async () => {
    await put({ 'a/1.png': png });
    await symlink('..', join(folder, 'a', 'up'));
    await symlink('a', join(folder, 'b'));
    await symlink('self', join(folder, 'self'));
    await symlink('nowhere', join(folder, 'gone'));
    const { items, skipped } = await opened();
    expect(items).toEqual([
      ['a/1.png', 'a'],
      ['b/1.png', 'b'],
    ]);
    expect(skipped.sort()).toEqual([
      ['a/up', 'dataset/loop'],
      ['b/up', 'dataset/loop'],
      ['gone', 'dataset/unreadable'],
      ['self', 'dataset/unreadable'],
    ]);
    await expect(openDataset(join(folder, 'self'))).rejects.toThrow(code('dataset/unreadable'));
  });

  it('takes a thousand classes', async () => {
    await Promise.all(
      Array.from({ length: 1000 }, async (_, index) => {
        await mkdir(join(folder, `c${index}`));
        await writeFile(join(folder, `c${index}`, 'x.jpg'), '');
      }),
    );
    const { items } = await opened();
    expect(new Set(items.map(([, label]) => label)).size).toBe(1000);
  });
});

describe('pictures without labels', () => {
  it('opens a flat folder, and a single picture', async () => {
    await put({ 'a.png': png, 'readme.md': '' });
    expect(await opened()).toMatchObject({ items: [['a.png', undefined]], skipped: [['readme.md', 'picture/format']] });
    const { dataset, items } = await opened(join(folder, 'a.png'));
    expect(items).toEqual([['a.png', undefined]]);
    expect((await dataset.load(dataset.items[0]!)).hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('refuses empty folders, absent paths and other files', async () => {
    await expect(openDataset(folder)).rejects.toThrow(code('dataset/empty'));
    await expect(openDataset(join(folder, 'absent'))).rejects.toThrow(code('dataset/absent'));
    await put({ 'a.txt': 'x' });
    await expect(openDataset(join(folder, 'a.txt'))).rejects.toThrow(code('dataset/format'));
    await expect(openDataset(join(folder, 'a.txt', 'b'))).rejects.toThrow(code('dataset/unreadable'));
  });
});

describe('a table', () => {
  const pictures = () => put({ 'a.png': png, 'sub/b.png': png, 'c, d.png': png });

  it.each([
    ['commas', 'file,label,objid\na.png,spiral,1\nsub/b.png,ring,2\n"c, d.png",ring,3\n'],
    [
      'semicolons, CRLF and a byte order mark',
      '\ufeffImage Path;Class;Object\r\na.png;spiral;1\r\nsub/b.png;ring;2\r\n"c, d.png";ring;3\r\n',
    ],
    ['tabs and backslashes', 'filename\tcategory\tid_str\na.png\t spiral \t1\nsub\\b.png\tring\t2\nc, d.png\tring\t3'],
    ['unusual names', 'what,see\nspiral,a.png\nring,sub/b.png\nring,"c, d.png"\n\n'],
  ])('with %s', async (kind, text) => {
    await pictures();
    await put({ 'labels.csv': text });
    const { dataset, items, skipped } = await opened();
    const labels = kind === 'unusual names' ? [undefined, undefined, undefined] : ['spiral', 'ring', 'ring'];
    expect(items).toEqual(['a.png', 'sub/b.png', 'c, d.png'].map((id, index) => [id, labels[index]]));
    expect(skipped).toEqual([]);
    if (kind !== 'unusual names') expect(dataset.items.map(({ group }) => group)).toEqual(['1', '2', '3']);
  });

  it('in UTF-16, as a spreadsheet exports it', async () => {
    await put({ 'ä.png': png, 'labels.csv': Buffer.from('\ufefffile\tlabel\r\nä.png\tGröße\r\n', 'utf16le') });
    expect((await opened()).items).toEqual([['ä.png', 'Größe']]);
  });

  it('skips rows with their reasons', async () => {
    await pictures();
    const rows = [
      'a.png,spiral',
      'absent.png,spiral',
      'sub/b.png,',
      '../out.png,x',
      '/etc/passwd,x',
      ',x',
      'a.png,ring',
      'a.png',
      'sub/../sub/b.png,ring',
      'sub,x',
    ];
    await put({ 'labels.csv': `file,label\n${rows.join('\n')}\n` });
    const { dataset, items, skipped } = await opened();
    expect(items).toEqual([
      ['a.png', 'spiral'],
      ['sub/b.png', 'ring'],
    ]);
    expect(skipped).toEqual([
      ['absent.png', 'file/absent'],
      ['sub/b.png', 'label/missing'],
      ['labels.csv:5', 'dataset/outside'],
      ['labels.csv:6', 'dataset/outside'],
      ['labels.csv:7', 'dataset/file'],
      ['a.png', 'dataset/duplicate'],
      ['labels.csv:9', 'csv/fields'],
      ['sub', 'file/absent'],
    ]);
    expect(dataset.skipped[5]?.reason).toMatch(/"ring" here and "spiral" there/);
  });

  it('takes told columns and another folder of pictures', async () => {
    await pictures();
    await put({ 'tables/mine.csv': 'file,label,where,kind,galaxy\nx,y,a.png,ring,M57\n' });
    const options = { imageColumn: 'where', labelColumn: 'kind', groupColumn: 'galaxy', images: folder };
    const { dataset } = await opened(join(folder, 'tables', 'mine.csv'), options);
    expect(dataset.items).toEqual([{ id: 'a.png', label: 'ring', group: 'M57' }]);
    await expect(openDataset(join(folder, 'tables'), { labelColumn: 'Kind' })).rejects.toThrow(
      /no column "Kind".*file, label, where/,
    );
  });

  it('is passed by where it names no pictures and there are folders of classes', async () => {
    await put({ 'stars.csv': 'ra,dec\n1,2\n', 'a/1.png': png, 'b/1.png': png });
    expect((await opened()).items).toEqual([
      ['a/1.png', 'a'],
      ['b/1.png', 'b'],
    ]);
    await rm(join(folder, 'a'), { recursive: true });
    await rm(join(folder, 'b'), { recursive: true });
    await expect(openDataset(folder)).rejects.toThrow(code('dataset/columns'));
  });

  it('is refused where it is none', async () => {
    const open = async (text: string | Uint8Array) => {
      await put({ 'labels.csv': text });
      return openDataset(folder);
    };
    await expect(open('')).rejects.toThrow(code('csv/empty'));
    await expect(open('file,label\n')).rejects.toThrow(code('dataset/empty'));
    await expect(open('file,label\nnone.png,a\n')).rejects.toThrow(/none of its 1 rows is usable.*none\.png/);
    await expect(open('a.png,spiral\nb.png,ring\n')).rejects.toThrow(/starts with a picture's row/);
    await expect(open(Buffer.from('file,label\nd\xe9j\xe0.png,a\n', 'latin1'))).rejects.toThrow(code('csv/encoding'));
    await expect(open(`file,label\n"${'x'.repeat(2 ** 21)}`)).rejects.toThrow(code('csv/format'));
  });
});

describe('the shared data', () => {
  it.skipIf(!findShared('gz1_256')).each([
    ['gz1_256', { elliptical: 3725, edge_on: 799, spiral_acw: 361, spiral_cw: 314, merger: 95, dont_know: 47 }],
    ['astro6_256', { nebula: 555, planet: 491, galaxy: 419, asteroid: 263, comet: 119, star: 37 }],
    ['rings_256', { '0': 195, '1': 189 }],
    ['messier_pairs', { galaxy: 40, nebula: 12, star: 58 }],
    ['frdeep_radio/FIRST', { '0': 264, '1': 336 }],
  ])('opens %s', async (name, counts) => {
    const { items, skipped } = await opened(findShared(name) ?? '');
    const found: Record<string, number> = {};
    for (const [, label] of items) found[label ?? ''] = (found[label ?? ''] ?? 0) + 1;
    expect(found).toEqual(counts);
    expect(skipped).toEqual([]);
  });
});
