import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pattern } from '../../test/support/pattern.js';
import { relativeError } from '../../test/support/run-steps.js';
import type { Tensor } from '../onnx/types.js';
import type { LogisticOptions } from './logistic-options.js';
import { logisticRegression, type LogisticFit } from './logistic-regression.js';
import { MOST_VALUES } from './rows.js';

/** A case of test/golden/classical.json, made with scikit-learn; see classical.py. */
interface GoldenCase {
  readonly name: string;
  readonly l2: number;
  readonly views: number;
  readonly smoothing: number;
  readonly classWeights: readonly number[];
  readonly weights: readonly number[];
  readonly weight: readonly number[];
  readonly bias: readonly number[];
  /** Of the first six pictures' rows. */
  readonly probabilities: readonly number[];
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/classical.json', import.meta.url), 'utf8')) as {
  readonly logistic: readonly GoldenCase[];
};

const labels = Array.from({ length: 60 }, (_, picture) => [0, 0, 0, 1, 1, 2][picture % 6]!);
const scale = [1, 10, 100, 1, 0.1];
/** As classical.py makes them. */
function features(views: number): Tensor {
  const [noise, centre] = [pattern('classical/x', [60, 2, 5]), pattern('classical/centre', [3, 5])];
  const data = labels.flatMap((label, picture) =>
    Array.from({ length: views }, (_, view) => [
      ...scale.map((factor, at) => noise[(picture * 2 + view) * 5 + at]! * factor + centre[label * 5 + at]! * factor),
      7,
    ]).flat(),
  );
  return { type: 'float32', dims: views === 1 ? [60, 6] : [60, views, 6], data: Float32Array.from(data) };
}
const plain: LogisticOptions = { classes: 3, l2: 0.01 };

function answers({ weight, bias }: LogisticFit, { data, dims }: Tensor, rows: number): number[] {
  const size = dims.at(-1)!;
  return Array.from({ length: rows }, (_, row) => {
    const logits = Array.from(bias.data as Float32Array, (shift, one) =>
      Array.from({ length: size }, (_, at) => Number(weight.data[one * size + at]) * Number(data[row * size + at])).reduce(
        (sum, term) => sum + term,
        shift,
      ),
    );
    const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
    return powers.map((power) => power / powers.reduce((sum, each) => sum + each, 0));
  }).flat();
}

describe('a logistic regression', () => {
  test.each(golden.logistic)(
    'follows scikit-learn: $name',
    async ({ l2, views, smoothing, classWeights, weights, ...expected }) => {
      const x = features(views);
      const fit = await logisticRegression(x, labels, {
        classes: 3,
        l2,
        labelSmoothing: smoothing,
        classWeights,
        sampleWeights: weights,
      });
      expect(fit.converged).toBe(true);
      expect(relativeError(fit.weight.data as Float32Array, expected.weight)).toBeLessThan(1e-4);
      expect(relativeError(fit.bias.data as Float32Array, expected.bias)).toBeLessThan(1e-4);
      const found = answers(fit, x, 6 * views);
      expect(Math.max(...found.map((value, at) => Math.abs(value - expected.probabilities[at]!)))).toBeLessThan(1e-5);
      expect(fit.tried).toEqual([]);
      expect(fit.outOfFold).toBeUndefined();
    },
  );

  test('gives the same bits again', async () => {
    const [first, second] = [
      await logisticRegression(features(2), labels, plain),
      await logisticRegression(features(2), labels, plain),
    ];
    expect(second).toEqual(first);
  });

  test('answers each picture out of its fold as a fit without that fold does', async () => {
    const x = features(1);
    const folds = labels.map((_, picture) => Math.floor(picture / 6) % 2);
    const { outOfFold, tried } = await logisticRegression(x, labels, { ...plain, folds });
    // Standardisation is over all pictures there, and a penalty on standardised weights depends on it a little.
    const half = await logisticRegression(x, labels, { ...plain, sampleWeights: folds.map((fold) => 1 - fold) });
    const expected = answers(half, x, 60);
    const other = folds.flatMap((fold, picture) => (fold === 1 ? [0, 1, 2].map((one) => picture * 3 + one) : []));
    expect(Math.max(...other.map((at) => Math.abs(outOfFold![at]! - expected[at]!)))).toBeLessThan(0.05);
    const logLoss = labels.reduce((sum, label, picture) => sum - Math.log(outOfFold![picture * 3 + label]!), 0) / 60;
    expect(tried).toEqual([{ l2: 0.01, logLoss: expect.closeTo(logLoss, 6) as number }]);
    const smooth = await logisticRegression(x, labels, { ...plain, folds, labelSmoothing: 0.3 });
    const shares = labels.flatMap((label) => [0, 1, 2].map((one) => (one === label ? 0.8 : 0.1)));
    const smoothed = shares.reduce((sum, share, at) => sum - share * Math.log(smooth.outOfFold![at]!), 0) / 60;
    expect(smooth.tried[0]!.logLoss).toBeCloseTo(smoothed, 6);
  });

  test('chooses the penalty with the least log loss out of fold', async () => {
    const { l2, tried, converged } = await logisticRegression(features(2), labels, { ...plain, l2: 'auto' });
    const best = Math.min(...tried.map(({ logLoss }) => logLoss));
    expect(tried.length).toBeGreaterThan(2);
    expect(tried.find(({ logLoss }) => logLoss === best)?.l2).toBe(l2);
    const noise: Tensor = { type: 'float32', dims: [60, 20], data: pattern('classical/noise', [60, 20]) };
    expect((await logisticRegression(noise, labels, { ...plain, l2: 'auto' })).l2).toBeGreaterThan(l2);
    expect(converged).toBe(true);
  });

  test('answers pictures without weight out of fold, and learns nothing of them', async () => {
    const x = features(1);
    const folds = labels.map((_, picture) => Math.floor(picture / 6) % 5);
    const sampleWeights = labels.map((_, picture) => (picture === 7 ? 0 : 1));
    const wrong = labels.map((label, picture) => (picture === 7 ? 2 : label));
    const [first, second] = [
      await logisticRegression(x, labels, { ...plain, folds, sampleWeights }),
      await logisticRegression(x, wrong, { ...plain, folds, sampleWeights }),
    ];
    expect(second.weight).toEqual(first.weight);
    expect(second.outOfFold).toEqual(first.outOfFold);
    expect(second.outOfFold!.slice(21, 24).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  });

  test('stops when it is told to', async () => {
    const controller = new AbortController();
    const progress = () => controller.abort();
    const stopped = logisticRegression(features(1), labels, { ...plain, progress, signal: controller.signal });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('what a logistic regression refuses', () => {
  const x = features(1);
  const bad: Tensor = { ...x, data: Float32Array.from(x.data as Float32Array, (value, at) => (at === 13 ? NaN : value)) };
  const dims = [MOST_VALUES / 8 + 1, 8];
  test.each<[string, Tensor, readonly number[], Partial<LogisticOptions>, string]>([
    ['features of rank 1', { ...x, dims: [360] }, labels, {}, 'classical/features'],
    ['no pictures', { ...x, dims: [0, 6], data: new Float32Array() }, [], {}, 'classical/features'],
    ['another number of values', { ...x, dims: [59, 6] }, labels, {}, 'classical/features'],
    ['float64', { ...x, type: 'float64' }, labels, {}, 'classical/features'],
    ['a feature that is no number', bad, labels, {}, 'classical/features'],
    ['more than it takes', { ...x, dims }, labels, {}, 'classical/limit'],
    ['too few labels', x, labels.slice(1), {}, 'classical/labels'],
    ['a label beyond the classes', x, labels.with(3, 3), {}, 'classical/labels'],
    ['a class without pictures', x, labels, { classes: 4 }, 'classical/labels'],
    ['a class without weight', x, labels, { sampleWeights: labels }, 'classical/labels'],
    ['one class', x, labels, { classes: 1 }, 'classical/option'],
    ['no penalty', x, labels, { l2: 0 }, 'classical/option'],
    ['labels smoothed away', x, labels, { labelSmoothing: 1 }, 'classical/option'],
    ['a class weight of 0', x, labels, { classWeights: [1, 0, 1] }, 'classical/option'],
    ['too few class weights', x, labels, { classWeights: [1, 1] }, 'classical/option'],
    ['a weight below 0', x, labels, { sampleWeights: labels.map(() => -1) }, 'classical/option'],
    ['folds for some', x, labels, { folds: [0, 1] }, 'classical/option'],
    ['a single fold', x, labels, { folds: labels.map(() => 0) }, 'classical/option'],
    ['a fold left out', x, labels, { folds: labels.map((label) => 2 * Math.min(label, 1)) }, 'classical/option'],
  ])('%s', async (_, given, own, options, code) => {
    await expect(logisticRegression(given, own, { ...plain, ...options })).rejects.toMatchObject({ code });
  });
});
