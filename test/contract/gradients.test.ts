import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differentiableOperators } from '../../src/autodiff/index.js';
import { fuzzSettings } from '../support/fuzz.js';
import { constantOperators } from '../../src/autodiff/rule.js';
import { disagreements } from '../support/gradients/check.js';
import { gradientCases as cases } from '../support/gradients/table.js';

const settings = fuzzSettings(6);

describe('every gradient rule agrees with central differences', () => {
  test('every rule has cases, and every case a rule', () => {
    expect(Object.keys(cases).sort()).toEqual([...differentiableOperators(), ...constantOperators()].sort());
    expect(differentiableOperators()).toEqual(expect.arrayContaining(['Conv', 'Range']));
    expect(constantOperators()).toEqual(expect.arrayContaining(['Equal', 'Floor', 'Shape']));
  });

  const ways = fc.record({ seed: fc.nat(), optimized: fc.boolean(), target: fc.constantFrom('cpu' as const, 'webgpu' as const) });

  test.each(Object.entries(cases))('%s', async (_, drawnCase) => {
    await fc.assert(
      fc.asyncProperty(drawnCase, ways, async (one, way) => {
        expect(await disagreements(one, way), `${one.label} ${JSON.stringify(way)}`).toEqual([]);
      }),
      settings,
    );
  });
});
