import { describe, expect, test } from 'vitest';
import { goldenVotes } from '../../test/support/votes.js';
import { loadTree } from '../recipes/trees.js';
import { countLosses, shareIntervals } from './counts.js';
import { treeLayout } from './layout.js';

describe('losses of counts equal those of PyTorch', () => {
  test.each(goldenVotes.counts)('$tree', ({ tree: name, concentrations, counts, weights, loss }) => {
    const given = counts.map((count, at) => count * (weights?.[at] ?? 1));
    const losses = countLosses(loadTree(name), concentrations, given);
    expect(losses.reduce((sum, one) => sum + one, 0) / losses.length / loss).toBeCloseTo(1, 7);
  });
});

test('intervals of an answer are the quantiles of its Beta distribution', () => {
  const tree = loadTree('galaxy-zoo-rings');
  const intervals = shareIntervals(tree, [2, 1, 1, 1, 3, 1, 1, 1], 0.9);
  expect(intervals.map(({ column }) => column)).toEqual(treeLayout(tree).columns);
  // Beta(2, 1): P(x) = x^2. Beta(1, 1) is even.
  const expected = [
    { fraction: 2 / 3, low: Math.sqrt(0.05), high: Math.sqrt(0.95), share: 2 / 3 },
    { fraction: 1 / 3, low: 1 - Math.sqrt(0.95), high: 1 - Math.sqrt(0.05), share: 1 / 3 },
    { fraction: 0.5, low: 0.05, high: 0.95, share: 1 / 3 },
  ];
  expected.forEach((one, at) => {
    for (const key of ['fraction', 'low', 'high', 'share'] as const) expect(intervals[at]![key]).toBeCloseTo(one[key], 10);
  });
});
