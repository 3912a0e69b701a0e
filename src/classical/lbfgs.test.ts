import { describe, expect, test } from 'vitest';
import { minimize, type Evaluation } from './lbfgs.js';

const limits = { tolerance: 1e-9, iterations: 500 };
/** sum over i of 10^(i / 4) (x_i - i)^2 / 2: of condition 10^3 with 13 axes. */
const bowl = (x: Float64Array): Evaluation => {
  const gradient = x.map((value, i) => 10 ** (i / 4) * (value - i));
  return { value: x.reduce((sum, value, i) => sum + ((gradient[i] as number) * (value - i)) / 2, 0), gradient };
};

describe('L-BFGS', () => {
  test('finds the bottom of a narrow bowl', async () => {
    const { place, value, converged, iterations } = await minimize((x) => Promise.resolve(bowl(x)), new Float64Array(13), limits);
    place.forEach((found, i) => expect(found).toBeCloseTo(i, 7));
    expect(value).toBeLessThan(1e-15);
    expect(converged).toBe(true);
    expect(iterations).toBeLessThan(200);
  });

  test('finds the minimum of log(1 + e^x) + log(1 + e^-2x), where Newton steps overshoot', async () => {
    const evaluate = (x: Float64Array): Promise<Evaluation> => {
      const at = x[0]!;
      const value = Math.log1p(Math.exp(at)) + Math.log1p(Math.exp(-2 * at));
      const slope = 1 / (1 + Math.exp(-at)) - 2 / (1 + Math.exp(2 * at));
      return Promise.resolve({ value, gradient: Float64Array.of(slope) });
    };
    const { place, converged } = await minimize(evaluate, Float64Array.of(30), limits);
    expect(converged).toBe(true);
    // e^x = y with y^3 + y + ... : the slope is 0 where y + y^3 = 2 + 2 y.
    const y = Math.exp(place[0]!);
    expect(y ** 3 - y - 2).toBeCloseTo(0, 6);
  });

  test('stays where the slope is 0, says when it has not come to the end, and ends without a way down', async () => {
    const at = Float64Array.from({ length: 13 }, (_, i) => i);
    expect(await minimize((x) => Promise.resolve(bowl(x)), at, limits)).toMatchObject({ iterations: 0, converged: true });
    const short = await minimize((x) => Promise.resolve(bowl(x)), new Float64Array(13), { ...limits, iterations: 3 });
    expect(short).toMatchObject({ iterations: 3, converged: false });
    const lie = () => Promise.resolve({ value: 1, gradient: Float64Array.of(1) });
    expect(await minimize(lie, new Float64Array(1), limits)).toMatchObject({ iterations: 0, converged: false });
  });
});
