import { expect, test } from 'vitest';
import { registerGradient, type GradientRule } from '../../src/autodiff/index.js';
import { disagreements } from '../support/gradients/check.js';
import { nodeCase, operand } from '../support/gradients/cases.js';
import { anything } from '../support/gradients/samplers.js';

const way = { seed: 3, optimized: false, target: 'cpu' } as const;
const negation = nodeCase('Neg', [operand([4, 25], anything)]);

/** Rules for y = -x, each wrong in its way. */
const wrong: readonly (readonly [what: string, rule: GradientRule])[] = [
  ['the sign', ({ gradients: [dy] }) => [dy]],
  ['a hundredth', ({ g, gradients: [dy] }) => [dy && g.mul(dy, g.scalar(-1.01))]],
  [
    'one element in a hundred',
    ({ g, gradients: [dy] }) => [dy && g.mul(dy, g.floats([4, 25], [1, ...new Array<number>(99).fill(-1)]))],
  ],
  ['a missing gradient', () => []],
  ['numbers that are none', ({ g, gradients: [dy] }) => [dy && g.div(dy, g.scalar(0))]],
];

test('the right rule passes', async () => {
  expect(await disagreements(negation, way)).toEqual([]);
});

test.each(wrong)('a rule with %s wrong is noticed', async (_, rule) => {
  registerGradient('Neg', rule);
  expect(await disagreements(negation, way)).toHaveLength(1);
});
