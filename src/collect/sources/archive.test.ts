import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tarFile, zipFile, type ZipPart } from '../../../test/support/archives.js';
import { pngFile } from '../../../test/support/picture-files.js';
import { MessierError } from '../../core/errors.js';
import { archiveSource, type ArchiveSourceOptions } from './archive.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'messier-archive-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A picture of one level. */
const picture = (level: number): Buffer => pngFile(2, 2, 1, 8, [level, level, level, level]);

interface Seen {
  /** Label and level of what can be read, by its name. */
  readonly read: Record<string, string>;
  /** Code of what can't. */
  readonly refused: Record<string, string>;
}

const levels = new Map(Array.from({ length: 20 }, (_, level) => [picture(level).toString('hex'), level]));

async function see(bytes: Uint8Array, options: ArchiveSourceOptions = {}): Promise<Seen> {
  const path = join(folder, 'pictures.bin');
  await writeFile(path, bytes);
  const source = await archiveSource(path, options);
  const seen: Seen = { read: {}, refused: {} };
  try {
    for await (const offer of source.offers({ wanted: () => true })) {
      try {
        const read = await offer.read(undefined);
        seen.read[offer.sourceId] =
          `${offer.labels[0]?.class ?? '-'} ${levels.get(Buffer.from(read.bytes).toString('hex')) ?? 'other'}`;
      } catch (error) {
        if (!(error instanceof MessierError)) throw error;
        seen.refused[offer.sourceId] = error.code;
      }
    }
  } finally {
    await source.close?.();
  }
  // Nothing is ever written.
  expect(await readdir(folder)).toEqual(['pictures.bin']);
  return seen;
}

const codeOf = (bytes: Uint8Array): Promise<string> =>
  see(bytes).then(
    () => 'none',
    (error: unknown) => (error instanceof MessierError ? error.code : String(error)),
  );

const file = (name: string, level = 1): ZipPart => ({ name, data: picture(level) });

describe('archiveSource', () => {
  it('reads what zip and tar of other programs pack, with labels by folders', async () => {
    const inner = join(folder, 'sky');
    for (const [name, level] of [
      ['comet', 1],
      ['star', 2],
    ] as const) {
      await mkdir(join(inner, name), { recursive: true });
      await writeFile(join(inner, name, 'é 1.png'), picture(level));
    }
    await writeFile(join(inner, 'README.txt'), 'hello');
    const python = `import sys, shutil\nfor kind in ('zip', 'tar', 'gztar'): shutil.make_archive(sys.argv[1] + '/' + kind, kind, sys.argv[1], 'sky')`;
    execFileSync('python3', ['-c', python, folder]);
    const packed = await Promise.all(['zip.zip', 'tar.tar', 'gztar.tar.gz'].map((name) => readFile(join(folder, name))));
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
    for (const bytes of packed) {
      expect(await see(bytes)).toEqual({
        read: { 'sky/comet/é 1.png': 'comet 1', 'sky/star/é 1.png': 'star 2' },
        refused: { 'sky/README.txt': 'picture/format' },
      });
    }
  });

  it('takes labels from labels.csv at its top, wherever it stands in the archive', async () => {
    const table = Buffer.from('file,label\na.png,comet\nsub/b.png,star\nc.png,\nnone.png,star\na.png,nova\n');
    const parts: ZipPart[] = [
      file('x/a.png', 1),
      file('x/sub/b.png', 2),
      file('x/c.png', 3),
      file('x/d.png', 4),
      { name: 'x/labels.csv', data: table },
    ];
    const expected = {
      read: { 'x/a.png': 'comet 1', 'x/sub/b.png': 'star 2' },
      refused: {
        'x/c.png': 'label/missing',
        'x/d.png': 'label/missing',
        'x/labels.csv:5': 'file/absent',
        'x/labels.csv:6': 'dataset/duplicate',
      },
    };
    expect(await see(zipFile(parts))).toEqual(expected);
    const tar = await tarFile(parts.map(({ name, data }) => ({ name: String(name), data })));
    expect(await see(gzipSync(tar))).toEqual(expected);
  });

  const bad = [
    '../up.png',
    'a/../../up.png',
    '/root.png',
    'C:\\x.png',
    'c:/x.png',
    '..\\up.png',
    'a/nul\0.png',
    `${'x'.repeat(2000)}.png`,
  ];

  it('refuses names that lead out, and links and devices', async () => {
    // Of very long names the beginning is kept: thousands of them fit into a small archive.
    const refusals = Object.fromEntries(bad.map((name) => [name.slice(0, 1024), 'archive/path']));
    const parts = [...bad.map((name) => file(name)), file('./a//win\\dows.png', 5)];
    const zip = await see(
      zipFile([
        ...parts,
        { name: 'link.png', data: Buffer.from('/etc/passwd'), mode: 0o120777 },
        { name: 'pipe.png', data: picture(1), mode: 0o010644 },
      ]),
    );
    expect(zip.refused).toEqual({ ...refusals, 'link.png': 'archive/link', 'pipe.png': 'archive/special' });
    expect(zip.read).toEqual({ 'a/win/dows.png': 'win 5' });
    const tar = await see(
      await tarFile([
        ...bad.filter((name) => !name.includes('\0')).map((name) => ({ name, data: picture(1) })),
        { name: 'a/b.png', data: picture(5) },
        { name: 'soft.png', type: 'symlink', linkname: '/etc/passwd' },
        { name: 'hard.png', type: 'link', linkname: 'a/b.png' },
        { name: 'null.png', type: 'character-device', devmajor: 1, devminor: 3 },
        { name: 'fifo.png', type: 'fifo' },
      ]),
    );
    expect(tar.read).toEqual({ 'a/b.png': 'a 5' });
    const { 'a/nul\0.png': _, ...others } = refusals;
    const special = { 'null.png': 'archive/special', 'fifo.png': 'archive/special' };
    expect(tar.refused).toEqual({ ...others, 'soft.png': 'archive/link', 'hard.png': 'archive/link', ...special });
  });

  it('takes the first of one name, leaves hidden files alone and opens no archive in the archive', async () => {
    const parts: ZipPart[] = [
      file('a.png', 1),
      file('a.png', 2),
      file('./a.png', 3),
      file('__MACOSX/._a.png'),
      file('.hidden/b.png'),
    ];
    parts.push({ name: 'inner.zip', data: zipFile([file('c.png')]) }, { name: 'inner.png', data: zipFile([file('c.png')]) });
    const expected = {
      read: { 'a.png': '- 1', 'inner.png': '- other' },
      refused: { 'a.png#1': 'archive/duplicate', 'a.png#2': 'archive/duplicate', 'inner.zip': 'picture/format' },
    };
    expect(await see(zipFile(parts))).toEqual(expected);
    expect(await see(await tarFile(parts.map(({ name, data }) => ({ name: String(name), data }))))).toEqual(expected);
  });

  it('reads ZIP64, deflated entries, sizes behind the data and names of DOS', async () => {
    const seen = await see(
      zipFile([
        { ...file('wide.png', 1), wide: true },
        { ...file('small.png', 2), deflate: true, flags: 0x808 },
        { ...file('x'), name: Buffer.from([0x82, 0x2e, 0x70, 0x6e, 0x67]), flags: 0 },
      ]),
    );
    expect(seen).toEqual({ read: { 'wide.png': '- 1', 'small.png': '- 2', 'é.png': '- 1' }, refused: {} });
  });

  it('refuses entries that are encrypted, packed strangely, or not what the directory says', async () => {
    const seen = await see(
      zipFile([
        file('good.png', 3),
        { ...file('secret.png'), flags: 1, deflate: true },
        { ...file('lzma.png'), method: 14 },
        { ...file('other.png'), localName: 'other.exe' },
        { ...file('crc.png'), claimed: { crc: 7 } },
        { ...file('short.png'), deflate: true, claimed: { size: 5 } },
        { ...file('long.png'), deflate: true, claimed: { size: 5000 } },
        { ...file('huge.png'), deflate: true, claimed: { size: 2 ** 29 } },
        { ...file('more.png'), data: Buffer.alloc(2 ** 23, 1) },
      ]),
    );
    expect(seen.read).toEqual({ 'good.png': '- 3', 'more.png': '- other' });
    expect(seen.refused).toEqual({
      'secret.png': 'archive/encrypted',
      'lzma.png': 'archive/method',
      'other.png': 'archive/mismatch',
      'crc.png': 'archive/damaged',
      'short.png': 'archive/damaged',
      'long.png': 'archive/damaged',
      'huge.png': 'archive/size',
    });
  });

  it('refuses bombs: entries that share bytes, and what unpacks to far more than pictures do', async () => {
    const shared = zipFile([file('a.png'), { ...file('b.png'), claimed: { offset: 0 } }]);
    expect(await codeOf(shared)).toBe('archive/bomb');
    const zeros: ZipPart = { name: 'zeros.png', data: Buffer.alloc(2 ** 27 + 1), deflate: true };
    expect(await codeOf(zipFile([zeros]))).toBe('archive/bomb');
    const tar = await tarFile([{ name: 'zeros.png', data: Buffer.alloc(2 ** 27 + 1) }]);
    expect(await codeOf(gzipSync(tar))).toBe('archive/bomb');
  });

  it('refuses archives that are cut off, wherever', async () => {
    const zip = zipFile([file('a.png', 1), file('b.png', 2)]);
    for (let length = 30; length < zip.length; length += 7) expect(await codeOf(zip.subarray(0, length))).toBe('archive/damaged');
    const tar = await tarFile([
      { name: 'a.png', data: picture(1) },
      { name: 'b.png', data: picture(2) },
    ]);
    for (let length = 512; length < tar.length - 1024; length += 100)
      expect(await codeOf(tar.subarray(0, length))).toBe('archive/damaged');
    const packed = gzipSync(tar);
    for (const length of [20, packed.length >> 1, packed.length - 4])
      expect(await codeOf(packed.subarray(0, length))).toBe('archive/damaged');
    expect(await codeOf(Buffer.alloc(1000))).toBe('archive/format');
    expect(await codeOf(gzipSync(Buffer.from('no archive')))).toBe('archive/damaged');
    expect(await codeOf(new Uint8Array())).toBe('archive/format');
    expect(await codeOf(zipFile([]))).toBe('dataset/empty');
    await expect(archiveSource(join(folder, 'absent.zip'))).rejects.toMatchObject({ code: 'file/absent' });
    await expect(archiveSource(folder)).rejects.toMatchObject({ code: 'file/read' });
  });

  it('survives a directory that is changed byte by byte', async () => {
    const zip = zipFile([{ ...file('a/1.png', 1), deflate: true }, file('a/2.png', 2)]);
    for (let at = 0; at < zip.length; at++) {
      const changed = Buffer.from(zip);
      changed[at] = (changed[at]! + 1 + (at % 200)) % 256;
      const code = await codeOf(changed);
      expect(code).toMatch(/^(none|archive\/\w+|dataset\/empty)$/);
    }
  });
});
