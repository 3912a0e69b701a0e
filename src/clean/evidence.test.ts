import { describe, expect, it } from 'vitest';
import { combine, scoreOf, tailShares } from './evidence.js';

describe('evidence', () => {
  it('is a share of the pictures, larger values first, equal ones with their mean rank', () => {
    // 1 - (scipy.stats.rankdata([3, 9, 3, 1]) - 0.5) / 4
    expect([...tailShares([3, 9, 3, 1])]).toEqual([0.5, 0.125, 0.5, 0.875]);
    expect([...tailShares([])]).toEqual([]);
    expect([...tailShares([5, 5, 5])]).toEqual([0.5, 0.5, 0.5]);
  });

  it('adds up by weights', () => {
    const evidence = combine(
      [
        { values: [0, 1], weight: 1 },
        { values: [7, 7], weight: 0.5 },
      ],
      2,
    );
    expect(evidence[0]).toBeCloseTo(-Math.log(0.75) - 0.5 * Math.log(0.5), 12);
    expect(evidence[1]).toBeCloseTo(-Math.log(0.25) - 0.5 * Math.log(0.5), 12);
  });

  it('does not change with the scale of a measure', () => {
    const values = [0.3, 12, -4, 7, 7.5];
    const other = values.map((value) => Math.exp(value / 3));
    expect(combine([{ values, weight: 1 }], 5)).toEqual(combine([{ values: other, weight: 1 }], 5));
  });

  it('becomes a score in [0, 1) that keeps the order', () => {
    expect(scoreOf(0)).toBe(0);
    expect(scoreOf(4)).toBe(0.5);
    expect(scoreOf(1e6)).toBeLessThan(1);
    expect(scoreOf(7.000001)).toBeGreaterThan(scoreOf(7));
  });
});
