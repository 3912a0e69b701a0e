import { describe, expect, it } from 'vitest';
import { makeManifest } from '../dataset/manifest.js';
import { fingerprintOf } from './fingerprint.js';
import { parseRecipe } from './parse.js';
import type { PreparedItem } from './prepare.js';
import type { Recipe } from './schema.js';

const recipe = (rest = '') => parseRecipe(`name: mine\n${rest}`, 'mine.yaml');
const item = (hash: string, classIndex: number, part: PreparedItem['part'] = 'train'): PreparedItem => ({
  id: `${hash}.png`,
  hash,
  index: 0,
  label: String(classIndex),
  classIndex,
  part,
});
const rule = { classes: ['0', '1'], labels: {} };
const items = [item('a', 0), item('b', 1), item('c', 1, 'test')];
const manifest = makeManifest({
  name: 'pictures',
  rule,
  seed: 1,
  shares: { train: 0.7, validation: 0, test: 0.3 },
  items,
  parts: items.map(({ part }) => part),
  duplicates: [],
});
const of = (recipe: Recipe, items: readonly PreparedItem[]) =>
  fingerprintOf({ recipe, prepared: { rule, items, votes: undefined, manifest } });
const plain = of(recipe(), items);

describe('fingerprintOf', () => {
  it.each(['description: other words', 'evaluation: { balance: 1, views: flips, bootstrap: 200 }'])(
    'is the same with %s',
    (rest) => {
      expect(of(recipe(rest), items)).toBe(plain);
    },
  );

  it.each(['training: { seed: 2 }', 'augment: { flip: both }', 'pixels: { crop: 0.5 }', 'model: { dropout: 0.1 }'])(
    'is another with %s',
    (rest) => {
      expect(of(recipe(rest), items)).not.toBe(plain);
    },
  );

  it('of a head on features is another with other views, of other networks it is not', () => {
    const head = (mode: string, views: string) =>
      of(recipe(`model: { weights: a.onnx }\ntransfer: { ${mode} }\nevaluation: { views: ${views} }`), items);
    for (const mode of ['mode: features', 'mode: all, headStart: true']) {
      expect(head(mode, 'flips')).not.toBe(head(mode, 'one'));
    }
    expect(head('mode: all', 'flips')).toBe(head('mode: all', 'one'));
  });

  it.each([
    ['order', [item('b', 1), item('a', 0), item('c', 1, 'test')]],
    ['label', [item('a', 1), item('b', 1), item('c', 1, 'test')]],
    ['part', [item('a', 0), item('b', 1), item('c', 1)]],
    ['content', [item('a', 0), item('d', 1), item('c', 1, 'test')]],
  ])('is another with another %s of pictures, also where an older split is used again', (_, others) => {
    expect(of(recipe(), others)).not.toBe(plain);
  });
});
