import { expect, test } from 'vitest';
import { applied, goldenVotes, matrix } from '../../test/support/votes.js';
import { gradients } from '../autodiff/reverse.js';
import { logGamma } from './log-gamma.js';

const { x, value, gradient } = goldenVotes.logGamma;
const worst = (found: readonly number[], expected: readonly number[]): number =>
  Math.max(...found.map((one, at) => Math.abs(one - expected[at]!) / Math.max(1, Math.abs(expected[at]!))));

test('log gamma equals that of scipy from 1e-3 to 1e6', async () => {
  expect(worst(await applied(matrix(x, x.length), logGamma), value)).toBeLessThan(5e-6);
});

test('its gradient is the digamma function', async () => {
  const found = await applied(matrix(x, x.length), (g, input) => {
    const loss = g.reduceSum(logGamma(g, input), [0, 1], false);
    return gradients(g, { loss, wrt: ['x'] }).get('x')!;
  });
  expect(worst(found, gradient)).toBeLessThan(2e-6);
});
