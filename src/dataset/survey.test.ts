import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Picture } from '../core/picture.js';
import { encodePicture } from '../formats/picture-encode.js';
import { pattern } from '../../test/support/pattern.js';
import { distributionOf } from './distribution.js';
import { openDataset } from './open.js';
import { makePixelCache } from './pixel-cache.js';
import { surveyDataset } from './survey.js';
import type { Dataset, PixelCache } from './types.js';

/** A picture whose channels lie around three levels, with structure of its own. */
function picture(name: string, width: number, height: number, levels: readonly [number, number, number]): Picture {
  const noise = pattern(name, [height, width], 20);
  const data = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => (levels[i % 3] as number) + (noise[Math.floor(i / 3)] as number),
  );
  return { width, height, channels: 3, data };
}

let folder = '';
let dataset: Dataset;
let cache: PixelCache;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'messier-'));
  const data = join(folder, 'data');
  for (const label of ['comet', 'star']) await mkdir(join(data, label), { recursive: true });
  for (let index = 0; index < 12; index++) {
    const one = picture(`comet ${index}`, 40, 40, [30, 60, 90]);
    await writeFile(join(data, 'comet', `${index}.png`), await encodePicture(one, { format: 'png' }));
  }
  for (let index = 0; index < 22; index++) {
    const one = picture(`star ${index}`, 48 + index, 48, [200, 200, 200]);
    await writeFile(join(data, 'star', `${index}.png`), await encodePicture(one, { format: 'png' }));
  }
  const copy = picture('comet 3', 40, 40, [30, 60, 90]);
  await writeFile(join(data, 'star', 'copy.jpg'), await encodePicture(copy, { format: 'jpeg', quality: 90 }));
  await writeFile(join(data, 'star', 'broken.png'), (await encodePicture(copy, { format: 'png' })).subarray(0, 300));
  dataset = await openDataset(data);
  cache = await makePixelCache(dataset, { side: 32, channels: 3, folder: join(folder, 'cache') });
});

afterAll(async () => {
  await dataset.close();
  await rm(folder, { recursive: true });
});

describe('the survey of a dataset', () => {
  test('counts, sizes, brightness, colour, duplicates, what is left out, samples', async () => {
    const stages = new Set<string>();
    const report = await surveyDataset(dataset, cache, { progress: ({ stage }) => stages.add(stage) });
    expect(report).toMatchObject({ name: dataset.name, location: dataset.location, items: 35, classes: { comet: 12, star: 23 } });
    expect(report.sizes).toHaveLength(20);
    expect(report.sizeCount).toBe(23);
    expect(report.sides).toEqual({ shortest: 40, longest: 69 });
    expect(report.aspect).toMatchObject({ low: 1, median: 52 / 48, high: 69 / 48 });
    expect(report.timeline).toBeUndefined();
    expect(report.sizes[0]).toEqual({ width: 40, height: 40, count: 13 });
    expect(report.sizes.reduce((sum, { count }) => sum + count, 0)).toBe(35);
    // The noise has mean 0 and is cut to whole levels, which takes half of one.
    for (const [channel, level] of [30, 60, 90].entries()) {
      expect(report.colour['comet']?.[channel]).toBeCloseTo((level - 0.5) / 255, 2);
    }
    expect(report.brightness['comet']?.median).toBeCloseTo(59.5 / 255, 2);
    expect(report.brightness['star']?.low).toBeCloseTo(59.5 / 255, 1);
    expect(report.brightness['star']?.high).toBeCloseTo(199.5 / 255, 2);
    expect(report.duplicates).toEqual([
      [
        { id: 'comet/3.png', label: 'comet', exact: false },
        { id: 'star/copy.jpg', label: 'star', exact: false },
      ],
    ]);
    expect(report.copies.map(({ id, label }) => [id, label])).toEqual([
      ['comet/3.png', 'comet'],
      ['star/copy.jpg', 'star'],
    ]);
    expect(report.skipped.map(({ id, code }) => [id, code])).toEqual([['star/broken.png', 'picture/truncated']]);
    expect(report.samples.map(({ label }) => label)).toEqual([
      ...Array<string>(8).fill('star'),
      ...Array<string>(8).fill('comet'),
    ]);
    expect(new Set(report.samples.map(({ id }) => id)).size).toBe(16);
    for (const { uri } of report.samples) expect(uri).toMatch(/^data:image\/webp;base64,/);
    expect([...stages]).toEqual(['measure pictures', 'find near-duplicates', 'make samples']);
  });

  test('samples follow the seed', async () => {
    const ids = async (seed: number) => (await surveyDataset(dataset, cache, { seed })).samples.map(({ id }) => id);
    expect(await ids(4)).toEqual(await ids(4));
    expect(await ids(4)).not.toEqual(await ids(5));
  });

  test('a picture that vanished is left out with its reason', async () => {
    const gone: Dataset = { ...dataset, load: (item) => dataset.load({ ...item, id: `gone/${item.id}` }) };
    const report = await surveyDataset(gone, cache);
    expect(report.samples).toEqual([]);
    expect(report.skipped).toHaveLength(17);
  });

  test('stops at the signal', async () => {
    await expect(surveyDataset(dataset, cache, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

test('distributions as numpy.percentile and numpy.histogram have them', () => {
  // numpy.percentile(v, [0, 25, 50, 75, 100]) and numpy.histogram(v, 20).
  const { counts, ...summary } = distributionOf([0.1, 0.4, 0.36, 0.8, 0.05, 0.62, 0.33]);
  expect(summary).toEqual({
    low: 0.05,
    lowerQuartile: expect.closeTo(0.215, 12) as number,
    median: 0.36,
    upperQuartile: expect.closeTo(0.51, 12) as number,
    high: 0.8,
  });
  expect(counts).toEqual([1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  expect(distributionOf([0.5])).toMatchObject({ low: 0.5, median: 0.5, high: 0.5 });
  expect(distributionOf([0.5, 0.5]).counts[0]).toBe(2);
});
