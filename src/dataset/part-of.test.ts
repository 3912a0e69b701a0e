import { describe, expect, it } from 'vitest';
import { memoryDataset, patternPicture } from '../../test/support/memory-dataset.js';
import { makeManifest } from './manifest.js';
import { partOf } from './part-of.js';
import type { Part } from './types.js';

const names = Array.from({ length: 40 }, (_, at) => `picture ${at}`);
const dataset = memoryDataset(Object.fromEntries(names.map((name) => [name, patternPicture(name, 2, 2, 1)])));
const items = await Promise.all(
  dataset.items.map(async (item) => ({ id: item.id, label: item.label ?? '', hash: (await dataset.load(item)).hash })),
);
const split = makeManifest({
  name: 'memory',
  rule: { classes: ['even', 'odd'], labels: {} },
  seed: 5,
  shares: { train: 0.75, validation: 0, test: 0.25 },
  items,
  parts: names.map((_, at): Part => (at % 4 === 0 ? 'test' : 'train')),
});

describe('partOf', () => {
  it('is the part in its order', () => {
    expect(partOf(dataset, split, 'test').items.map(({ id }) => id)).toEqual(names.filter((_, at) => at % 4 === 0));
    expect(partOf(dataset, split, 'validation').items).toEqual([]);
  });

  it('is at most so much of it, the same each time, in its order', () => {
    const ids = (most: number) => partOf(dataset, split, 'train', { most }).items.map(({ id }) => id);
    expect(ids(30)).toHaveLength(30);
    const ten = ids(10);
    expect(ten).toHaveLength(10);
    expect(ids(10)).toEqual(ten);
    expect(ten).not.toEqual(ids(30).slice(0, 10));
    expect(ten.map((id) => names.indexOf(id))).toEqual(ten.map((id) => names.indexOf(id)).sort((a, b) => a - b));
  });

  it('skips a text that moved to another line', () => {
    const moved = dataset.items.map((item, at) => ({ ...item, text: 'A galaxy', hash: items[at === 4 ? 0 : at]?.hash }));
    const part = partOf({ ...dataset, items: moved }, split, 'test');
    expect(part.items.map(({ id }) => id)).toEqual(names.filter((_, at) => at % 4 === 0 && at !== 4));
    expect(part.skipped).toMatchObject([{ id: 'picture 4', code: 'split/changed' }]);
  });
});
