import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findShared } from '../../test/support/shared-data.js';
import type { Picture } from '../core/picture.js';
import { randomStream } from '../core/random.js';
import { openDataset } from '../dataset/open.js';
import type { Dataset, Item } from '../dataset/types.js';
import { exploreDataset } from './explore.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'messier-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Noise of a colour that the item's label names. */
function picture({ id, label }: Item): Picture {
  const random = randomStream(1, id);
  const side = 40;
  const colour = label === 'red' ? [150, 40, 40] : [40, 40, 150];
  const data = Uint8Array.from({ length: side * side * 3 }, (_, at) => (colour[at % 3] ?? 0) + random.integer(60));
  return { width: side, height: side, channels: 3, data };
}

function noise(name: string, items: readonly Item[]): Dataset {
  const hash = ({ id }: Item) => Buffer.from(id).toString('hex').padEnd(64, '0');
  return {
    name,
    location: join(folder, name),
    items,
    skipped: [],
    load: (item) => Promise.resolve({ picture: picture(item), hash: hash(item) }),
    close: () => Promise.resolve(),
  };
}

const items = Array.from({ length: 40 }, (_, at): Item => {
  const label = at % 4 === 0 ? 'red' : 'blue';
  return {
    id: `${label}/${at}`,
    label,
    date: at % 2 === 0 ? `${2000 + (at % 3)}-05` : undefined,
    source: 'nasa',
    title: `No. ${at}`,
  };
});

describe('a dataset that is looked at', () => {
  test('without weights has a map by colour and texture, its years and sources', async () => {
    const stages = new Set<string>();
    const report = await exploreDataset(noise('colours', items), { folder, progress: ({ stage }) => stages.add(stage) });
    expect(report.map).toMatchObject({ method: 'umap', network: undefined, points: 40, neighbours: 15 });
    expect(report.map?.knnAccuracy).toBe(1);
    expect(new Set(report.map?.places.map(({ id }) => id)).size).toBe(40);
    expect(report.map?.places.find(({ id }) => id === 'red/4')).toMatchObject({ label: 'red', title: 'No. 4' });
    expect(report.map?.sprite).toMatchObject({ side: 48, columns: 7 });
    expect(report.timeline).toEqual({
      years: [2000, 2001, 2002].map((year) => ({ year, source: 'nasa', count: year === 2001 ? 6 : 7 })),
      undated: 20,
    });
    expect([...stages]).toContain('lay out the map');
  });

  test('has the same map in any order', async () => {
    const places = async (some: readonly Item[]) => (await exploreDataset(noise('order', some), { folder })).map?.places;
    expect(await places([...items].reverse())).toEqual(await places(items));
  });

  test('of few pictures has none', async () => {
    expect((await exploreDataset(noise('few', items.slice(0, 9)), { folder })).map).toBeUndefined();
    expect((await exploreDataset(noise('enough', items.slice(0, 10)), { folder })).map?.points).toBe(10);
  });

  const weights = findShared('weights', 'mobilenet_v2_imagenet.onnx');
  const pictures = findShared('messier_pairs');
  test.skipIf(!weights || !pictures)(
    'is described by a network, whose neighbours know more than the most frequent label',
    async () => {
      const dataset = await openDataset(pictures ?? '');
      const report = await exploreDataset(dataset, { folder, weights: { path: weights ?? '' } });
      await dataset.close();
      const most = Math.max(...Object.values(report.classes)) / report.items;
      expect(report.map).toMatchObject({ network: 'mobilenet_v2_imagenet.onnx', points: report.items });
      expect(report.map?.knnAccuracy).toBeGreaterThan(most + 0.1);
      expect(report.map?.trustworthiness).toBeGreaterThan(0.75);
    },
  );
});
