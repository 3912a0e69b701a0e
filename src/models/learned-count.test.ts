import { expect, test } from 'vitest';
import { smallCard } from '../../test/support/deployed.js';
import { pattern } from '../../test/support/pattern.js';
import { parameterCount } from '../nn/parameters.js';
import { parseVoteTree, treeLayout } from '../votes/index.js';
import { deploy } from './deploy.js';
import { ensemble } from './ensemble.js';
import { learnedCount } from './learned-count.js';
import { createModel } from './registry.js';

const options = { classes: 3, height: 24, width: 24 };
const network = createModel('four-galaxies', options);
const finished = deploy(network, smallCard);

test('of a finished model: its network, without offsets', () => {
  expect(learnedCount(finished)).toBe(parameterCount(network));
  expect(parameterCount(finished)).toBe(parameterCount(network) + 3);
});

test('of an ensemble: all members, and the layer that stacks them', () => {
  const tensor = (...dims: [number, ...number[]]) => ({
    type: 'float32' as const,
    dims,
    data: Float32Array.from(pattern('stack', [dims.reduce((a, b) => a * b)])),
  });
  expect(learnedCount(ensemble([finished, finished], { weights: [1, 2] }))).toBe(2 * parameterCount(network));
  const stacked = ensemble([finished, finished], { stack: { weight: tensor(3, 6), bias: tensor(3) } });
  expect(learnedCount(stacked)).toBe(2 * parameterCount(network) + 3 * 6 + 3);
});

test.each(['softmax', 'dirichlet'] as const)('of a model of votes: without what leads from question to question (%s)', (head) => {
  const answers = ['smooth', 'features', 'star'].map((key) => ({ key, text: key, ...(key !== 'smooth' && { next: 'bar' }) }));
  const yesNo = ['yes', 'no'].map((key) => ({ key, text: key }));
  const tree = parseVoteTree({
    name: 'small',
    title: 'Small',
    source: 'test',
    questions: [
      { key: 'shape', text: 'Shape?', answers },
      { key: 'bar', text: 'Bar?', answers: yesNo },
    ],
  });
  const classes = treeLayout(tree).columns;
  const voter = createModel('four-galaxies', { ...options, classes: classes.length });
  const offsets = classes.map(() => 0);
  const card = { ...smallCard, classes, labels: {}, offsets, temperature: 1, votes: { tree, head } };
  const made = deploy(voter, { ...card, views: 'flips' });
  expect(learnedCount(made)).toBe(parameterCount(voter));
  // One column of 0 and 1.
  expect(parameterCount(made)).toBe(parameterCount(voter) + 3);
});
