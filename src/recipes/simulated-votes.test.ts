import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openVotes } from '../dataset/open-votes.js';
import { treeLayout } from '../votes/layout.js';
import { sumGaps } from '../votes/shares.js';
import { encodeSubmission } from '../votes/submission.js';
import { writeFileSync } from 'node:fs';
import { writeSimulatedVotes } from './simulated-votes.js';
import { loadTree } from './trees.js';

const tree = loadTree('galaxy-zoo-2');
const width = treeLayout(tree).columns.length;
let folder = '';
const write = (name: string, seed = 1) =>
  writeSimulatedVotes({ folder: join(folder, name), tree, galaxies: 14, side: 24, volunteers: 40, seed });
const read = (name: string, file: string): string => readFileSync(join(folder, name, file)).toString('base64');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'messier-votes-'));
  await write('set');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('a simulated set of votes', () => {
  test('has the layout of the challenge, and is read back', async () => {
    expect(readdirSync(join(folder, 'set')).sort()).toEqual(['counts.csv', 'images', 'solutions.csv']);
    const { dataset, votes } = await openVotes(join(folder, 'set'), tree);
    expect(dataset.skipped).toEqual([]);
    expect(dataset.items).toHaveLength(14);
    expect(dataset.items[0]).toEqual({ id: 'images/100001.jpg', label: undefined });
    expect(votes.objects[13]).toBe('100014');
    expect(votes.values).toBe('shares');
    expect(votes.counts).toBeUndefined();
    expect((await dataset.load(dataset.items[3]!)).picture.width).toBe(24);
    for (let row = 0; row < 14; row++) {
      const own = Array.from(votes.shares.subarray(row * width, (row + 1) * width), (share, at) =>
        votes.weights[row * width + at] === 0 ? NaN : share,
      );
      for (const gap of sumGaps(tree, own)) expect(!(gap > 1e-6)).toBe(true);
    }
  });

  test('its counts say the same as its shares', async () => {
    const { votes } = await openVotes(join(folder, 'set'), tree);
    const { votes: counted } = await openVotes(join(folder, 'set', 'counts.csv'), tree);
    expect(counted.values).toBe('counts');
    expect(counted.ids).toEqual(votes.ids);
    expect(counted.shares).toEqual(votes.shares);
    expect(counted.weights).toEqual(votes.weights);
    for (let row = 0; row < 14; row++) {
      const first = counted.counts!.subarray(row * width, row * width + 3);
      expect(first.reduce((sum, one) => sum + one, 0)).toBe(40);
    }
  });

  test('its shares as a submission are read again', async () => {
    const { votes } = await openVotes(join(folder, 'set'), tree);
    const path = join(folder, 'set', 'submission.csv');
    writeFileSync(path, encodeSubmission(tree, votes.objects, votes.shares));
    const { votes: again, dataset } = await openVotes(path, tree);
    expect(dataset.skipped).toEqual([]);
    expect(again.objects).toEqual(votes.objects);
    again.shares.forEach((share, at) => expect(Math.abs(share - votes.shares[at]!)).toBeLessThan(1e-6));
    rmSync(path);
  });

  test('is the same bytes at each call, and others for another seed', async () => {
    await write('again');
    await write('other', 2);
    for (const file of ['solutions.csv', 'counts.csv', 'images/100007.jpg']) {
      expect(read('again', file)).toBe(read('set', file));
      expect(read('other', file)).not.toBe(read('set', file));
    }
  });
});
