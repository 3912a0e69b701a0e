import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findShared } from '../../test/support/shared-data.js';
import { encodePicture } from '../formats/picture-encode.js';
import { loadTree } from '../recipes/trees.js';
import { treeLayout } from '../votes/layout.js';
import { parseVoteTree } from '../votes/tree.js';
import { cacheKey } from './cache-files.js';
import { openVotes, pickVotes } from './open-votes.js';

/** Two questions: the second is asked of those who say yes to the first. */
const answers = (next: object = {}) => [
  { key: 'yes', text: 'Yes', ...next },
  { key: 'no', text: 'No' },
];
const plain = {
  name: 'two',
  title: 'Two',
  source: 'us',
  questions: [
    { key: 'disk', text: 'A disk?', answers: answers({ next: 'bar' }) },
    { key: 'bar', text: 'A bar?', answers: answers() },
  ],
};
const tree = parseVoteTree(plain);

let folder = '';
let next = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'messier-open-votes-'));
  const picture = { width: 4, height: 4, channels: 3 as const, data: new Uint8Array(48) };
  const bytes = await encodePicture(picture, { format: 'png' });
  mkdirSync(join(folder, 'images'));
  for (const name of 'abcdef') writeFileSync(join(folder, 'images', `${name}.png`), bytes);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A CSV of the pictures a, b, c... with these cells behind the file's name. */
const table = (columns: string, ...rows: string[]): string => {
  const path = join(folder, `table${next++}.csv`);
  const lines = rows.map((row, at) => `images/${'abcdef'[at]!}.png,${row}`);
  writeFileSync(path, [`file,${columns}`, ...lines].join('\n'));
  return path;
};
const names = 'disk_yes,disk_no,bar_yes,bar_no';
const ending = (end: string): string => names.split(',').map((name) => name + end).join(','); // prettier-ignore

describe('what the columns hold', () => {
  test('shares: their sums follow the tree', async () => {
    const { votes, dataset } = await openVotes(table(names, '0.5,0.5,0.2,0.3', '1,0,0.25,0.75', '0,1,0,0'), tree);
    expect(votes.values).toBe('shares');
    expect([...votes.shares]).toEqual([0.5, 0.5, 0.2, 0.3, 1, 0, 0.25, 0.75, 0, 1, 0, 0].map(Math.fround));
    expect([...votes.weights]).toEqual(Array.from({ length: 12 }, () => 1));
    expect(dataset.items.map(({ id, label }) => [id, label])).toEqual(
      ['a', 'b', 'c'].map((name) => [`images/${name}.png`, undefined]),
    );
    expect(votes.objects).toEqual(['a', 'b', 'c']);
  });

  test('fractions of those asked: each question adds up to 1', async () => {
    const { votes } = await openVotes(table(names, '0.5,0.5,0.25,0.75', '0.25,0.75,1,0', '0,1,,', '0.5,0.5,nan,NaN'), tree);
    expect(votes.values).toBe('fractions');
    expect([...votes.shares]).toEqual([0.5, 0.5, 0.125, 0.375, 0.25, 0.75, 0.25, 0, 0, 1, 0, 0, 0.5, 0.5, 0, 0]);
    // Nobody was asked in row 3, so its shares are 0; in row 4 half of the volunteers should have been.
    expect([...votes.weights]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    expect(votes.counts).toBeUndefined();
  });

  test('counts', async () => {
    const { votes } = await openVotes(table(names, '20,20,5,15', '0,40,0,0'), tree);
    expect(votes.values).toBe('counts');
    expect([...votes.counts!]).toEqual([20, 20, 5, 15, 0, 40, 0, 0]);
    expect([...votes.shares]).toEqual([0.5, 0.5, 0.125, 0.375, 0, 1, 0, 0]);
  });

  test.each([
    ['_fraction', 'fractions'],
    ['_count', 'counts'],
    ['_votes', 'counts'],
    ['_share', 'shares'],
  ])('names that end in %s are %s', async (end, values) => {
    const row = values === 'counts' ? '1,1,1,0' : values === 'shares' ? '0.5,0.5,0.5,0' : '0.5,0.5,1,0';
    const { votes } = await openVotes(table(ending(end), row), tree);
    expect(votes.values).toBe(values);
    expect([...votes.shares]).toEqual([0.5, 0.5, 0.5, 0]);
  });

  test('fractions and the votes of each question make counts', async () => {
    const columns = `${ending('_fraction')},disk_total-votes,bar_total-votes`;
    const { votes } = await openVotes(table(columns, '0.6,0.4,0.333,0.667,5,3', '0,1,,,4,0'), tree);
    expect([...votes.counts!]).toEqual([3, 2, 1, 2, 0, 4, 0, 0]);
  });

  test("suffixes behind the question's key, as DECaLS has its campaigns", async () => {
    const decals = loadTree('galaxy-zoo-decals');
    const { columns } = treeLayout(decals);
    const campaign = columns.map((column) => column.replace('_', '-dr5_'));
    const row = columns.map((column) =>
      column === 'smooth-or-featured_smooth' || column === 'how-rounded_round' || column === 'merging_none' ? 30 : 0,
    );
    const { votes } = await openVotes(table(campaign.join(','), row.join(',')), decals);
    expect(votes.values).toBe('counts');
    expect([...votes.counts!]).toEqual(row);
    expect(votes.shares[columns.indexOf('merging_none')]).toBe(1);
  });

  test('an answer that takes the rest', async () => {
    const rest = parseVoteTree({
      ...plain,
      questions: plain.questions.map((question) => ({
        ...question,
        answers: [question.answers[0], { key: 'no', text: 'No', rest: true }],
      })),
    });
    const path = table('disk_yes,bar_yes', '0.75,0.5', '0.5,0.6');
    expect([...(await openVotes(path, rest, { values: 'fractions' })).votes.shares]).toEqual(
      [0.75, 0.25, 0.375, 0.375, 0.5, 0.5, 0.3, 0.2].map(Math.fround),
    );
    const shares = await openVotes(path, rest, { values: 'shares' });
    expect([...shares.votes.shares]).toEqual([0.75, 0.25, 0.5, 0.25]);
    expect(shares.dataset.skipped).toEqual([expect.objectContaining({ id: 'images/b.png', code: 'votes/sum' })]);
    await expect(openVotes(path, rest)).rejects.toMatchObject({ code: 'votes/values' });
    await expect(openVotes(path, rest, { values: 'counts' })).rejects.toMatchObject({ code: 'votes/columns' });
  });

  test('what is told counts before what is found out', async () => {
    const { votes } = await openVotes(table(names, '0.5,0.5,0.5,0.5', '1,0,0.5,0.5'), tree, { values: 'fractions' });
    expect([...votes.shares]).toEqual([0.5, 0.5, 0.25, 0.25, 1, 0, 0.5, 0.5]);
  });
});

describe('rows that are left out', () => {
  test.each([
    ['a sum that misses', 'votes/sum', '0.5,0.5,0.2,0.2'],
    ['a first question that misses', 'votes/sum', '0.5,0.4,0.2,0.3'],
    ['a value above 1', 'votes/range', '1.2,0,0.2,0.3'],
    ['a value below 0', 'votes/range', '-0.5,1.5,0.2,0.3'],
    ['text', 'votes/number', 'many,0.5,0.2,0.3'],
    ['an infinity', 'votes/number', 'Infinity,0.5,0.2,0.3'],
    ['half a question', 'votes/missing', '0.5,0.5,0.2,'],
    ['no first question', 'votes/missing', ',,,'],
    ['too few cells', 'csv/fields', '0.5,0.5,0.2'],
  ])('%s: %s', async (_, code, row) => {
    const good = ['0.5,0.5,0.2,0.3', '0.6,0.4,0.3,0.3'];
    const { dataset, votes } = await openVotes(table(names, ...good, row), tree, { values: 'shares' });
    expect(dataset.skipped.map((one) => one.code)).toEqual([code]);
    expect(dataset.items).toHaveLength(2);
    expect(votes.shares).toHaveLength(8);
  });

  test('a sum within 0.01 stays', async () => {
    const { dataset } = await openVotes(table(names, '0.5,0.5,0.2,0.309', '0.5,0.5,0.2,0.311'), tree, { values: 'shares' });
    expect(dataset.skipped).toEqual([
      {
        id: 'images/b.png',
        code: 'votes/sum',
        reason: `The shares of "bar" don't add up to the share that reaches it, but miss it by 0.0110; at most 0.01 is rounding.`,
      },
    ]);
  });

  test('files that are absent, outside or named twice', async () => {
    const path = join(folder, 'files.csv');
    const row = '0.5,0.5,0.2,0.3';
    writeFileSync(
      path,
      [
        `file,${names}`,
        ...['images/a.png', 'images/x.png', '../y.png', '', './images/a.png'].map((file) => `${file},${row}`),
      ].join('\n'),
    );
    const { dataset } = await openVotes(path, tree, { values: 'shares' });
    expect(dataset.items.map(({ id }) => id)).toEqual(['images/a.png']);
    expect(dataset.skipped.map(({ code }) => code)).toEqual([
      'file/absent',
      'dataset/outside',
      'dataset/file',
      'dataset/duplicate',
    ]);
  });
});

describe('what is refused whole', () => {
  test.each([
    ['an absent path', 'dataset/absent', () => join(folder, 'absent')],
    ['a table without the columns', 'votes/columns', () => table('disk_yes,disk_no', '1,0')],
    ['a table without rows', 'dataset/empty', () => table(names)],
    ['a table of nothing usable', 'dataset/empty', () => table(names, '2,0,0,0')],
    ['a folder of several tables', 'dataset/empty', () => folder],
    ['a folder of none', 'dataset/empty', () => join(folder, 'images')],
  ])('%s: %s', async (_, code, path) => {
    await expect(openVotes(path(), tree, { values: 'shares' })).rejects.toMatchObject({ code });
  });

  test('a changed picture that is named after its object gives another cache', async () => {
    const home = mkdtempSync(join(tmpdir(), 'messier-votes-changed-'));
    cpSync(join(folder, 'images'), join(home, 'images'), { recursive: true });
    writeFileSync(join(home, 'votes.csv'), `id,${names}\na,0.5,0.5,0.2,0.3\n`);
    const keyed = async () => cacheKey((await openVotes(home, tree)).dataset, { side: 8, channels: 3 });
    const before = await keyed();
    expect(await keyed()).toBe(before);
    utimesSync(join(home, 'images', 'a.png'), 1, 1);
    expect(await keyed()).not.toBe(before);
    rmSync(home, { recursive: true });
  });

  test('objects without a folder of pictures', async () => {
    const away = mkdtempSync(join(tmpdir(), 'messier-no-images-'));
    writeFileSync(join(away, 'votes.csv'), `id,${names}\na,0.5,0.5,0.2,0.3\n`);
    await expect(openVotes(away, tree)).rejects.toMatchObject({ code: 'dataset/absent' });
    const { dataset, votes } = await openVotes(away, tree, { images: join(folder, 'images') });
    expect(dataset.items[0]!.id).toBe('a.png');
    expect(votes.objects).toEqual(['a']);
    rmSync(away, { recursive: true });
  });
});

test('rows are picked by id', async () => {
  const { votes } = await openVotes(table(names, '20,20,5,15', '0,40,0,0', '40,0,40,0'), tree);
  const picked = pickVotes(votes, ['images/c.png', 'images/a.png']);
  expect([...picked.shares]).toEqual([1, 0, 1, 0, 0.5, 0.5, 0.125, 0.375]);
  expect([...picked.counts!]).toEqual([40, 0, 40, 0, 20, 20, 5, 15]);
  expect(picked.objects).toEqual(['c', 'a']);
  expect(() => pickVotes(votes, ['images/z.png'])).toThrow(expect.objectContaining({ code: 'dataset/item' }));
});

const rings = findShared('rings_256');
test.skipIf(rings === undefined)('rings among the galaxies of DECaLS: 384 rows of fractions', async () => {
  const ringTree = loadTree('galaxy-zoo-rings');
  const { dataset, votes } = await openVotes(rings!, ringTree);
  expect(dataset.items).toHaveLength(384);
  expect(dataset.skipped).toEqual([]);
  expect(votes.values).toBe('fractions');
  expect(votes.weights.every((weight) => weight === 1)).toBe(true);
  // labels.csv, row 1: featured 0.634, of those not edge-on 0.768, of those no spiral 0.575; a ring.
  const expected = [
    0.634271,
    0.365729,
    0.634271 * 0.768214,
    0.634271 * 0.231786,
    0.634271 * 0.768214 * 0.575259,
    0.634271 * 0.768214 * 0.424741,
    1,
    0,
  ];
  expected.forEach((share, at) => expect(votes.shares[at]).toBeCloseTo(share, 5));
  expect(dataset.items[0]!.group).toBe('J000411.19+020924.0');
});
