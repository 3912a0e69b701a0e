import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { projectFile, runModule } from '../../test/support/child.js';
import { memoryDataset, patternPicture } from '../../test/support/memory-dataset.js';
import type { Picture } from '../core/picture.js';
import { GraphBuilder } from '../onnx/builder.js';
import { centralSquare } from '../nn/preprocess.js';
import { createSession } from '../runtime/index.js';
import { openCacheReader } from './cache-reader.js';
import { perceptualHash } from './perceptual-hash.js';
import { makePixelCache } from './pixel-cache.js';
import { writePlanes } from './planes.js';
import type { PixelCache } from './types.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'messier-cache-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const shape = { side: 10, channels: 3 } as const;

const pictures: Readonly<Record<string, Picture | null>> = {
  ...Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`same-${n}`, patternPicture(`same-${n}`, 30, 30, 3)])),
  broken: null,
  gray: patternPicture('gray', 17, 23, 1),
  wide: patternPicture('wide', 90, 31, 3),
  dot: patternPicture('dot', 1, 1, 3),
  exact: patternPicture('exact', 10, 10, 3),
};

function pixelsOf(cache: PixelCache, id: string): Uint8Array {
  const reader = openCacheReader(cache);
  try {
    return reader.read(
      cache.items.findIndex((item) => item.id === id),
      new Uint8Array(reader.bytesEach),
    );
  } finally {
    reader.close();
  }
}

/** One picture through the graph alone, not rounded. */
async function square(
  picture: Picture,
  { side, channels }: { readonly side: number; readonly channels: 1 | 3 },
): Promise<number[]> {
  const g = new GraphBuilder();
  g.output(centralSquare(g, g.input('image', 'uint8', ['N', channels, 'H', 'W']), { size: side, crop: 1 }), 'x');
  const data = new Uint8Array(channels * picture.width * picture.height);
  writePlanes(data, 0, picture, channels);
  const session = await createSession(g.build(), { device: 'cpu', inThread: true, threads: 1 });
  const { x } = await session.run({ image: { type: 'uint8', dims: [1, channels, picture.height, picture.width], data } });
  await session.release();
  return Array.from(x!.data, Number);
}

describe('makePixelCache', () => {
  test.each([1, 3] as const)(
    'holds every picture in order, resized by the graph and rounded, in %d channels',
    async (channels) => {
      const cache = await makePixelCache(memoryDataset(pictures), { ...shape, channels, folder });
      const ids = Object.keys(pictures).filter((id) => id !== 'broken');
      expect(cache.items.map(({ id }) => id)).toEqual(ids);
      expect(cache).toMatchObject({ side: 10, channels, reused: false });
      for (const { id, label, width, height, hash, perceptual } of cache.items) {
        const picture = pictures[id]!;
        expect([width, height, label]).toEqual([
          picture.width,
          picture.height,
          Object.keys(pictures).indexOf(id) % 2 ? 'odd' : 'even',
        ]);
        expect(hash).toMatch(/^[0-9a-f]{64}$/);
        expect(perceptual).toBe(perceptualHash(picture));
      }
      for (const id of ['same-0', 'same-39', 'gray', 'wide', 'dot']) {
        const expected = (await square(pictures[id]!, { ...shape, channels })).map((value) => Math.floor(value + 0.5));
        // Runs of several pictures may differ from one alone in the last bits, and so in what is half a level.
        const found = [...pixelsOf(cache, id)];
        expect(Math.max(...found.map((value, at) => Math.abs(value - expected[at]!)))).toBeLessThanOrEqual(1);
        expect(found.filter((value, at) => value !== expected[at]).length).toBeLessThan(found.length / 50);
      }
      const exact = new Uint8Array(channels * 100);
      writePlanes(exact, 0, pictures['exact']!, channels);
      expect(pixelsOf(cache, 'exact')).toEqual(exact);
    },
  );

  test('leaves broken pictures out and says why', async () => {
    const cache = await makePixelCache(memoryDataset(pictures), { ...shape, folder });
    expect(cache.skipped).toEqual([
      { id: 'gone', code: 'file/absent', reason: 'There is no file.' },
      { id: 'broken', code: 'picture/broken', reason: '"broken" is broken.' },
    ]);
  });

  test('a second call finds the first one’s work; another shape, stretch or list of ids does not', async () => {
    const loads: string[] = [];
    const stages = new Set<string>();
    const options = { folder, progress: ({ stage }: { readonly stage: string }) => stages.add(stage) };
    const dataset = memoryDataset(pictures, { onLoad: (id) => loads.push(id) });
    const first = await makePixelCache(dataset, { ...shape, ...options });
    expect([...stages]).toEqual(['read pictures']);
    const second = await makePixelCache(dataset, { ...shape, ...options });
    expect(second).toEqual({ ...first, reused: true });
    expect([...stages]).toEqual(['read pictures', 'reuse pixel cache']);
    expect(loads.length).toBe(45);
    const { dot, ...others } = pictures;
    expect(dot).toBeDefined();
    expect((await makePixelCache(dataset, { ...shape, side: 11, ...options })).reused).toBe(false);
    expect((await makePixelCache(dataset, { ...shape, channels: 1, ...options })).reused).toBe(false);
    expect(
      (await makePixelCache(dataset, { ...shape, stretch: { kind: 'log', softening: 0.1, low: 0, high: 100 }, ...options }))
        .reused,
    ).toBe(false);
    expect((await makePixelCache(memoryDataset(others), { ...shape, ...options })).reused).toBe(false);
    expect(readdirSync(folder).length).toBe(5);
  });

  test('a file that changed is read again', async () => {
    const names = ['a.bin', 'b.bin'];
    for (const name of names) writeFileSync(join(folder, name), name);
    const dataset = memoryDataset({ 'a.bin': pictures['gray']!, 'b.bin': pictures['dot']! }, { location: folder });
    const options = { ...shape, folder: join(folder, 'cache') };
    await makePixelCache(dataset, options);
    expect((await makePixelCache(dataset, options)).reused).toBe(true);
    writeFileSync(join(folder, 'b.bin'), 'longer than before');
    expect((await makePixelCache(dataset, options)).reused).toBe(false);
  });

  test('a damaged cache is made again', async () => {
    const dataset = memoryDataset(pictures);
    const before = await makePixelCache(dataset, { ...shape, folder });
    const bytes = readFileSync(before.path);
    truncateSync(before.path, 100);
    const after = await makePixelCache(dataset, { ...shape, folder });
    expect(after.reused).toBe(false);
    expect(readFileSync(after.path).equals(bytes)).toBe(true);
    writeFileSync(join(after.path, '..', 'items.json'), '{');
    expect((await makePixelCache(dataset, { ...shape, folder })).reused).toBe(false);
  });

  test('made twice at once it is whole, and nothing else stays', async () => {
    const made = await Promise.all([1, 2, 3].map(() => makePixelCache(memoryDataset(pictures), { ...shape, folder })));
    expect(new Set(made.map(({ path }) => path)).size).toBe(1);
    expect(readdirSync(folder).length).toBe(1);
    expect(readdirSync(join(made[0]!.path, '..')).sort()).toEqual(['items.json', 'pixels.bin']);
  });

  test('stopped half-way it throws the reason, leaves nothing, and reads no more', async () => {
    const stop = new AbortController();
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`${n}`, pictures['gray']!]));
    const loads: string[] = [];
    const reason = new Error('enough');
    const work = makePixelCache(memoryDataset(many, { onLoad: (id) => loads.push(id) }), {
      ...shape,
      folder,
      signal: stop.signal,
      progress: ({ done }) => {
        if (done === 100) stop.abort(reason);
      },
    });
    await expect(work).rejects.toBe(reason);
    expect(readdirSync(folder)).toEqual([]);
    expect(loads.length).toBeLessThan(400);
    await expect(makePixelCache(memoryDataset(many), { ...shape, folder, signal: stop.signal })).rejects.toBe(reason);
  });

  test('an error that is not the picture’s ends it and leaves nothing', async () => {
    const failure = new TypeError('a bug');
    const dataset = memoryDataset(pictures);
    const bad = {
      ...dataset,
      load: (item: (typeof dataset.items)[number]) => (item.id === 'gray' ? Promise.reject(failure) : dataset.load(item)),
    };
    await expect(makePixelCache(bad, { ...shape, folder })).rejects.toBe(failure);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a folder that takes no files, and one without room, are told and nothing stays', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(makePixelCache(memoryDataset(pictures), { ...shape, folder: file })).rejects.toMatchObject({
      code: 'cache/write',
    });

    // The shell's limit on the size of files stands in for a full disk: the system refuses the write in the same way.
    const program = `
      import { makePixelCache } from ${JSON.stringify(projectFile('src/dataset/pixel-cache.ts'))};
      import { memoryDataset, patternPicture } from ${JSON.stringify(projectFile('test/support/memory-dataset.ts'))};
      process.on('SIGXFSZ', () => undefined);
      const picture = patternPicture('p', 64, 64, 3);
      const dataset = memoryDataset(Object.fromEntries(Array.from({ length: 60 }, (_, n) => ['p' + n, picture])));
      await makePixelCache(dataset, { side: 128, channels: 3, folder: ${JSON.stringify(join(folder, 'full'))} }).catch(({ code }) => console.log(code));`;
    const child = spawn('sh', [
      '-c',
      'ulimit -f 2048 && exec "$0" "$@"',
      process.execPath,
      '--import',
      'tsx',
      '--input-type=module',
      '--eval',
      program,
    ]);
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    child.stderr.on('data', (text: Buffer) => (output += text.toString()));
    await new Promise((resolve) => child.on('close', resolve));
    expect(output).toBe('cache/disk-full\n');
    expect(readdirSync(join(folder, 'full'))).toEqual([]);
  });

  test('two processes at once', async () => {
    const program = `
      import { makePixelCache } from ${JSON.stringify(projectFile('src/dataset/pixel-cache.ts'))};
      import { memoryDataset, patternPicture } from ${JSON.stringify(projectFile('test/support/memory-dataset.ts'))};
      const dataset = memoryDataset(Object.fromEntries(Array.from({ length: 300 }, (_, n) => ['p' + n, patternPicture('p' + n, 40, 40, 3)])));
      const cache = await makePixelCache(dataset, { side: 16, channels: 3, folder: ${JSON.stringify(folder)} });
      console.log(cache.items.length);`;
    const results = await Promise.all([runModule(program), runModule(program)]);
    for (const result of results) expect(result).toEqual({ code: 0, stdout: '300\n', stderr: '' });
    expect(readdirSync(folder).length).toBe(1);
  });

  test('refuses a dataset without a readable picture, and a side that is none', async () => {
    await expect(makePixelCache(memoryDataset({ a: null }), { ...shape, folder })).rejects.toMatchObject({ code: 'cache/empty' });
    expect(readdirSync(folder)).toEqual([]);
    const dropped = { id: 'z', code: 'review/dropped', reason: 'A person dropped it.' };
    const broken = { ...memoryDataset({ a: null }), skipped: [dropped] };
    await expect(makePixelCache(broken, { ...shape, folder })).rejects.toThrow('the first of 1, a: ');
    await expect(makePixelCache(memoryDataset({}), { ...shape, folder })).rejects.toMatchObject({ code: 'cache/empty' });
    for (const side of [0, 1.5, NaN]) {
      await expect(makePixelCache(memoryDataset(pictures), { ...shape, side, folder })).rejects.toMatchObject({
        code: 'cache/option',
      });
    }
  });
});

describe('openCacheReader', () => {
  test('refuses what it can’t read', async () => {
    const cache = await makePixelCache(memoryDataset(pictures), { ...shape, folder });
    const reader = openCacheReader(cache);
    const refusal = expect.objectContaining({ code: 'cache/read' }) as Error;
    const room = new Uint8Array(reader.bytesEach);
    expect([reader.count, reader.bytesEach]).toEqual([44, 300]);
    for (const index of [-1, 44, 0.5, NaN]) expect(() => reader.read(index, room)).toThrow(refusal);
    expect(() => reader.read(0, room.subarray(1))).toThrow(refusal);
    reader.close();
    reader.close();
    expect(() => reader.read(0, room)).toThrow(refusal);
    expect(() => openCacheReader({ ...cache, side: 7 })).toThrow(refusal);
    expect(() => openCacheReader({ ...cache, path: join(folder, 'none') })).toThrow(refusal);
    expect(existsSync(cache.path)).toBe(true);
  });
});

describe('writePlanes', () => {
  const colour = patternPicture('planes', 6, 5, 3);

  test('colour to planes', () => {
    const planes = new Uint8Array(92);
    writePlanes(planes, 2, colour, 3);
    for (let at = 0; at < 90; at++) expect(planes[2 + (at % 3) * 30 + Math.floor(at / 3)]).toBe(colour.data[at]);
  });

  test('gray to three', () => {
    const gray = patternPicture('planes', 6, 5, 1);
    const planes = new Uint8Array(90);
    writePlanes(planes, 0, gray, 3);
    expect([...planes]).toEqual([...gray.data, ...gray.data, ...gray.data]);
  });

  test('colour to luma, as libvips computes it to one level', async () => {
    const luma = new Uint8Array(30);
    writePlanes(luma, 0, colour, 1);
    const raw = { width: 6, height: 5, channels: 3 } as const;
    const linear = await sharp(colour.data, { raw })
      .recomb([
        [0.299, 0.587, 0.114],
        [0.299, 0.587, 0.114],
        [0.299, 0.587, 0.114],
      ])
      .raw()
      .toBuffer();
    for (let at = 0; at < 30; at++) expect(Math.abs(luma[at]! - linear[3 * at]!)).toBeLessThanOrEqual(1);
  });
});
