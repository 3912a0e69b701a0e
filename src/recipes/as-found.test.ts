import { describe, expect, it } from 'vitest';
import { makeManifest } from '../dataset/manifest.js';
import type { Dataset, Item, Part } from '../dataset/types.js';
import { sha256 } from '../formats/hash.js';
import { asFound } from './as-found.js';
import { parseRecipe } from './parse.js';
import type { Prepared } from './prepare.js';

const recipe = parseRecipe('name: mine\ninputs: text\n', 'mine.yaml');
const rule = { classes: ['comet', 'star'], labels: { Comet: 'comet' } };

function datasetOf(items: readonly Item[]): Dataset {
  const load = () => Promise.reject(new Error('texts alone'));
  return { name: 'two', location: 'catalogue:two', items, skipped: [], load, close: () => Promise.resolve() };
}

const textOf = (id: string): string => Array.from({ length: 40 }, (_, at) => sha256(`${id} ${at}`).slice(0, 8)).join(' ');
const item = (id: string, label: string | undefined, text = textOf(id)): Item => ({ id, label, text });

/** A run on items of `[id, label, part]`. */
function run(entries: readonly (readonly [string, string, Part])[]): Prepared {
  const dataset = datasetOf(entries.map(([id, label]) => item(id, label)));
  const items = entries.map(([id, label, part], index) => {
    const text = textOf(id);
    return { id, label, text, index, hash: sha256(text), classIndex: rule.classes.indexOf(label), part };
  });
  const shares = { train: 0.5, validation: 0.25, test: 0.25 };
  const parts = items.map(({ part }) => part);
  const manifest = makeManifest({ name: 'two', rule, seed: 1, shares, items, parts });
  return { dataset, cache: undefined, rule, votes: undefined, items, manifest, dropped: 0, skipped: [] };
}

const prepared = run([
  ['a', 'comet', 'train'],
  ['b', 'star', 'train'],
  ['c', 'star', 'validation'],
  ['d', 'comet', 'test'],
]);
const found = (items: readonly Item[], judged: Part = 'test') =>
  asFound(prepared, { dataset: datasetOf(items), cache: undefined }, recipe, judged);
const learned = ({ prepared: { items } }: ReturnType<typeof found>) =>
  Object.fromEntries(items.map(({ id, label, part }) => [id, `${part} ${label}`]));

describe('asFound', () => {
  it('gives the parts of the run with the labels that were found; what was dropped is learned from', () => {
    const again = found([item('a', 'star'), item('e', 'star'), item('b', 'star'), item('c', 'comet'), item('d', 'star')]);
    expect(learned(again)).toEqual({ a: 'train star', e: 'train star', b: 'train star', c: 'validation comet' });
    expect(again.changed).toEqual({ dropped: 1, relabelled: 1 });
    expect(again.prepared.items.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  });

  it('learns from no text that was written from one kept aside, nor by way of another one', () => {
    const [kept, watched] = [`A new beginning. ${textOf('d')}`, `${textOf('c')} and an end`];
    const again = found([
      item('a', 'comet'),
      item('b', 'star'),
      item('c', 'star'),
      item('d', 'comet'),
      item('e', 'star', kept),
      item('f', 'star', watched),
      item('g', 'star', `Again: ${kept}`),
      item('h', 'star'),
    ]);
    expect(Object.keys(learned(again))).toEqual(['a', 'b', 'c', 'h']);
    expect(again.changed).toEqual({ dropped: 1, relabelled: 0 });
    // What stays together where folds are made for the head.
    expect(again.prepared.manifest.duplicates).toEqual([
      ['c', 'f'],
      ['d', 'e', 'g'],
    ]);
  });

  it('counts what changes a class, not the words for it; what had no label is not learned from', () => {
    const again = found([item('a', 'Comet'), item('b', undefined), item('c', 'star'), item('d', 'comet'), item('e', 'dust')]);
    expect(learned(again)).toEqual({ a: 'train comet', c: 'validation star' });
    expect(again.changed).toEqual({ dropped: 0, relabelled: 1 });
    expect(again.missing).toEqual(['star']);
  });

  it('keeps the judged validation part of a run without a test part to the run', () => {
    const again = found([item('a', 'comet'), item('b', 'star'), item('c', 'star')], 'validation');
    expect(learned(again)).toEqual({ a: 'train comet', b: 'train star' });
  });
});
