import { expect, test } from 'vitest';
import { memoryDataset, patternPicture } from '../../test/support/memory-dataset.js';
import { makeManifest } from '../dataset/manifest.js';
import { sha256 } from '../formats/hash.js';
import { countSeen, watchContent } from './seen.js';

const picture = (name: string) => patternPicture(name, 4, 4, 1);
const split = (items: Readonly<Record<string, string>>) =>
  makeManifest({
    name: 'memory',
    rule: { classes: ['even', 'odd'], labels: {} },
    seed: 1,
    shares: { train: 0.8, validation: 0, test: 0.2 },
    items: Object.entries(items).map(([id, hash]) => ({ id, hash, label: 'even' })),
    parts: Object.keys(items).map((id) => (id.startsWith('test') ? 'test' : 'train')),
  });

test('pictures are known by their content where they were loaded, else by their id', async () => {
  const hash = (name: string) => sha256(picture(name).data);
  const learned = split({ a: hash('a'), b: hash('b'), c: hash('c'), d: hash('d'), test: hash('e') });
  const dataset = watchContent(
    memoryDataset({ a: picture('a'), b: picture('other'), moved: picture('c'), e: picture('e'), d: picture('d'), new: null }),
  );
  for (const item of dataset.items.slice(0, 4)) await dataset.load(item);
  const seen = (...ids: string[]) => countSeen(dataset, ids, { split: learned, inputs: 'image' });
  expect(['a', 'b', 'moved', 'e', 'd', 'new'].map((id) => seen(id))).toEqual([1, 0, 1, 0, 1, 0]);
  expect(seen('a', 'b', 'moved')).toBe(2);
});

test('texts are known by their words, whatever is loaded beside them', async () => {
  const texts = { first: 'a ring', second: 'a bar', third: 'a comet' };
  const learned = split({ line1: sha256('a bar'), first: sha256('a tail'), test3: sha256('a comet') });
  const dataset = watchContent(memoryDataset({ first: picture('a'), second: picture('b'), third: picture('c') }));
  const items = dataset.items.map((item) => ({ ...item, text: texts[item.id as keyof typeof texts] }));
  for (const item of items) await dataset.load(item);
  const { content } = dataset;
  expect(countSeen({ items, content }, Object.keys(texts), { split: learned, inputs: 'text' })).toBe(1);
});
