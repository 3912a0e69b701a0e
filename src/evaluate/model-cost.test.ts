import { statSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { modelFolder } from '../../test/support/deployed.js';
import { memoryDataset, patternPicture } from '../../test/support/memory-dataset.js';
import { createModel } from '../models/registry.js';
import { parameterCount } from '../nn/parameters.js';
import { sizeOf, timedQuestions } from './model-cost.js';

const models = modelFolder();
afterAll(models.remove);

test('takes pictures that can be read, at most 64', async () => {
  const names = Array.from({ length: 70 }, (_, at) => `p${at}`);
  const pictures = Object.fromEntries(names.map((name, at) => [name, at === 1 ? null : patternPicture(name, 4, 4, 1)]));
  expect(await timedQuestions(memoryDataset(pictures), true)).toHaveLength(64);
  const some = Object.fromEntries(Object.entries(pictures).slice(0, 3));
  expect(await timedQuestions(memoryDataset(some), true)).toHaveLength(2);
  expect(await timedQuestions(memoryDataset(some), false)).toEqual([{}, {}, {}]);
});

test('size is that of the file; folded batch norms leave their biases', async () => {
  const path = await models.save();
  const cost = await sizeOf(path);
  expect(cost.bytes).toBe(statSync(path).size);
  // Weight and bias of a norm become one bias of its convolution: one number less a channel.
  const network = createModel('galaxy-cnn', { classes: 3, height: 24, width: 24 });
  const norms = parameterCount(network, (name) => /(bn|norm)\d*\.weight$/.test(name));
  expect(cost.parameters).toBe(parameterCount(network) - norms);
});
