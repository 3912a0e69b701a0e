import { describe, expect, test } from 'vitest';
import { goldenVotes } from '../../test/support/votes.js';
import { loadTree } from '../recipes/trees.js';
import { concentrationsOfLogits, fractionsOf, pathShares, sharesOfConcentrations, sharesOfLogits, sumGaps } from './shares.js';

const near = (found: ArrayLike<number>, expected: readonly number[]): void => {
  expect(found).toHaveLength(expected.length);
  expected.forEach((one, at) => expect(found[at]).toBeCloseTo(one, 8));
};

describe('numbers from logits equal those of PyTorch', () => {
  test.each(goldenVotes.shares)('shares: $tree, $activation', ({ tree, logits, activation, shares }) => {
    near(sharesOfLogits(loadTree(tree), logits, activation), shares);
  });
  test.each(goldenVotes.counts)('concentrations and expected shares: $tree', ({ tree, logits, concentrations, expected }) => {
    // Nine digits are kept of values up to 101.
    concentrationsOfLogits(logits).forEach((one, at) => expect(one / concentrations[at]!).toBeCloseTo(1, 7));
    near(sharesOfConcentrations(loadTree(tree), concentrationsOfLogits(logits)), expected);
  });
});

describe('undefined answers', () => {
  const tree = loadTree('galaxy-zoo-rings');

  test('of a question that nobody reaches are shares of 0; of one that is reached they stay undefined, as does what follows', () => {
    expect([...pathShares(tree, [0, 1, NaN, NaN, NaN, NaN, 1, 0])]).toEqual([0, 1, 0, 0, 0, 0, 1, 0]);
    expect([...pathShares(tree, [0.5, 0.5, NaN, NaN, 0.5, 0.5, NaN, NaN])]).toEqual([0.5, 0.5, NaN, NaN, NaN, NaN, NaN, NaN]);
  });

  test('shares to fractions and back', () => {
    const shares = [0.5, 0.5, 0.25, 0.25, 0, 0.25, 1, 0];
    expect([...fractionsOf(tree, shares)]).toEqual([0.5, 0.5, 0.5, 0.5, 0, 1, 1, 0]);
    expect([...pathShares(tree, fractionsOf(tree, shares))]).toEqual(shares);
    expect([...fractionsOf(tree, [0, 1, 0, 0, 0, 0, 1, 0])]).toEqual([0, 1, NaN, NaN, NaN, NaN, 1, 0]);
  });

  test('gaps tell the question whose sum is wrong', () => {
    const gaps = sumGaps(tree, [0.5, 0.5, 0.25, 0.5, NaN, NaN, 1, 0]);
    expect(gaps).toEqual([0, 0.25, NaN, 0]);
  });
});
