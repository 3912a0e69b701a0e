import { statSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { modelFolder } from '../../test/support/deployed.js';
import { memoryDataset, patternPicture } from '../../test/support/memory-dataset.js';
import { createModel } from '../models/registry.js';
import { parameterCount } from '../nn/parameters.js';
import { costOf, timedQuestions } from './model-cost.js';
import type { Asked, Predictor } from './prediction.js';
import { openPredictor } from './predictor.js';

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
  const predictor = await openPredictor(path, { inThread: true });
  const questions = [{ picture: patternPicture('a', 24, 24, 3) }];
  const cost = await costOf(path, predictor, { questions });
  await predictor.close();
  expect(cost.bytes).toBe(statSync(path).size);
  // Weight and bias of a norm become one bias of its convolution: one number less a channel.
  const network = createModel('galaxy-cnn', { classes: 3, height: 24, width: 24 });
  const norms = parameterCount(network, (name) => /(bn|norm)\d*\.weight$/.test(name));
  expect(cost.parameters).toBe(parameterCount(network) - norms);
  expect(cost.picturesPerSecond).toBeGreaterThan(0);
});

test('speed is the median of the runs after the first', async () => {
  const waits = [60, 4, 4, 4, 40, 4, 4];
  const asked: (readonly Asked[])[] = [];
  const predictor: Pick<Predictor, 'batch' | 'predictMany'> = {
    batch: 2,
    async predictMany(questions) {
      asked.push(questions as readonly Asked[]);
      await new Promise((resolve) => setTimeout(resolve, waits[asked.length - 1] ?? 4));
      return [];
    },
  };
  const path = await models.save();
  const questions = ['a', 'b', 'c'].map((text) => ({ text }));
  const { picturesPerSecond } = await costOf(path, predictor as Predictor, { questions });
  expect(asked.slice(0, 3).map((batch) => batch.map(({ text }) => text).join(''))).toEqual(['ab', 'ca', 'bc']);
  // Two questions in 4 ms; a mean would be pulled down by the slow runs, and no run can be quicker than its wait.
  expect(picturesPerSecond).toBeLessThan(2 / 0.0035);
  expect(picturesPerSecond).toBeGreaterThan(2 / 0.04);
});
