import { describe, expect, it } from 'vitest';
import { memoryDataset, patternPicture } from '../../test/support/memory-dataset.js';
import { makeManifest } from '../dataset/manifest.js';
import type { Item, Part } from '../dataset/types.js';
import { heldOut } from './held-out.js';

const pictures = Object.fromEntries(['a', 'b', 'c'].map((id) => [id, patternPicture(id, 4, 4, 1)]));
const dataset = memoryDataset(pictures);

async function split(parts: readonly Part[]) {
  const items = await Promise.all(
    dataset.items.map(async (item) => ({ id: item.id, label: item.label ?? '', hash: (await dataset.load(item)).hash })),
  );
  const rule = { classes: ['even', 'odd'], labels: {} };
  return makeManifest({ name: 'memory', rule, seed: 1, shares: { train: 0.4, validation: 0.3, test: 0.3 }, items, parts });
}

const ids = ({ items }: { readonly items: readonly Item[] }) => items.map(({ id }) => id);

describe('heldOut', () => {
  it('is the test part, or the validation part where there is no other', async () => {
    expect(ids(heldOut(dataset, await split(['train', 'validation', 'test'])))).toEqual(['c']);
    expect(ids(heldOut(dataset, await split(['train', 'validation', 'train'])))).toEqual(['b']);
  });

  it('leaves out what was skipped elsewhere', async () => {
    expect(heldOut(dataset, await split(['train', 'train', 'test'])).skipped).toEqual([]);
  });

  it('refuses data in which some of the pictures are not', async () => {
    const manifest = await split(['train', 'test', 'test']);
    expect(() => heldOut(memoryDataset({ a: null, b: null }), manifest)).toThrow(
      expect.objectContaining({ code: 'split/missing', message: expect.stringContaining('the first: c') as string }),
    );
  });

  it('does not load a picture that has changed', async () => {
    const manifest = await split(['train', 'train', 'test']);
    const same = heldOut(dataset, manifest);
    await expect(same.load(same.items[0] as Item)).resolves.toMatchObject({ picture: { width: 4 } });
    const changed = heldOut(memoryDataset({ ...pictures, c: patternPicture('d', 4, 4, 1) }), manifest);
    await expect(changed.load(changed.items[0] as Item)).rejects.toMatchObject({ code: 'split/changed' });
  });
});
