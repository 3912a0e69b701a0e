import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectFile, runModule } from '../../test/support/child.js';
import { pattern } from '../../test/support/pattern.js';
import { startThread } from '../runtime/launch.js';
import type { TensorRecord } from '../runtime/types.js';
import { drawChange, augmentInto, unchanged } from './augment.js';
import { BatchMaker } from './batch-maker.js';
import { openBatches, ThreadedBatches, type BatchOptions } from './batches.js';
import type { CacheSource } from './cache-reader.js';
import { openOrdered } from './ordered.js';
import { rowBatches, rowOrder } from './row-batches.js';
import { randomStream } from '../core/random.js';
import { epochOrder } from './sampling.js';

const [side, size, channels, count] = [12, 8, 3, 50] as const;
const folder = mkdtempSync(join(tmpdir(), 'messier-batches-'));
const cache: CacheSource = { side, channels, path: join(folder, 'pixels.bin') };
const pixels = Uint8Array.from(pattern('cache', [count, channels, side, side], 128, 128));
const pictureOf = (index: number) => pixels.subarray(index * channels * side ** 2, (index + 1) * channels * side ** 2);

beforeAll(() => {
  writeFileSync(cache.path, pixels);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const indices = Int32Array.from({ length: 43 }, (_, index) => index + 5);
const labels = indices.map((index) => index % 3);
const preprocess = { size, crop: 0.7, channels, mean: [0.1, 0.2, 0.3], deviation: [0.4, 0.5, 0.6] } as const;
const options: BatchOptions = {
  indices,
  labels,
  classes: ['a', 'b', 'c'],
  preprocess,
  augmentation: { rotate: 30, flip: 'both', zoom: 0.2, noise: 0.05, mixup: 0.3, perClass: { b: 2, c: 0 } },
  sampling: { power: 0.5 },
  size: 10,
  seed: 4,
};
const plain: BatchOptions = { ...options, augmentation: {}, sampling: { power: 1 } };

const data = (batch: TensorRecord, name: string) => batch[name]!.data as Float32Array;
const same = (a: TensorRecord, b: TensorRecord) => {
  expect(data(a, 'image')).toEqual(data(b, 'image'));
  expect(data(a, 'targets')).toEqual(data(b, 'targets'));
};

async function using<T extends { close(): Promise<void> }>(
  opening: Promise<T>,
  use: (source: T) => Promise<void>,
): Promise<void> {
  const source = await opening;
  try {
    await use(source);
  } finally {
    await source.close();
  }
}

describe('openBatches', () => {
  test('gives each item of an epoch once, changed as its stream says, with its class', async () => {
    const augmented = { ...plain, augmentation: { rotate: 30, zoom: 0.2, perClass: { b: 2 } } as const };
    await using(openBatches(cache, augmented), async (source) => {
      expect([source.steps, source.size]).toEqual([4, 10]);
      const order = epochOrder(labels, 3, { power: 1 }, 4, 2);
      const part = channels * size ** 2;
      const expected = new Float32Array(part);
      for (let step = 0; step < source.steps; step++) {
        const batch = await source.batch(2, step);
        expect(batch['image']!.dims).toEqual([10, channels, size, size]);
        expect(batch['targets']!.dims).toEqual([10, 3]);
        for (let n = 0; n < 10; n++) {
          const place = step * 10 + n;
          const label = labels[order[place]!]!;
          const strength = label === 1 ? 2 : 1;
          const change = drawChange(augmented.augmentation, strength, randomStream(4, 'augment', 2, place));
          augmentInto(expected, 0, pictureOf(indices[order[place]!]!), { ...preprocess, side }, change);
          expect(data(batch, 'image').slice(n * part, (n + 1) * part)).toEqual(expected);
          expect([...data(batch, 'targets').slice(n * 3, n * 3 + 3)]).toEqual([0, 1, 2].map((other) => Number(other === label)));
        }
      }
    });
  });

  test('the same epoch and step give the same bits, whatever was asked before', async () => {
    const wanted = [
      [0, 0],
      [0, 1],
      [3, 2],
      [0, 1],
      [1, 0],
      [0, 3],
    ] as const;
    const maker = new BatchMaker(cache, options);
    await using(openBatches(cache, options), async (source) => {
      for (const [epoch, step] of wanted) same(await source.batch(epoch, step), { ...maker.make(epoch, step) });
      const atOnce = await Promise.all(wanted.map(([epoch, step]) => source.batch(epoch, step)));
      for (const [index, [epoch, step]] of wanted.entries()) same(atOnce[index]!, { ...maker.make(epoch, step) });
    });
    expect(maker.make(0, 0)['image']?.data).not.toEqual(maker.make(1, 0)['image']?.data);
    expect(maker.make(0, 0)['image']?.data).not.toEqual(new BatchMaker(cache, { ...options, seed: 5 }).make(0, 0)['image']?.data);
  });

  test('mixup shares targets; without it they are sharp', async () => {
    const mixed = data(new BatchMaker(cache, options).make(0, 0), 'targets');
    for (let n = 0; n < 10; n++) expect(mixed[3 * n]! + mixed[3 * n + 1]! + mixed[3 * n + 2]!).toBeCloseTo(1, 6);
    expect(mixed.some((value) => value > 0.01 && value < 0.99)).toBe(true);
    await using(openBatches(cache, plain), async (source) => {
      expect(data(await source.batch(0, 0), 'targets').every((value) => value === 0 || value === 1)).toBe(true);
    });
  });

  test('fewer items than a batch fill one by coming again, with other changes', async () => {
    const few = {
      ...options,
      augmentation: { rotate: 30 } as const,
      indices: [7, 8, 9],
      labels: [0, 1, 2],
      size: 8,
      sampling: { power: 1 },
    };
    await using(openBatches(cache, few), async (source) => {
      expect(source.steps).toBe(1);
      const batch = await source.batch(0, 0);
      const [order, part] = [epochOrder(Int32Array.of(0, 1, 2), 3, { power: 1 }, 4, 0), channels * size ** 2];
      const targets = data(batch, 'targets');
      for (let n = 0; n < 8; n++) expect(targets.slice(n * 3, n * 3 + 3).indexOf(1)).toBe(order[n % 3]);
      expect(data(batch, 'image').slice(0, part)).not.toEqual(data(batch, 'image').slice(3 * part, 4 * part));
    });
  });

  test('a thread that fails rejects what is asked of it, with its error', async () => {
    const task = { cache, options: plain };
    const broken = new ThreadedBatches(task, () => startThread(new URL('./no-such-worker.js', import.meta.url)));
    await expect(broken.open()).rejects.toMatchObject({
      code: 'dataset/worker-died',
      message: expect.stringContaining('no-such-worker') as string,
    });
    await expect(broken.batch(0, 0)).rejects.toMatchObject({ code: 'dataset/worker-died' });
    await broken.close();

    const path = join(folder, 'shrinks.bin');
    writeFileSync(path, pixels);
    await using(openBatches({ ...cache, path }, plain), async (source) => {
      writeFileSync(path, pixels.subarray(0, 100));
      await expect(source.batch(0, 0)).rejects.toMatchObject({ code: 'cache/read' });
      writeFileSync(path, pixels);
      same(await source.batch(5, 0), { ...new BatchMaker(cache, plain).make(5, 0) });
    });
  });

  test('close ends it: batches under way and later ones are refused', async () => {
    const source = await openBatches(cache, plain);
    const pending = source.batch(0, 0);
    const outcome = expect(pending).rejects.toMatchObject({ code: 'dataset/closed' });
    await source.close();
    await outcome;
    await expect(source.batch(0, 1)).rejects.toMatchObject({ code: 'dataset/closed' });
    await source.close();
  });

  test('an open source does not keep the process alive, and one that is waited for does', async () => {
    const program = `
      import { openBatches } from ${JSON.stringify(projectFile('src/dataset/batches.ts'))};
      const source = await openBatches(${JSON.stringify(cache)}, ${JSON.stringify({ ...plain, indices: [...indices], labels: [...labels] })});
      console.log((await source.batch(0, 0)).targets.dims.join());`;
    expect(await runModule(program)).toMatchObject({ code: 0, stdout: '10,3\n', stderr: '' });
  });

  test.each<[string, Partial<BatchOptions>]>([
    ['an item outside the cache', { indices: [50], labels: [0] }],
    ['no items', { indices: [], labels: [] }],
    ['labels that do not match', { labels: [0] }],
    ['a label outside the classes', { indices: [0, 1], labels: [0, 3] }],
    ['a batch of nothing', { size: 0 }],
    ['other channels', { preprocess: { ...preprocess, channels: 1 } }],
    ['a crop larger than the cache', { preprocess: { ...preprocess, size: 13 } }],
    ['an unknown class in perClass', { augmentation: { perClass: { d: 2 } } }],
  ])('refuses %s', (_, change) => {
    const attempt = () => new BatchMaker(cache, { ...options, ...change });
    expect(attempt).toThrow(expect.objectContaining({ code: 'dataset/batches' }) as Error);
  });

  test('refuses a cache that is not there, and steps outside the epoch', async () => {
    await expect(openBatches({ ...cache, path: join(folder, 'none') }, options)).rejects.toMatchObject({ code: 'cache/read' });
    await expect(openBatches(cache, { ...options, labels: [0] })).rejects.toMatchObject({ code: 'dataset/batches' });
    await using(openBatches(cache, options), async (source) => {
      for (const [epoch, step] of [
        [0, 4],
        [0, -1],
        [-1, 0],
        [0.5, 0],
      ] as const) {
        await expect(source.batch(epoch, step)).rejects.toMatchObject({ code: 'dataset/batches' });
      }
    });
  });
});

describe('openOrdered', () => {
  test('gives the plain crops in order', async () => {
    await using(openOrdered(cache, { indices, preprocess }), async (source) => {
      expect(source.count).toBe(43);
      const part = channels * size ** 2;
      const expected = new Float32Array(part);
      for (const [start, length] of [
        [0, 20],
        [20, 20],
        [40, 3],
      ] as const) {
        const batch = await source.read(start, 20);
        expect(batch['image']!.dims).toEqual([length, channels, size, size]);
        for (let n = 0; n < length; n++) {
          augmentInto(expected, 0, pictureOf(indices[start + n]!), { ...preprocess, side }, unchanged);
          expect(data(batch, 'image').slice(n * part, (n + 1) * part)).toEqual(expected);
        }
      }
      // The corner of the crop lies at floor((12 - 8) / 2).
      const first = (pictureOf(indices[0]!)[2 * side + 2]! / 255 - 0.1) / 0.4;
      expect(data(await source.read(0, 1), 'image')[0]).toBeCloseTo(first, 6);
    });
  });

  test('refuses what is not there', async () => {
    await expect(openOrdered(cache, { indices: [99], preprocess })).rejects.toMatchObject({
      code: 'dataset/batches',
    });
    await using(openOrdered(cache, { indices, preprocess }), async (source) => {
      for (const [start, length] of [
        [43, 1],
        [-1, 1],
        [0, 0],
        [0.5, 1],
      ] as const) {
        await expect(source.read(start, length)).rejects.toMatchObject({ code: 'dataset/batches' });
      }
    });
  });
});

describe('columns', () => {
  test('that are blended leave out targets without weight', async () => {
    const each = (pick: (at: number) => number) =>
      ({ type: 'float32', width: 1, data: Float32Array.from(indices, (_, at) => pick(at)) }) as const;
    const columns = { targets: each((at) => (at % 2 === 0 ? 0.75 : 0)), weights: each((at) => 1 - (at % 2)) };
    await using(openBatches(cache, { ...plain, columns, augmentation: { mixup: 1 } }), async (source) => {
      const batch = await source.batch(0, 0);
      const weights = data(batch, 'weights');
      expect(weights.some((weight) => weight > 0.1 && weight < 0.9)).toBe(true);
      for (const [n, target] of data(batch, 'targets').entries()) expect(target).toBeCloseTo(weights[n] === 0 ? 0 : 0.75, 5);
    });
  });

  const columns = {
    tokens: { type: 'int64', width: 2, data: BigInt64Array.from([...indices].flatMap((index) => [BigInt(index), 7n])) },
    targets: { type: 'float32', width: 1, data: Float32Array.from(indices, (index) => index / 64) },
  } as const;

  test('go with their pictures, and targets among them stand in place of the classes', async () => {
    const order = epochOrder(Int32Array.from(labels), 3, { power: 1 }, plain.seed, 0);
    await using(openBatches(cache, { ...plain, columns }), async (source) => {
      const { tokens, targets } = await source.batch(0, 0);
      const drawn = [...order.subarray(0, plain.size)].map((place) => indices[place]!);
      expect(tokens).toMatchObject({ type: 'int64', dims: [plain.size, 2] });
      expect([...(tokens!.data as BigInt64Array)]).toEqual(drawn.flatMap((index) => [BigInt(index), 7n]));
      expect([...(targets!.data as Float32Array)]).toEqual(drawn.map((index) => index / 64));
    });
    await using(openOrdered(cache, { indices, preprocess, columns }), async (source) => {
      const { tokens } = await source.read(3, 4);
      expect([...(tokens!.data as BigInt64Array)]).toEqual([...indices.slice(3, 7)].flatMap((index) => [BigInt(index), 7n]));
    });
  });

  test('without pictures make batches of rows', async () => {
    const source = rowBatches({ columns, labels: Int32Array.from(labels), classes: 3, sampling: { power: 0 }, size: 8, seed: 1 });
    const batch = await source.batch(2, 1);
    expect(Object.keys(batch).sort()).toEqual(['targets', 'tokens']);
    expect(batch).toEqual(await source.batch(2, 1));
    expect(batch).not.toEqual(await source.batch(3, 1));
    const rest = await rowOrder(columns, indices.length).read(40, 8);
    expect(rest['targets']!.dims).toEqual([3, 1]);
  });

  test('of another length are refused', async () => {
    const short = { targets: { ...columns.targets, data: new Float32Array(3) } };
    await expect(openBatches(cache, { ...plain, columns: short })).rejects.toMatchObject({ code: 'dataset/batches' });
    expect(() => rowOrder(short, indices.length)).toThrow('43 rows of 1 numbers expected, 3 numbers received');
    await expect(openBatches(cache, { ...plain, columns: { image: columns.targets } })).rejects.toThrow('image');
  });
});
