import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { treeLayout } from '../votes/layout.js';
import { loadTree, treeFileLimit, treeNames } from './trees.js';

const folder = mkdtempSync(join(tmpdir(), 'messier-trees-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the trees of the package', () => {
  test('are these, of as many questions and answers as published', () => {
    const sizes = treeNames().map((name) => {
      const { questions, columns } = treeLayout(loadTree(name));
      return [name, questions.length, columns.length];
    });
    expect(sizes).toEqual([
      ['galaxy-zoo-2', 11, 37],
      ['galaxy-zoo-decals', 10, 34],
      ['galaxy-zoo-rings', 4, 8],
    ]);
  });

  test('galaxy-zoo-2 has the columns of the Kaggle challenge', () => {
    const answers = [3, 2, 2, 2, 4, 2, 3, 7, 3, 3, 6];
    const expected = answers.flatMap((count, at) => Array.from({ length: count }, (_, answer) => `Class${at + 1}.${answer + 1}`));
    expect(treeLayout(loadTree('galaxy-zoo-2')).columns).toEqual(expected);
  });

  // What each question's shares add up to, as the challenge states it; an answer in place of the sum of all that lead there.
  test.each([
    [1, '1'],
    [2, 'Class1.2'],
    [3, 'Class2.2'],
    [4, 'Class2.2'],
    [5, 'Class2.2'],
    [6, '1'],
    [7, 'Class1.1'],
    [8, 'Class6.1'],
    [9, 'Class2.1'],
    [10, 'Class4.1'],
    [11, 'Class4.1'],
  ])("galaxy-zoo-2: what reaches question %i is the challenge's %s", (number, reached) => {
    const { questions, columns } = treeLayout(loadTree('galaxy-zoo-2'));
    /** The answers that a question's share adds up from, with questions whose answers all lead on taken as what reached them. */
    const sources = (at: number): string[] => {
      const question = questions[at]!;
      if (question.everyone) return ['1'];
      return question.parents.flatMap((parent) =>
        parent.all ? sources(parent.question) : parent.columns.map((column) => columns[column]!),
      );
    };
    const found = sources(number - 1);
    // Class4.1 and Class4.2 are all of what reached question 4.
    const whole = found.length === 2 && found.includes('Class4.1') && found.includes('Class4.2') ? sources(3) : found;
    expect(whole).toEqual([reached]);
  });

  test('galaxy-zoo-decals has the columns of its catalogue', () => {
    const columns = treeLayout(loadTree('galaxy-zoo-decals')).columns;
    expect(columns.slice(0, 5)).toEqual([
      'smooth-or-featured_smooth',
      'smooth-or-featured_featured-or-disk',
      'smooth-or-featured_artifact',
      'disk-edge-on_yes',
      'disk-edge-on_no',
    ]);
    expect(columns.at(-1)).toBe('merging_merger');
  });
});

describe('loadTree', () => {
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  test('reads a file of one', () => {
    const path = write(
      'ring.yaml',
      'name: ring\ntitle: Rings\nsource: us\nquestions: [{ key: ring, text: A ring?, answers: [{ key: "yes", text: Yes }, { key: "no", text: No, rest: true }] }]',
    );
    expect(treeLayout(loadTree(path)).columns).toEqual(['ring_yes', 'ring_no']);
  });

  test.each([
    ['an unknown name', 'votes/unknown', () => 'galaxy-zoo-3'],
    ['an absent file', 'votes/file', () => join(folder, 'absent.yaml')],
    ['a folder', 'votes/file', () => folder + '/'],
    ['text that is no YAML', 'votes/syntax', () => write('broken.yaml', 'name: [')],
    ['a key that stands twice', 'votes/syntax', () => write('twice.yaml', 'name: a\nname: b')],
    ['aliases that multiply', 'votes/syntax', () => write('bomb.yaml', bomb())],
    ['brackets without end', 'votes/syntax', () => write('deep.yaml', '['.repeat(100_000))],
    ['another document', 'votes/tree', () => write('other.yaml', 'model: resnet-18')],
    ['an empty file', 'votes/tree', () => write('empty.yaml', '')],
    ['a huge file', 'votes/file', () => write('huge.yaml', ' '.repeat(treeFileLimit + 1))],
  ])('%s: %s', (_, code, path) => {
    expect(() => loadTree(path())).toThrow(expect.objectContaining({ code }));
  });
});

/** Each line holds the one before ten times. */
function bomb(): string {
  const lines = Array.from(
    { length: 8 },
    (_, at) => `x${at}: &x${at} [${Array.from({ length: 10 }, () => (at === 0 ? '1' : `*x${at - 1}`)).join(', ')}]`,
  );
  return lines.join('\n');
}
