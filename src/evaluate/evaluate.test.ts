import { describe, expect, test } from 'vitest';
import { randomStream } from '../core/random.js';
import { golden, goldenCase, predictionsOf, reorder, reorderClasses } from '../../test/support/evaluation-golden.js';
import { evaluatePredictions } from './evaluate.js';
import { MessierError } from '../core/errors.js';
import type { Evaluation, Interval, Predictions } from './types.js';

const few = { samples: 20 };
const figures = [
  'accuracy',
  'balancedAccuracy',
  'macroPrecision',
  'macroRecall',
  'macroF1',
  'weightedPrecision',
  'weightedRecall',
  'weightedF1',
  'logLoss',
] as const;

function same(value: number | null | undefined, expected: number | null): void {
  if (expected === null) expect(value).toBeNull();
  else expect(value).toBeCloseTo(expected, 6);
}

describe.each(golden.cases)('figures of scikit-learn: $name', (one) => {
  const evaluation = evaluatePredictions(predictionsOf(one), few);

  test.each(figures)('%s', (figure) => {
    same(evaluation[figure].value, one[figure]);
  });

  test('areas, top-k, kappa and calibration error', () => {
    same(evaluation.rocAuc?.value ?? null, one.rocAuc);
    same(evaluation.prAuc?.value ?? null, one.prAuc);
    // Undefined in scikit-learn, documented as 0 here.
    same(evaluation.kappa.value, one.kappa ?? 0);
    same(evaluation.calibration.after.error.value, one.calibrationError);
    expect(Object.keys(evaluation.topK)).toEqual(Object.keys(one.topK));
    for (const [k, share] of Object.entries(one.topK)) same(evaluation.topK[k]?.value, share);
  });

  test('classes and confusion', () => {
    expect(evaluation.perClass).toHaveLength(one.classes);
    one.perClass.forEach((expected, index) => {
      const { precision, recall, f1, support, rocAuc, prAuc } = evaluation.perClass[index] ?? {};
      same(precision, expected.precision);
      same(recall, expected.recall);
      same(f1, expected.f1);
      same(rocAuc, expected.rocAuc);
      same(prAuc, expected.prAuc);
      expect(support).toBe(expected.support);
    });
    expect(evaluation.confusion.counts).toEqual(one.confusion);
    evaluation.confusion.shares.forEach((row, index) => {
      const sum = row.reduce((total, share) => total + share, 0);
      expect(sum).toBeCloseTo(one.perClass[index]?.support === 0 ? 0 : 1, 12);
    });
  });

  test('plain JSON without gaps', () => {
    expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation);
  });
});

test('intervals are those of scipy.stats.bootstrap', () => {
  for (const [name, expected] of Object.entries(golden.intervals)) {
    const evaluation = evaluatePredictions(goldenCase(name), { samples: 10_000 });
    for (const [figure, { low, high, error }] of Object.entries(expected)) {
      const interval = evaluation[figure as 'accuracy' | 'rocAuc'] as Interval;
      // Both ends are quantiles of some 10,000 resamples: their difference has a deviation of 0.038 standard errors.
      expect(Math.abs(interval.low - low), figure).toBeLessThan(0.15 * error);
      expect(Math.abs(interval.high - high), figure).toBeLessThan(0.15 * error);
    }
  }
});

/** Every interval of an evaluation by its path. */
function intervalsOf(value: unknown, path = ''): [string, Interval][] {
  if (typeof value !== 'object' || value === null) return [];
  if ('low' in value && 'high' in value && 'value' in value) return [[path, value as Interval]];
  return Object.entries(value).flatMap(([key, part]) => intervalsOf(part, `${path}/${key}`));
}

/** Of an imbalanced draw, calibrated by a temperature that moves no answer. */
const sample: Predictions = { ...goldenCase('imbalanced'), uncalibrated: goldenCase('imbalanced').probabilities };

describe('intervals', () => {
  const evaluation = evaluatePredictions(sample);

  test('hold their value, or lie beside it for a biased figure', () => {
    const all = intervalsOf(evaluation);
    expect(all.length).toBeGreaterThan(30);
    for (const [path, { value, low, high }] of all) {
      expect(low, path).toBeLessThanOrEqual(high);
      // The calibration error of a resample is larger than that of the whole: noise adds to the gaps of the bins.
      if (!path.includes('calibration')) expect(value >= low && value <= high, path).toBe(true);
    }
  });

  test('depend on the seed alone', () => {
    expect(evaluatePredictions(sample)).toEqual(evaluation);
    expect(evaluatePredictions(sample, { seed: 2 }).accuracy).not.toEqual(evaluation.accuracy);
  });

  test('narrow with the level', () => {
    const narrow = evaluatePredictions(sample, { level: 0.5 });
    for (const [index, [path, interval]] of intervalsOf(narrow).entries()) {
      const wide = intervalsOf(evaluation)[index]?.[1];
      expect(interval.high - interval.low, path).toBeLessThanOrEqual((wide?.high ?? NaN) - (wide?.low ?? NaN));
    }
  });

  test('a class that many resamples miss keeps the recall it has in the others', () => {
    const predictions = {
      ...sample,
      classes: ['common', 'rare'],
      ids: Array.from({ length: 40 }, (_, index) => String(index)),
      labels: Int32Array.from({ length: 40 }, (_, index) => (index === 0 ? 1 : 0)),
      probabilities: Float32Array.from({ length: 80 }, (_, at) => (at < 2 ? [0.2, 0.8] : [0.9, 0.1])[at % 2] ?? 0),
      uncalibrated: new Float32Array(80).fill(0.5),
    };
    const { perClass, balancedAccuracy, rocAuc } = evaluatePredictions(predictions);
    expect(perClass[1]?.intervals.recall).toEqual({ value: 1, low: 1, high: 1 });
    expect(perClass[1]?.intervals.f1).toEqual({ value: 1, low: 1, high: 1 });
    expect(balancedAccuracy).toEqual({ value: 1, low: 1, high: 1 });
    expect(rocAuc).toEqual({ value: 1, low: 1, high: 1 });
  });
});

const numbersOf = (evaluation: Evaluation): [string, number][] =>
  intervalsOf(evaluation).map(([path, { value }]) => [path, value]);

test('the order of the pictures changes no figure', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const order = randomStream(seed).shuffle([...sample.ids.keys()]);
    const shuffled = new Map(numbersOf(evaluatePredictions(reorder(sample, order), few)));
    for (const [path, value] of numbersOf(evaluatePredictions(sample, few)))
      expect(shuffled.get(path), path).toBeCloseTo(value, 12);
  }
});

test('the order of the classes changes no figure', () => {
  const plain = evaluatePredictions(sample, few);
  for (const order of [
    [3, 2, 1, 0],
    [1, 2, 3, 0],
  ]) {
    const other = evaluatePredictions(reorderClasses(sample, order), few);
    for (const figure of [...figures, 'kappa'] as const) expect(other[figure].value, figure).toBeCloseTo(plain[figure].value, 12);
    expect(other.rocAuc?.value).toBeCloseTo(plain.rocAuc?.value ?? NaN, 12);
    expect(other.prAuc?.value).toBeCloseTo(plain.prAuc?.value ?? NaN, 12);
    expect(other.perClass).toEqual(order.map((one) => plain.perClass[one]));
    expect(other.baseline).toEqual(plain.baseline);
  }
});

test('the baseline always answers the most frequent class', () => {
  const { classes, labels, baseline } = { ...sample, ...evaluatePredictions(sample, few) };
  const probabilities = new Float32Array(labels.length * 4).map((_, at) => (at % 4 === classes.indexOf(baseline.label) ? 1 : 0));
  const constant = evaluatePredictions({ ...sample, probabilities }, few);
  expect(baseline.label).toBe('class 0');
  expect(baseline.accuracy).toEqual(constant.accuracy);
  expect(baseline.balancedAccuracy).toEqual(constant.balancedAccuracy);
  expect(baseline.balancedAccuracy.value).toBe(0.25);
  expect(baseline.macroF1).toEqual(constant.macroF1);
});

test('calibration before is that of the uncalibrated probabilities', () => {
  const uncalibrated = goldenCase('imbalanced').probabilities.map((share) => (share * 2 + 0.25) / 3);
  const { calibration } = evaluatePredictions({ ...sample, uncalibrated }, { ...few, temperature: 1.5 });
  const alone = evaluatePredictions({ ...sample, probabilities: uncalibrated }, few);
  expect(calibration.before).toEqual(alone.calibration.after);
  expect(calibration.temperature).toBe(1.5);
  expect(calibration.before.bins).toHaveLength(15);
  expect(calibration.before.bins.reduce((sum, { count }) => sum + count, 0)).toBe(300);
  const [empty, ...others] = calibration.before.bins;
  expect(empty).toEqual({ from: 0, to: 1 / 15, count: 0, confidence: null, accuracy: null });
  for (const { from, to, count, confidence } of others) {
    if (count > 0) expect((confidence ?? NaN) > from && (confidence ?? NaN) <= to + 1e-7).toBe(true);
  }
});

test('items tell what was left out and why', () => {
  const skipped = [
    { id: 'a', code: 'picture/truncated', reason: 'It ends early.' },
    { id: 'b', code: 'picture/truncated', reason: 'It ends early.' },
    { id: 'c', code: 'label/missing', reason: 'No label.' },
  ];
  const { items } = evaluatePredictions(sample, { ...few, items: { dropped: 4, skipped } });
  expect(items).toEqual({
    counted: 300,
    dropped: 4,
    skipped: 3,
    reasons: { 'picture/truncated': 2, 'label/missing': 1 },
    skippedItems: skipped,
  });
});

test.each([
  ['evaluate/bootstrap', () => evaluatePredictions(sample, { samples: 9 })],
  ['evaluate/bootstrap', () => evaluatePredictions(sample, { samples: 100_001 })],
  ['evaluate/bootstrap', () => evaluatePredictions(sample, { level: 1 })],
  ['random/seed', () => evaluatePredictions(sample, { seed: 0.5 })],
  ['evaluate/size', () => evaluatePredictions({ ...sample, ids: ['one'] })],
  ['evaluate/size', () => evaluatePredictions({ ...sample, uncalibrated: new Float32Array(4) })],
  ['evaluate/not-probabilities', () => evaluatePredictions({ ...sample, probabilities: sample.probabilities.map((p) => p * 2) })],
  [
    'evaluate/not-probabilities',
    () => evaluatePredictions({ ...sample, probabilities: sample.probabilities.map((p, i) => (i % 4 ? p : p - 2)) }),
  ],
])('refuses with %s', (code, wrong) => {
  expect(wrong).toThrow(MessierError);
  expect(wrong).toThrow(expect.objectContaining({ code }));
});
