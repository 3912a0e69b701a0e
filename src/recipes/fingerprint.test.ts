import { describe, expect, it } from 'vitest';
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
const of = (recipe: Recipe, items: readonly PreparedItem[]) =>
  fingerprintOf({ recipe, prepared: { rule, items, votes: undefined } });
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

  it.each([
    ['order', [item('b', 1), item('a', 0), item('c', 1, 'test')]],
    ['label', [item('a', 1), item('b', 1), item('c', 1, 'test')]],
    ['part', [item('a', 0), item('b', 1), item('c', 1)]],
    ['content', [item('a', 0), item('d', 1), item('c', 1, 'test')]],
  ])('is another with another %s of pictures, also where an older split is used again', (_, others) => {
    expect(of(recipe(), others)).not.toBe(plain);
  });
});
