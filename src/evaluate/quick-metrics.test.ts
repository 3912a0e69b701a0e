import { describe, expect, test } from 'vitest';
import { golden, predictionsOf } from '../../test/support/evaluation-golden.js';
import { quickMetrics } from './quick-metrics.js';

describe('quick metrics are those of scikit-learn', () => {
  test.each(golden.cases)('$name', (one) => {
    const { labels, probabilities, classes } = predictionsOf(one);
    const metrics = quickMetrics(labels, probabilities, classes.length);
    expect(metrics.loss).toBeCloseTo(one.logLoss, 6);
    expect(metrics.accuracy).toBeCloseTo(one.accuracy, 8);
    expect(metrics.balancedAccuracy).toBeCloseTo(one.balancedAccuracy, 8);
    expect(metrics.macroF1).toBeCloseTo(one.macroF1, 8);
    if (one.rocAuc === null) expect(metrics.auc).toBeNaN();
    else expect(metrics.auc).toBeCloseTo(one.rocAuc, 8);
  });
});

const half = Float32Array.of(0.5, 0.5);

test.each([
  ['evaluate/empty', new Int32Array(), new Float32Array(), 2],
  ['evaluate/size', Int32Array.of(0), half, 3],
  ['evaluate/size', Int32Array.of(0), Float32Array.of(1), 1],
  ['evaluate/size', Int32Array.of(0), new Float32Array(1001), 1001],
  ['evaluate/label', Int32Array.of(2), half, 2],
  ['evaluate/label', Int32Array.of(-1), half, 2],
  ['evaluate/not-finite', Int32Array.of(0), Float32Array.of(0.5, NaN), 2],
])('refuses with %s', (code, labels, probabilities, classes) => {
  expect(() => quickMetrics(labels, probabilities, classes)).toThrow(expect.objectContaining({ code }));
});
