import { expect, it } from 'vitest';
import type { CachedItem } from '../dataset/types.js';
import { copiesOf } from './copies.js';

const item = (id: string, label: string | undefined, side: number, hash = id): CachedItem => ({
  id,
  label,
  hash,
  width: side,
  height: side,
  perceptual: '0000000000000000',
});

it('keeps the largest copy, the first of equal ones, and says which labels disagree', () => {
  const items = [
    item('small', 'comet', 50),
    item('large', 'comet', 90),
    item('other', 'star', 90, 'large'),
    item('alone', 'star', 10),
  ];
  const copies = copiesOf({ cache: { items }, duplicates: [[0, 1, 2]], same: [] });
  expect(copies.get(0)).toEqual({ better: 'large', isSame: false, conflict: { file: 'other', label: 'star' } });
  expect(copies.get(1)).toEqual({ better: undefined, isSame: true, conflict: { file: 'other', label: 'star' } });
  expect(copies.get(2)).toMatchObject({ better: 'large', isSame: true, conflict: { label: 'comet' } });
  expect(copies.has(3)).toBe(false);
});

it('does not chain pairs of the same scene, and no label contradicts nothing', () => {
  const items = [item('a', 'x', 30), item('b', undefined, 20), item('c', 'x', 10)];
  const copies = copiesOf({
    cache: { items },
    duplicates: [],
    same: [
      [0, 1],
      [1, 2],
    ],
  });
  expect(copies.get(2)).toEqual({ better: 'b', isSame: false, conflict: undefined });
  expect(copies.get(0)).toMatchObject({ better: undefined, conflict: undefined });
  expect(copies.get(1)?.better).toBe('a');
});
