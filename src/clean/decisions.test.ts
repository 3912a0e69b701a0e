import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newItem, newLabel } from '../../test/support/catalogue-items.js';
import { openCatalogue } from '../catalogue/open.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { applyDecisions, namesOf, readDecisions, type Decision } from './decisions.js';

let home = '';
let catalogue: Catalogue;
const picture = (name: string, own: string) =>
  newItem(name, { source: 'six', labels: [newLabel(own, { origin: 'folder', by: 'six' })] });
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'messier-decisions-'));
  catalogue = await openCatalogue({ home, url: '' });
  await catalogue.add([picture('a', 'comet'), picture('b', 'star'), picture('c', 'star')]);
});
afterAll(async () => {
  await catalogue.close();
  await rm(home, { recursive: true });
});

const states = async () => {
  const { items } = await catalogue.find({});
  return items.map(({ sourceId, class: own, review }) => `${sourceId} ${own ?? '-'} ${review}`);
};
const found = ['a comet open', 'b star open', 'c star open'];
const decide = async (by: string, ...decisions: Decision[]) =>
  applyDecisions(catalogue, await namesOf(catalogue, 'catalogue:'), decisions, by);

describe('decisions', () => {
  it('on a dataset that is not there say so', async () => {
    await expect(namesOf(catalogue, 'catalogue:NOPE')).rejects.toMatchObject({ code: 'catalogue/dataset' });
  });

  it('are labels of a person, who can take them back', async () => {
    const done = await decide(
      'ann',
      { file: 'six/a', kind: 'relabel', class: 'star' },
      { file: 'six/b', kind: 'drop' },
      { file: 'six/c', kind: 'accept' },
    );
    expect(done).toEqual({ accepted: 1, dropped: 1, relabelled: 1, undone: 0 });
    expect(await states()).toEqual(['a star accepted', 'b star dropped', 'c star accepted']);
    const [, label] = await catalogue.labels([(await catalogue.find({})).items[0]?.id ?? 0]);
    expect(label).toMatchObject({ kind: 'label', class: 'star', origin: 'person', by: 'ann' });
    expect(await decide('ben', { file: 'six/b', kind: 'undo' })).toMatchObject({ undone: 0 });
    expect(
      await decide('ann', ...(['a', 'b', 'c'] as const).map((name) => ({ file: `six/${name}`, kind: 'undo' }) as const)),
    ).toMatchObject({
      undone: 3,
    });
    expect(await states()).toEqual(found);
  });

  it.each<[string, Decision[], string]>([
    ['a file that is not there', [{ file: 'six/x', kind: 'drop' }], 'six/x'],
    ['a name of JavaScript’s own', [{ file: '__proto__', kind: 'drop' }], '__proto__'],
    ['a class that is not there', [{ file: 'six/a', kind: 'relabel', class: 'unicorn' }], 'unicorn'],
    ['no class', [{ file: 'six/a', kind: 'relabel', class: '' }], 'No such classes'],
    [
      'a file twice',
      [
        { file: 'six/b', kind: 'accept' },
        { file: 'six/b', kind: 'drop' },
      ],
      'more than once',
    ],
    ['words taken back among new ones', [{ file: 'six/b', kind: 'undo' }], 'on their own'],
  ])('are refused whole for %s', async (_, wrong, words) => {
    const whole = decide('ann', { file: 'six/c', kind: 'drop' }, ...wrong);
    await expect(whole).rejects.toMatchObject({ code: 'clean/decisions', message: expect.stringContaining(words) as string });
    expect(await states()).toEqual(found);
  });

  it('are refused where two names of one item contradict each other', async () => {
    const names = new Map([
      ['x', { id: 1, class: 'star' }],
      ['y', { id: 1, class: 'star' }],
    ]);
    const whole = applyDecisions(
      catalogue,
      names,
      [
        { file: 'x', kind: 'drop' },
        { file: 'y', kind: 'accept' },
      ],
      'ann',
    );
    await expect(whole).rejects.toMatchObject({ code: 'clean/decisions' });
    expect(await states()).toEqual(found);
  });
});

describe('a table of decisions', () => {
  const read = async (text: string) => {
    const path = join(home, 'decided.csv');
    await writeFile(path, text);
    return readDecisions(path);
  };

  it('may have other columns, and rows without a decision', async () => {
    expect(await read('score,File,Decision,class\n.9,"a,1.jpg",Relabel,star\n.8,b.jpg,drop,star\n.7,c.jpg,,\n')).toEqual([
      { file: 'a,1.jpg', kind: 'relabel', class: 'star' },
      { file: 'b.jpg', kind: 'drop' },
    ]);
  });

  it.each([
    ['without the columns', 'name,class\na,b\n', 'file, decision and class'],
    ['with another word', 'file,decision\na,burn\n', 'line 2'],
  ])('is refused %s', async (_, text, words) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'clean/decisions',
      message: expect.stringContaining(words) as string,
    });
  });
});
