import { describe, expect, test } from 'vitest';
import { golden, goldenCase, reorder } from '../../test/support/evaluation-golden.js';
import { comparePredictions } from './compare.js';
import { evaluatePredictions } from './evaluate.js';
import { mcnemar } from './mcnemar.js';
import type { Predictions } from './types.js';

describe("McNemar's test is that of scipy's binomial", () => {
  test.each(golden.mcnemar)('$b against $c', ({ b, c, exact, midP }) => {
    const result = mcnemar(b, c);
    expect(result).toMatchObject({ firstOnly: b, secondOnly: c });
    expect(result.exact).toBeCloseTo(exact, 8);
    expect(result.midP).toBeCloseTo(midP, 8);
  });

  test('many pictures', () => {
    const { exact } = mcnemar(100_000, 101_000);
    // Normal approximation with continuity correction: z = 999 / sqrt(201000).
    expect(exact).toBeCloseTo(0.02586, 4);
  });
});

const first = goldenCase('imbalanced');
/** Wrong where the number of the picture is divisible by 10, else right. */
const second: Predictions = {
  ...first,
  probabilities: first.probabilities.map((_, at) => {
    const row = Math.floor(at / 4);
    const answer = ((first.labels[row] ?? 0) + (row % 10 === 0 ? 1 : 0)) % 4;
    return at % 4 === answer ? 1 : 0;
  }),
};
const models = [
  { name: 'first', predictions: first },
  { name: 'second', predictions: second },
  { name: 'again', predictions: first },
];

describe('a comparison', () => {
  const { classes, pictures, models: lines, pairs } = comparePredictions(models);

  test('gives each model the figures it has alone', () => {
    expect({ classes, pictures }).toEqual({ classes: first.classes, pictures: 300 });
    lines.forEach(({ name, ...figures }, index) => {
      expect(name).toBe(models[index]?.name);
      expect(evaluatePredictions(models[index]?.predictions ?? first)).toMatchObject(figures);
    });
  });

  test('pairs each with each', () => {
    expect(pairs.map((pair) => [pair.first, pair.second])).toEqual([
      ['first', 'second'],
      ['first', 'again'],
      ['second', 'again'],
    ]);
  });

  test('a difference is that of the values; of a model to itself it is 0', () => {
    for (const figure of ['accuracy', 'balancedAccuracy', 'macroPrecision', 'macroRecall', 'macroF1'] as const) {
      const [one, two] = lines.map((line) => line[figure]);
      const difference = pairs[0]?.difference[figure];
      expect(difference?.value).toBeCloseTo((one?.value ?? NaN) - (two?.value ?? NaN), 12);
      expect(difference?.high).toBeLessThan(0);
      expect(pairs[1]?.difference[figure]).toEqual({ value: 0, low: 0, high: 0 });
    }
    // Three pairs, of which only the second has p = 1.
    expect(pairs[0]?.adjusted).toBeCloseTo(3 * (pairs[0]?.mcnemar.exact ?? NaN), 12);
    expect(pairs[1]?.adjusted).toBe(1);
    expect(pairs[1]?.mcnemar).toEqual({ firstOnly: 0, secondOnly: 0, exact: 1, midP: 1 });
  });

  test('the interval of a difference is that of the mean of its parts', () => {
    // Accuracy differs by +1, 0 or -1 a picture; the normal interval of that mean is near the percentiles.
    const right = (predictions: Predictions, row: number): number => {
      const shares = [...predictions.probabilities.subarray(row * 4, row * 4 + 4)];
      return shares.indexOf(Math.max(...shares)) === predictions.labels[row] ? 1 : 0;
    };
    const parts = first.ids.map((_, row) => right(first, row) - right(second, row));
    const mean = parts.reduce((sum, part) => sum + part, 0) / 300;
    const error = Math.sqrt(parts.reduce((sum, part) => sum + (part - mean) ** 2, 0)) / 300;
    const { value, low, high } = pairs[0]?.difference.accuracy ?? { value: NaN, low: NaN, high: NaN };
    expect(value).toBeCloseTo(mean, 12);
    expect(Math.abs(low - (mean - 1.96 * error))).toBeLessThan(0.5 * error);
    expect(Math.abs(high - (mean + 1.96 * error))).toBeLessThan(0.5 * error);
    const counted = pairs[0]?.mcnemar;
    expect(counted?.firstOnly).toBe(parts.filter((part) => part === 1).length);
    expect(counted?.secondOnly).toBe(parts.filter((part) => part === -1).length);
  });
});

test('one model has its figures, no pairs, and the constant answer beside it', () => {
  const { pairs, baseline } = comparePredictions(models.slice(0, 1));
  const { label, accuracy, balancedAccuracy, macroF1 } = evaluatePredictions(first).baseline;
  expect(pairs).toEqual([]);
  expect(baseline).toMatchObject({ label, accuracy, balancedAccuracy, macroF1 });
  // Of C classes one is always found, and it is right as often as it is frequent.
  expect(baseline.macroRecall.value).toBeCloseTo(1 / 4, 12);
  expect(baseline.macroPrecision.value).toBeCloseTo(accuracy.value / 4, 12);
});

test('against the first alone', () => {
  const { pairs } = comparePredictions(models, { against: 'first', samples: 50 });
  expect(pairs.map((pair) => [pair.first, pair.second])).toEqual([
    ['first', 'second'],
    ['first', 'again'],
  ]);
});

test.each([
  ['no model', []],
  ['equal names', [models[0], models[0]]],
  ['other pictures', [models[0], { name: 'other', predictions: { ...first, ids: first.ids.map((id) => `${id}!`) } }]],
  ['another order', [models[0], { name: 'other', predictions: reorder(first, [...first.ids.keys()].reverse()) }]],
  ['fewer pictures', [models[0], { name: 'other', predictions: reorder(first, [0, 1, 2]) }]],
  ['other labels', [models[0], { name: 'other', predictions: { ...first, labels: first.labels.map((label) => 3 - label) } }]],
  ['other classes', [models[0], { name: 'other', predictions: { ...first, classes: ['a', 'b', 'c', 'd'] } }]],
])('refuses %s', (_, wrong) => {
  expect(() => comparePredictions(wrong.filter((one) => one !== undefined))).toThrow(
    expect.objectContaining({ code: 'evaluate/compare' }),
  );
});
