import { expect, it } from 'vitest';
import type { VoteTable } from '../dataset/open-votes.js';
import { treeLayout } from '../votes/index.js';
import { parseRecipe } from './parse.js';
import type { Prepared, PreparedItem } from './prepare.js';
import { taskOf } from './task.js';
import { loadTree } from './trees.js';

it('judges counts by the loss that is learned, and shares by their squared error', () => {
  const tree = loadTree('galaxy-zoo-rings');
  const width = treeLayout(tree).columns.length;
  const first = (value: number) => Float32Array.from({ length: width }, (_, at) => (at === 0 ? value : 0));
  const votes: VoteTable = {
    ...{ tree, values: 'counts', ids: ['a'], objects: ['a'] },
    ...{ shares: first(1), weights: first(1), counts: first(1) },
  };
  const item: PreparedItem = { id: 'a', label: 'all', hash: 'a', index: 0, classIndex: 0, part: 'validation' };
  const judge = (head: string) => {
    const recipe = parseRecipe(`name: mine\ntask: votes\nvotes: { head: ${head} }`, 'mine.yaml');
    const prepared: Pick<Prepared, 'votes' | 'items' | 'rule'> = { votes, items: [item], rule: { classes: ['all'], labels: {} } };
    return taskOf(recipe, prepared).judge([item])(new Float32Array(width));
  };
  // One vote for one of two equally likely answers.
  expect(judge('dirichlet')).toMatchObject({ rmse: 0.5 });
  expect(judge('dirichlet')?.['loss']).toBeCloseTo(Math.LN2, 6);
  expect(judge('softmax')?.['loss']).toBeCloseTo(0.25, 6);
});
