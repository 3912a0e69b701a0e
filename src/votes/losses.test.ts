import { describe, expect, test } from 'vitest';
import { relativeError } from '../../test/support/run-steps.js';
import { goldenVotes, lossAt, matrix } from '../../test/support/votes.js';
import { loadTree } from '../recipes/trees.js';
import { treeLayout } from './layout.js';
import { voteCountLoss, voteShareLoss } from './losses.js';

describe('losses of votes and their gradients equal those of PyTorch', () => {
  test.each(goldenVotes.shares)('shares: $tree, $activation', async (one) => {
    const tree = loadTree(one.tree);
    const width = treeLayout(tree).columns.length;
    const found = await lossAt(voteShareLoss(tree, { activation: one.activation, weights: one.weights !== null }), {
      logits: matrix(one.logits, width),
      targets: matrix(one.targets, width),
      ...(one.weights ? { weights: matrix(one.weights, width) } : {}),
    });
    expect(found.value).toBeCloseTo(one.loss, 6);
    expect(relativeError(found.gradient, one.gradient)).toBeLessThan(2e-6);
  });

  test.each(goldenVotes.counts)('counts: $tree', async (one) => {
    const tree = loadTree(one.tree);
    const width = treeLayout(tree).columns.length;
    const found = await lossAt(voteCountLoss(tree, { weights: one.weights !== null }), {
      logits: matrix(one.logits, width),
      targets: matrix(one.counts, width),
      ...(one.weights ? { weights: matrix(one.weights, width) } : {}),
    });
    expect(Math.abs(found.value - one.loss) / one.loss).toBeLessThan(1e-5);
    expect(relativeError(found.gradient, one.gradient)).toBeLessThan(1e-5);
  });
});

describe('losses of votes', () => {
  const tree = loadTree('galaxy-zoo-rings');
  // Row 1 says "featured" and is told so, row 2 "featured" and is told "other", row 3 has no defined first answer.
  const logits = matrix(
    [
      [3, 0, 0, 0, 0, 0, 0, 0],
      [3, 0, 0, 0, 0, 0, 0, 0],
      [3, 0, 0, 0, 0, 0, 0, 0],
    ].flat(),
    8,
  );
  const targets = matrix(
    [
      [0.9, 0.1, 0, 0, 0, 0, 1, 0],
      [0.2, 0.8, 0, 0, 0, 0, 1, 0],
      [0.9, 0.1, 0, 0, 0, 0, 1, 0],
    ].flat(),
    8,
  );
  const weights = matrix(
    [
      [1, 1, 1, 1, 1, 1, 1, 1],
      [1, 1, 1, 1, 1, 1, 1, 1],
      [0, 0, 1, 1, 1, 1, 1, 1],
    ].flat(),
    8,
  );

  test.each([
    ['shares', voteShareLoss],
    ['counts', voteCountLoss],
  ])('of %s count right first answers among rows that have one', async (_, make) => {
    expect((await lossAt(make(tree, { weights: true }), { logits, targets, weights })).metrics).toEqual({ correct: 1 });
  });

  test('nothing defined: the loss and its gradient are 0', async () => {
    const none = matrix(
      Array.from({ length: 24 }, () => 0),
      8,
    );
    for (const make of [voteShareLoss, voteCountLoss]) {
      const { value, gradient } = await lossAt(make(tree, { weights: true }), { logits, targets, weights: none });
      expect(Math.abs(value)).toBeLessThan(1e-5);
      expect(Math.max(...gradient.map(Math.abs))).toBe(0);
    }
  });
});
