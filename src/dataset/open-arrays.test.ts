import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import golden from '../../test/golden/arrays.json' with { type: 'json' };
import { findShared } from '../../test/support/shared-data.js';
import { slabLayout } from '../formats/hdf5-images.js';
import { openDataset } from './open.js';

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const bytesOf = (name: keyof typeof golden) => Buffer.from(golden[name].file, 'base64');
const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arrays-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(name: string, bytes: Uint8Array): Promise<string> {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
}

async function summary(path: string) {
  const dataset = await openDataset(path);
  const pictures: string[] = [];
  try {
    for (const item of dataset.items) pictures.push(hash((await dataset.load(item)).picture.data));
  } finally {
    await dataset.close();
  }
  return { labels: dataset.items.map(({ label }) => label), pictures, ids: dataset.items.map(({ id }) => id) };
}

describe('array files', () => {
  const names = Object.keys(golden) as (keyof typeof golden)[];
  it.each(names)('%s holds what h5py and numpy read', async (name) => {
    const dataset = await openDataset(await put(name, bytesOf(name)));
    const [count = 0, height, width, channels = 1] = golden[name].shape;
    expect(dataset.items).toHaveLength(count);
    // Out of order and several at once.
    const order = [...dataset.items.keys()].sort((a, b) => ((a * 7) % 11) - ((b * 7) % 11));
    const loaded = await Promise.all(order.map((index) => dataset.load(dataset.items[index]!)));
    expect(loaded[0]?.picture).toMatchObject({ height, width, channels });
    expect(loaded.map(({ picture }) => hash(picture.data))).toEqual(order.map((index) => golden[name].pictures[index]));
    await dataset.close();
    await expect(dataset.load(dataset.items[0]!)).rejects.toThrow(code('array/closed'));
  });

  it('names classes as the file does, else by number', async () => {
    const labels = async (name: keyof typeof golden) => (await summary(await put(name, bytesOf(name)))).labels.slice(0, 5);
    expect(await labels('one-hot.hdf5')).toEqual(['spiral', 'edge on', 'ring', 'größe', 'spiral']);
    expect(await labels('float32.npz')).toEqual(['a', 'ß', 'c', 'ddd', 'a']);
    expect(await labels('float64-big.npz')).toEqual(['a', 'bb', 'c', 'd', 'a']);
    for (const name of ['tiles.h5', 'uint8.npz', 'int16.npz'] as const)
      expect(await labels(name)).toEqual(['0', '1', '2', '3', '0']);
    expect(await labels('gray.h5')).toEqual(Array(5).fill(undefined));
  });

  it('opens gzipped HDF5 and leaves no temporary file', async () => {
    process.env['TMPDIR'] = folder;
    try {
      const inside = await mkdtemp(join(tmpdir(), 'set-'));
      await writeFile(join(inside, 'train_dataset.hdf5.gz'), gzipSync(bytesOf('rows.h5')));
      await writeFile(join(inside, 'test_dataset.hdf5.gz'), gzipSync(bytesOf('rows.h5')));
      const both = await summary(inside);
      expect(both.ids).toHaveLength(22);
      expect(both.ids[0]).toBe('test_dataset.hdf5.gz#0');
      expect(both.pictures).toEqual([...golden['rows.h5'].pictures, ...golden['rows.h5'].pictures]);
      expect((await readdir(folder)).filter((name) => name.startsWith('messier-'))).toEqual([]);
    } finally {
      delete process.env['TMPDIR'];
    }
  });

  it('refuses what is cut off, damaged or of another kind', async () => {
    const h5 = bytesOf('rows.h5');
    const npz = bytesOf('int16.npz');
    const open = async (name: string, bytes: Uint8Array) => openDataset(await put(name, bytes));
    await expect(open('short.h5', h5.subarray(0, h5.length - 100))).rejects.toThrow(code('hdf5/truncated'));
    await expect(open('head.h5', h5.subarray(0, 20))).rejects.toThrow(code('hdf5/truncated'));
    await expect(open('text.h5', Buffer.from('no HDF5'))).rejects.toThrow(code('hdf5/format'));
    await expect(open('empty.h5', new Uint8Array(0))).rejects.toThrow(code('hdf5/format'));
    await expect(open('short.hdf5.gz', gzipSync(h5).subarray(0, 500))).rejects.toThrow(code('packed/damaged'));
    await expect(open('text.hdf5.gz', Buffer.from('no gzip'))).rejects.toThrow(code('packed/damaged'));
    await expect(open('short.npz', npz.subarray(0, npz.length - 30))).rejects.toThrow(code('zip/truncated'));
    await expect(open('text.npz', Buffer.from('no zip'))).rejects.toThrow(code('zip/format'));
    const flipped = Buffer.from(npz);
    flipped.fill(0x55, 400, 420);
    await expect(open('flipped.npz', flipped)).rejects.toThrow(code('packed/damaged'));
  });

  it('never hangs or crashes on single damaged bytes', async () => {
    for (const name of ['tiles.h5', 'float32.npz'] as const) {
      const whole = bytesOf(name);
      for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 30)) {
        const broken = Buffer.from(whole);
        broken[at]! ^= 0xff;
        const path = await put(`at${at}-${name}`, broken);
        const outcome = await summary(path).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome, `byte ${at} of ${name}`).toMatchObject({ name: 'MessierError' });
      }
    }
  });

  it('skips no more than the damaged block', async () => {
    const broken = bytesOf('rows.h5');
    // Three blocks of deflated noise make up the end of the file; the middle one starts about here.
    broken.fill(0, Math.floor(broken.length * 0.6), Math.floor(broken.length * 0.62));
    const dataset = await openDataset(await put('rows.h5', broken));
    const results = await Promise.allSettled(dataset.items.map((item) => dataset.load(item)));
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThanOrEqual(4);
    for (const { reason } of failed) expect(reason).toMatchObject({ code: 'hdf5/read' });
    await dataset.close();
  });

  it('refuses pickles, shapes out of all bounds and ranges that are none', async () => {
    const open = async (header: string, bytes: number) =>
      openDataset(await put('data.npz', stored('data.npy', npy(header, bytes))));
    const head = (descr: string, shape: string) => `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
    await expect(open(head('|O', '(2,)'), 16)).rejects.toThrow(code('npy/pickle'));
    await expect(open(head('|u1', '(1000000000000, 2, 2)'), 16)).rejects.toThrow(code('array/limit'));
    await expect(open(head('|u1', '(10, 2, 2)'), 16)).rejects.toThrow(code('npy/truncated'));
    await expect(open(head('|u1', '(4, 2, 2, 2)'), 32)).rejects.toThrow(code('array/shape'));
    await expect(open(head('|u1', '(0, 2, 2)'), 0)).rejects.toThrow(code('array/shape'));
    await expect(open(head('<c8', '(1, 1, 2)'), 16)).rejects.toThrow(code('npy/type'));
    await expect(open(head('<f4', '(1, 2, 2)').replace('False', 'True'), 16)).rejects.toThrow(code('npy/order'));
    const negative = npy(head('|i1', '(1, 2, 2)'), 4);
    negative[negative.length - 1] = 0xff;
    await expect(openDataset(await put('negative.npz', stored('data.npy', negative)))).rejects.toThrow(code('npz/range'));
    await expect(openDataset(await put('other.npz', stored('x.npy', npy(head('|u1', '(1, 2, 2)'), 4))))).rejects.toThrow(
      code('npz/layout'),
    );
  });

  it('refuses an HDF5 header that claims 10^12 pictures', async () => {
    const { File, ready } = await import('h5wasm/node');
    await ready;
    const path = join(folder, 'bomb.h5');
    const file = new File(path, 'w');
    const chunk = { shape: [1, 2, 2, 1], maxshape: [null, 2, 2, 1], chunks: [1, 2, 2, 1] };
    file.create_dataset({ name: 'images', data: new Uint8Array(4), ...chunk }).resize([1e12, 2, 2, 1]);
    file.close();
    await expect(openDataset(path)).rejects.toThrow(code('array/limit'));
  });

  it('takes class names of Galaxy10 for its files alone', async () => {
    const { File, ready } = await import('h5wasm/node');
    await ready;
    const write = (name: string) => {
      const path = join(folder, name);
      const file = new File(path, 'w');
      file.create_dataset({ name: 'images', data: new Uint8Array(2 * 69 * 69 * 3), shape: [2, 69, 69, 3] });
      file.create_dataset({ name: 'ans', data: Uint8Array.of(5, 0) });
      file.close();
      return path;
    };
    expect((await summary(write('Galaxy10.h5'))).labels).toEqual(['Disk, Edge-on, Boxy Bulge', 'Disk, Face-on, No Spiral']);
    expect((await summary(write('mine.h5'))).labels).toEqual(['5', '0']);
  });

  const shared = findShared('h5');
  it.skipIf(!shared)('reads the same 48 galaxies from three files', async () => {
    const [contiguous, gzip, npz] = await Promise.all(
      ['galaxies48_contiguous.h5', 'galaxies48_gzip.h5', 'galaxies48.npz'].map((name) => summary(join(shared ?? '', name))),
    );
    expect(contiguous?.labels).toEqual(Array.from({ length: 48 }, (_, index) => String(Math.floor(index / 8))));
    expect(new Set(contiguous?.pictures).size).toBe(48);
    expect(gzip).toMatchObject({ labels: contiguous?.labels, pictures: contiguous?.pictures });
    expect(npz).toMatchObject({ labels: contiguous?.labels, pictures: contiguous?.pictures });
    // h5py: sha256(''.join(sha256(picture.tobytes()).hexdigest() for picture in file['images'][:]).encode()).hexdigest()
    expect(hash(Buffer.from(contiguous?.pictures.join('') ?? ''))).toBe(
      '71e42b7feb98a721f10be1a34ed15bf0272742e4f3314538d28f0f41fa51daf4',
    );
  });
});

describe('slabLayout', () => {
  it('follows the blocks, and splits those above 128 MiB', () => {
    const h5py = slabLayout([17_736, 256, 256, 3], [555, 16, 16, 1]);
    expect(h5py.range(600)).toEqual({ start: 555, count: 555 });
    expect(h5py.range(17_735)).toEqual({ start: 17_205, count: 531 });
    expect([...h5py.boxes(555)].every(({ size: [h = 0, w = 0, c = 0] }) => 555 * h * w * c <= 2 ** 22)).toBe(true);
    const large = slabLayout([5000, 256, 256, 3], [2000, 16, 16, 1]);
    expect(large.range(1999)).toEqual({ start: 1334, count: 666 });
    expect(large.range(2000)).toEqual({ start: 2000, count: 667 });
    expect(slabLayout([100, 1000, 1000, 3], undefined).range(7)).toEqual({ start: 7, count: 1 });
  });
});

function npy(header: string, bytes: number): Buffer {
  const text = Buffer.from(header);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, text, Buffer.alloc(bytes)]);
}

/** A ZIP archive of one stored file. */
function stored(name: string, bytes: Buffer): Buffer {
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50);
  entry.writeUInt32LE(bytes.length, 20);
  entry.writeUInt32LE(bytes.length, 24);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + bytes.length, 16);
  return Buffer.concat([local, Buffer.from(name), bytes, entry, Buffer.from(name), end]);
}
