import { describe, expect, it } from 'vitest';
import { normalQuantile } from './normal-quantile.js';

/** python3 -c "from statistics import NormalDist as N; print([(p, N().inv_cdf(p)) for p in (0.5, ...)])", Python 3.11. */
const published: readonly (readonly [number, number])[] = [
  [0.5, 0],
  [0.25, -0.6744897501960817],
  [0.1, -1.2815515655446008],
  [0.075, -1.4395314709384557],
  [0.02275, -2.000002443899604],
  [0.001, -3.090232306167813],
  [1e-6, -4.753424308822899],
  [1e-12, -7.034483825301132],
  [1e-16, -8.222082216130435],
  [0.9, 1.2815515655446008],
  [0.999, 3.090232306167813],
];

describe('normalQuantile', () => {
  it.each(published)("equals Python's NormalDist at %s", (p, z) => {
    expect(Math.abs(normalQuantile(p) - z)).toBeLessThanOrEqual(4e-15 * Math.abs(z));
  });

  it('rises everywhere, across its three pieces too', () => {
    let before = -Infinity;
    for (let step = 1; step < 40_000; step++) {
      const z = normalQuantile(step / 40_000);
      expect(z).toBeGreaterThan(before);
      before = z;
    }
  });
});
