import { describe, expect, test } from 'vitest';
import { classWeights, epochOrder } from './sampling.js';

/** 900, 90 and 10 items of three classes; the fourth has none. */
const labels = Int32Array.from({ length: 1000 }, (_, index) => (index % 100 === 0 ? 2 : index % 10 === 5 && index < 900 ? 1 : 0));
const counts = [0, 1, 2].map((label) => labels.filter((other) => other === label).length);

const countsOf = (order: Int32Array) =>
  [0, 1, 2, 3].map((label) => order.filter((position) => labels[position] === label).length);

describe('epochOrder', () => {
  test('power 1 shows each item once, in another order in another epoch or with another seed', () => {
    const order = epochOrder(labels, 4, { power: 1 }, 1, 0);
    expect(order.toSorted()).toEqual(Int32Array.from(labels.keys()));
    expect(order).not.toEqual(Int32Array.from(labels.keys()));
    expect(order).toEqual(epochOrder(labels, 4, { power: 1 }, 1, 0));
    expect(order).not.toEqual(epochOrder(labels, 4, { power: 1 }, 1, 1));
    expect(order).not.toEqual(epochOrder(labels, 4, { power: 1 }, 2, 0));
  });

  test.each([0, 0.5, 0.9])('power %d draws classes in proportion to count ^ power', (power) => {
    const weights = counts.map((count) => count ** power);
    const total = weights.reduce((a, b) => a + b);
    const seen = [0, 0, 0, 0];
    const epochs = 40;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = epochOrder(labels, 4, { power }, 7, epoch);
      expect(order.length).toBe(1000);
      for (const [label, count] of countsOf(order).entries()) seen[label]! += count;
    }
    expect(seen[3]).toBe(0);
    for (const [label, weight] of weights.entries()) {
      const share = weight / total;
      const deviation = Math.sqrt((share * (1 - share)) / (1000 * epochs));
      expect(Math.abs(seen[label]! / (1000 * epochs) - share)).toBeLessThan(4.5 * deviation);
    }
  });

  test('no item of a class comes again before all of them came', () => {
    const order = epochOrder(labels, 4, { power: 0 }, 3, 5);
    for (const label of [0, 1, 2]) {
      const own = [...order].filter((position) => labels[position] === label);
      const rounds: string[] = [];
      for (let from = 0; from < own.length; from += counts[label]!) {
        const round = own.slice(from, from + counts[label]!);
        expect(new Set(round).size).toBe(round.length);
        if (round.length === counts[label]) rounds.push(round.join());
      }
      expect(new Set(rounds).size).toBe(rounds.length);
    }
    expect(order).toEqual(epochOrder(labels, 4, { power: 0 }, 3, 5));
  });

  test('refuses labels outside the classes and other powers', () => {
    const refusal = expect.objectContaining({ code: 'dataset/sampling' }) as Error;
    expect(() => epochOrder(labels, 2, { power: 1 }, 1, 0)).toThrow(refusal);
    expect(() => epochOrder(Int32Array.of(-1), 2, { power: 0 }, 1, 0)).toThrow(refusal);
    for (const power of [-0.1, 1.1, NaN]) expect(() => epochOrder(labels, 4, { power }, 1, 0)).toThrow(refusal);
  });
});

describe('classWeights', () => {
  test('exponent 1 is "balanced" of scikit-learn', () => {
    // sklearn.utils.class_weight.compute_class_weight('balanced', classes=[0, 1, 2], y=[0] * 90 + [1] * 9 + [2])
    const expected = [0.37037037037037035, 3.7037037037037037, 33.333333333333336];
    for (const [label, weight] of classWeights([90, 9, 1], 1).entries()) expect(weight).toBeCloseTo(expected[label]!, 12);
  });

  test.each([0, 0.5, 1, 2])('exponent %d: ratios of powers, mean 1 over the items', (exponent) => {
    const sizes = [3725, 675, 799, 95];
    const weights = classWeights(sizes, exponent);
    const mean = weights.reduce((sum, weight, label) => sum + weight * sizes[label]!, 0) / sizes.reduce((a, b) => a + b);
    expect(mean).toBeCloseTo(1, 12);
    expect(weights[3]! / weights[0]!).toBeCloseTo((3725 / 95) ** exponent, 8);
  });

  test('a class without items weighs nothing', () => {
    expect(classWeights([2, 0, 2], 1)).toEqual([1, 0, 1]);
    expect(classWeights([2, 0, 2], 0)).toEqual([1, 1, 1]);
  });

  test('refuses what makes no weights', () => {
    const refusal = expect.objectContaining({ code: 'dataset/sampling' }) as Error;
    for (const sizes of [[], [0, 0], [1, -1], [1, NaN], [0.5]]) expect(() => classWeights(sizes, 1)).toThrow(refusal);
    expect(() => classWeights([1, 2], -1)).toThrow(refusal);
    expect(() => classWeights([1, 2], NaN)).toThrow(refusal);
  });
});
