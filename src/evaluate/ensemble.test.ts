import { describe, expect, test } from 'vitest';
import { simulate } from '../../test/support/report-cases.js';
import { anyRight, diversityOf, fitMixture, logLossDifference, mixProbabilities } from './ensemble.js';
import { evaluatePredictions } from './evaluate.js';
import { logLosses } from './scores.js';
import type { Predictions } from './types.js';

const classes = ['a', 'b', 'c'];
const model = (seed: number, lead: number) => simulate({ classes, support: [150, 100, 50], lead: [lead, lead, lead], seed });
const models = [model(1, 1.5), model(2, 1), model(3, 0.2)];
const rows = models.map(({ probabilities }) => probabilities);
const labels = models[0]?.labels ?? new Int32Array();

function lossOf(weights: readonly number[]): number {
  const losses = logLosses(labels, mixProbabilities(rows, weights), 3);
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

describe('fitMixture', () => {
  test('no other weights have a lower loss', () => {
    const weights = fitMixture(rows, labels, 3);
    expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    const best = lossOf(weights);
    for (let i = 0; i <= 20; i++) {
      for (let j = 0; i + j <= 20; j++) expect(lossOf([i / 20, j / 20, (20 - i - j) / 20])).toBeGreaterThan(best - 1e-6);
    }
    expect(lossOf([1 / 3, 1 / 3, 1 / 3])).toBeGreaterThan(best + 1e-4);
  });

  test('takes the better of two that never add anything to each other', () => {
    const labels = Int32Array.of(0, 1, 0);
    const good = Float32Array.of(0.9, 0.1, 0.2, 0.8, 0.7, 0.3);
    const bad = Float32Array.of(0.6, 0.4, 0.7, 0.3, 0.5, 0.5);
    const [first] = fitMixture([good, bad], labels, 2);
    expect(first).toBeCloseTo(1, 6);
  });

  test('refuses rows for other pictures', () => {
    expect(() => fitMixture([new Float32Array(4)], labels, 3)).toThrow(expect.objectContaining({ code: 'evaluate/size' }));
  });
});

/** A model that is sure of its answers. */
const sure = (answers: readonly number[], truth: readonly number[]): Predictions => {
  const probabilities = Float32Array.from(answers.flatMap((answer) => [0, 1].map((one) => (one === answer ? 0.9 : 0.1))));
  return {
    classes: ['no', 'yes'],
    ids: truth.map(String),
    labels: Int32Array.from(truth),
    probabilities,
    uncalibrated: probabilities,
  };
};

describe('how models differ', () => {
  const truth = [0, 0, 0, 0, 1, 1, 1, 1];
  const a = sure([1, 1, 0, 0, 1, 1, 1, 1], truth);
  const b = sure([1, 0, 1, 0, 1, 1, 1, 0], truth);

  test('disagreement and correlation of errors, by hand', () => {
    // Wrong: a on 0 and 1, b on 0, 2 and 7; numpy.corrcoef of the indicators gives 0.149071.
    const [pair] = diversityOf([
      { name: 'a', predictions: a },
      { name: 'b', predictions: b },
    ]);
    expect(pair).toMatchObject({ first: 'a', second: 'b', disagreement: 3 / 8 });
    expect(pair?.errorCorrelation).toBeCloseTo(0.149071, 6);
    expect(anyRight([a, b])).toBe(7 / 8);
  });

  test('a model without errors correlates with nothing', () => {
    const right = sure(truth, truth);
    const [pair] = diversityOf([
      { name: 'a', predictions: a },
      { name: 'right', predictions: right },
    ]);
    expect(pair?.errorCorrelation).toBeNull();
  });

  test('the difference of log losses is that of the evaluations, with a narrower interval than two have', () => {
    const [first, second] = [models[0] as Predictions, models[1] as Predictions];
    const { value, low, high } = logLossDifference(first, second);
    expect(value).toBeCloseTo(evaluatePredictions(first).logLoss.value - evaluatePredictions(second).logLoss.value, 9);
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
    expect(logLossDifference(first, first)).toEqual({ value: 0, low: 0, high: 0 });
  });
});
