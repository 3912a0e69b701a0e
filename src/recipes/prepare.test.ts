import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '../core/random.js';
import { encodeManifest } from '../dataset/manifest.js';
import { parseRecipe } from './parse.js';
import { prepareData } from './prepare.js';

const recipe = (rest = '') => parseRecipe(`name: mine\ninputs: text\n${rest}`, 'mine.yaml');
const vocabulary = Array.from({ length: 500 }, (_, at) => `word${at}`);

let folder = '';
let data = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'messier-prepare-'));
  data = join(folder, 'texts.csv');
  const lines = Array.from({ length: 60 }, (_, at) => {
    const words = randomStream(1, at)
      .shuffle([...vocabulary])
      .slice(0, 50)
      .join(' ');
    // Each text stands there a second time, edited.
    return `${words},${at % 2}\nA new beginning ${words},${at % 2}`;
  });
  await writeFile(data, `text,label\n${lines.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('prepareData of texts', () => {
  it('keeps a text and what was written from it in one part, also of a fold', async () => {
    const shares = { train: 0.5, validation: 0.25, test: 0.25 };
    for (const fold of [undefined, { number: 1, of: 3, shares }]) {
      const { items, manifest } = await prepareData(recipe(), { data, fold });
      expect(manifest.duplicates).toHaveLength(60);
      for (let at = 0; at < items.length; at += 2) expect(items[at]?.part).toBe(items[at + 1]?.part);
    }
  });

  it('stops where the epoch would be chosen on what judges it', async () => {
    const { manifest } = await prepareData(recipe('split: { train: 0.5, validation: 0.5, test: 0 }'), { data });
    const splitFrom = join(folder, 'split.json');
    await writeFile(splitFrom, encodeManifest(manifest));
    expect((await prepareData(recipe(), { data, splitFrom })).items).toHaveLength(120);
    const monitored = recipe('training: { monitor: { metric: loss } }');
    await expect(prepareData(monitored, { data, splitFrom })).rejects.toMatchObject({ code: 'data/part' });
  });
});
