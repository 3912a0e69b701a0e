import { mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { smallCard } from '../../test/support/deployed.js';
import { memoryDataset, patternPicture } from '../../test/support/memory-dataset.js';
import { filled } from '../../test/support/small-network.js';
import type { Progress } from '../core/progress.js';
import { deploy } from '../models/deploy.js';
import { GraphBuilder } from '../onnx/builder.js';
import { cutModel } from '../onnx/rewrite/index.js';
import { tensorBytes } from '../onnx/tensors.js';
import type { Model } from '../onnx/types.js';
import { createSession } from '../runtime/index.js';
import { makeFeatureCache, MOST_FEATURES, type FeatureCacheOptions } from './feature-cache.js';
import { meanFeatures, selectFeatures } from './features.js';
import { makePixelCache } from './pixel-cache.js';
import { writePlanes } from './planes.js';
import type { PixelCache } from './types.js';

const [size, channels] = [9, 3] as const;
const preprocess = { size, crop: 1, channels, mean: [0.1, 0.2, 0.3], deviation: [0.5, 0.6, 0.7] } as const;
const pictures = Object.fromEntries(
  Array.from({ length: 11 }, (_, n) => [`p${n}`, patternPicture(`p${n}`, size, size, channels)]),
);

/** Features that are no linear function of the pixels, and answers on them. */
function network(seed = 'weight'): Model {
  const g = new GraphBuilder();
  const image = g.input('image', 'float32', ['N', channels, size, size]);
  const maps = g.relu(
    g.conv(image, g.parameter('conv.weight', filled(seed, [4, channels, 3, 3], 0.5)), undefined, { strides: [2, 2] }),
  );
  const features = g.node('Flatten', [maps], { axis: 1 }, { outputs: ['features'] })[0]!;
  const head = [g.parameter('w', filled('w', [3, 64], 0.2)), g.parameter('b', filled('b', [3]))] as const;
  g.output(g.gemm(features, ...head, { transB: true }), 'logits');
  return g.build();
}
const features = (seed?: string) => cutModel(network(seed), { outputs: ['features'] });

let folder: string;
let cache: PixelCache;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'messier-features-'));
  cache = await makePixelCache(memoryDataset(pictures), { side: size, channels, folder: join(folder, 'pixels') });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const make = (options: Partial<FeatureCacheOptions> = {}) =>
  makeFeatureCache(cache, {
    model: features(),
    preprocess,
    views: 'one',
    folder: join(folder, 'features'),
    threads: 1,
    ...options,
  });
const files = () => readdirSync(join(folder, 'features')).sort();

describe('a feature cache', () => {
  test.each(['one', 'flips', 'dihedral'] as const)('with views %s holds what finished models answer from', async (views) => {
    const { features: found } = await make({ views });
    expect(found.dims).toEqual([11, { one: 1, flips: 4, dihedral: 8 }[views], 64]);
    const deployed = deploy(network(), { ...smallCard, preprocess, views });
    const session = await createSession(deployed, { device: 'cpu', inThread: true, threads: 1 });
    const mean = meanFeatures(found);
    const [weight, bias] = [filled('w', [3, 64], 0.2).data as Float32Array, filled('b', [3]).data as Float32Array];
    for (const [index, picture] of Object.values(pictures).entries()) {
      const data = new Uint8Array(channels * size * size);
      writePlanes(data, 0, picture, channels);
      const { logits } = await session.run({ image: { type: 'uint8', dims: [1, channels, size, size], data } });
      const row = (selectFeatures(mean, [index]).data as Float32Array).subarray(0, 64);
      const own = Array.from(bias, (shift, one) => row.reduce((sum, value, at) => sum + value * weight[one * 64 + at]!, shift));
      own.forEach((value, one) => expect(value).toBeCloseTo(Number(logits!.data[one]), 4));
    }
    await session.release();
  });

  test('is found again by what determines it, and made anew where that differs', async () => {
    const seen: Progress[] = [];
    const first = await make();
    const again = await make({ progress: (one) => void seen.push(one) });
    expect(first.reused).toBe(false);
    expect(again.reused).toBe(true);
    expect(tensorBytes(again.features)).toEqual(tensorBytes(first.features));
    expect(seen).toEqual([{ stage: 'reuse features', done: 11, total: 11, unit: 'pictures' }]);
    const others: Partial<FeatureCacheOptions>[] = [
      { model: features('other') },
      { views: 'flips' },
      { preprocess: { ...preprocess, mean: [0, 0, 0] } },
      { threads: 2 },
    ];
    for (const other of others) expect((await make(other)).reused).toBe(false);
    cache = { ...cache, items: cache.items.map((item) => ({ ...item, hash: `${item.hash}0` })) };
    expect((await make()).reused).toBe(false);
    expect(files()).toHaveLength(6);
  });

  test('that was altered is made anew', async () => {
    const { features: sound } = await make();
    const file = join(folder, 'features', files()[0]!);
    const bytes = readFileSync(file);
    for (const damaged of [bytes.with(bytes.length - 3, bytes.at(-3)! ^ 1), bytes.subarray(0, 200), Buffer.from('')]) {
      writeFileSync(file, damaged);
      const { features: again, reused } = await make();
      expect(reused).toBe(false);
      expect(tensorBytes(again)).toEqual(tensorBytes(sound));
      expect((await make()).reused).toBe(true);
    }
  });

  test('leaves nothing where it is stopped, and clears what a killed process left a day ago', async () => {
    const controller = new AbortController();
    const progress = () => controller.abort();
    await expect(make({ views: 'dihedral', progress, signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
    await expect(make({ signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
    await make();
    const [old, young] = ['a.safetensors.1.tmp', 'b.safetensors.2.tmp'].map((name) => join(folder, 'features', name)) as [
      string,
      string,
    ];
    for (const file of [old, young]) writeFileSync(file, 'half');
    utimesSync(old, 0, 0);
    await make({ views: 'flips' });
    expect(files().filter((name) => name.endsWith('.tmp'))).toEqual(['b.safetensors.2.tmp']);
  });
});

describe('what a feature cache refuses', () => {
  test.each<[string, () => Partial<FeatureCacheOptions>, string]>([
    ['a network for other pictures', () => ({ preprocess: { ...preprocess, size: 10 } }), 'dataset/batches'],
    [
      'one without rows of features',
      () => ({ model: cutModel(network(), { outputs: [network().graph.nodes[0]!.outputs[0]!] }) }),
      'dataset/features',
    ],
    ['a folder that is a file', () => ({ folder: cache.path }), 'file/write'],
    ['more features than it holds', () => ({ model: wide() }), 'cache/limit'],
  ])('%s', async (_, options, code) => {
    await expect(make(options())).rejects.toMatchObject({ code });
  });

  /** Features that are too many for eleven pictures. */
  function wide(): Model {
    const g = new GraphBuilder();
    const row = g.reduceMean(g.input('image', 'float32', ['N', channels, size, size]), [1, 2, 3], false);
    const count = Math.floor(MOST_FEATURES / 11) + 1;
    g.output({ ...g.op('Expand', [g.reshape(row, [-1, 1]), g.ints([1, count])]), shape: ['N', count] }, 'features');
    return g.build();
  }
});
