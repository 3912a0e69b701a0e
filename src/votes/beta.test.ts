import { describe, expect, test } from 'vitest';
import { goldenVotes } from '../../test/support/votes.js';
import { betaBinomial, betaCdf, betaQuantile, logGammaOf } from './beta.js';

test('log gamma equals that of scipy', () => {
  const { x, value } = goldenVotes.logGamma;
  x.forEach((one, at) => {
    // Nine digits of x and of the value are kept.
    expect(Math.abs(logGammaOf(one) - value[at]!)).toBeLessThan(2e-8 * Math.max(1, Math.abs(value[at]!)));
  });
});

describe('the Beta distribution equals that of scipy', () => {
  test.each(goldenVotes.beta)('a = $a, b = $b: quantile $p', ({ a, b, p, quantile }) => {
    expect(Math.abs(betaQuantile(p, a, b) / quantile - 1)).toBeLessThan(1e-8);
    expect(betaCdf(betaQuantile(p, a, b), a, b)).toBeCloseTo(p, 12);
  });

  test('at its ends', () => {
    expect([betaCdf(0, 2, 3), betaCdf(1, 2, 3), betaCdf(-1, 2, 3), betaCdf(2, 2, 3)]).toEqual([0, 1, 0, 1]);
  });
});

test.each(goldenVotes.binomial)(
  'the Beta-binomial distribution equals that of scipy: $k of $n, a = $a, b = $b',
  ({ k, n, a, b, below, logAt }) => {
    const found = betaBinomial(k, n, a, b);
    expect(found.below).toBeCloseTo(below, 8);
    expect(Math.log(found.at)).toBeCloseTo(logAt, 5);
  },
);
