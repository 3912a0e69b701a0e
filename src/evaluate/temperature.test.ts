import { describe, expect, test } from 'vitest';
import { golden } from '../../test/support/evaluation-golden.js';
import { pattern } from '../../test/support/pattern.js';
import { quickMetrics } from './quick-metrics.js';
import { calibrated, crossFittedTemperature, fitTemperature, LARGEST_TEMPERATURE, LEAST_TEMPERATURE } from './temperature.js';

const logits = pattern('evaluation/logits', [300, 4], 6);

describe('temperatures are those of scipy.optimize', () => {
  test.each(golden.temperatures)('T = $temperature, offsets $offsets', ({ labels, offsets, temperature, logLoss }) => {
    const truth = Int32Array.from(labels);
    const fitted = fitTemperature(logits, truth, 4, offsets);
    expect(fitted / temperature).toBeCloseTo(1, 6);
    expect(quickMetrics(truth, calibrated(logits, 4, fitted, offsets), 4).loss).toBeCloseTo(logLoss, 6);
  });
});

test('no offsets are zeros', () => {
  const labels = Int32Array.from(golden.temperatures[0]?.labels ?? []);
  expect(fitTemperature(logits, labels, 4)).toBe(fitTemperature(logits, labels, 4, [0, 0, 0, 0]));
});

test('answers that are all right or all wrong reach the ends of the range', () => {
  const sure = Float32Array.of(3, 0, 0, 3);
  expect(fitTemperature(sure, Int32Array.of(0, 1), 2)).toBeCloseTo(LEAST_TEMPERATURE, 12);
  expect(fitTemperature(sure, Int32Array.of(1, 0), 2)).toBeCloseTo(LARGEST_TEMPERATURE, 8);
});

test('large logits stay finite', () => {
  const large = Float32Array.of(3e4, -3e4, -3e4, 3e4);
  expect(calibrated(large, 2, LEAST_TEMPERATURE)).toEqual(Float32Array.of(1, 0, 0, 1));
  expect(fitTemperature(large, Int32Array.of(0, 0), 2)).toBeCloseTo(LARGEST_TEMPERATURE, 8);
});

test('each fold is calibrated with the temperature of the other', () => {
  const { labels = [], offsets = [] } = golden.temperatures[5] ?? {};
  const { probabilities, temperatures } = crossFittedTemperature(logits, Int32Array.from(labels), 4, offsets);
  const take = (parity: number): Float32Array => logits.filter((_, at) => Math.floor(at / 4) % 2 === parity);
  temperatures.forEach((temperature, parity) => {
    const truth = Int32Array.from(labels.filter((_, index) => index % 2 === parity));
    expect(temperature).toBe(fitTemperature(take(parity), truth, 4, offsets));
    const others = calibrated(take(1 - parity), 4, temperature, offsets);
    expect(probabilities.filter((_, at) => Math.floor(at / 4) % 2 === 1 - parity)).toEqual(others);
  });
});

test.each([
  ['evaluate/size', () => fitTemperature(logits, new Int32Array(300), 4, [0, 0])],
  ['evaluate/size', () => fitTemperature(logits, new Int32Array(300), 4, [0, 0, 0, NaN])],
  ['evaluate/size', () => fitTemperature(logits, new Int32Array(299), 4)],
  ['evaluate/empty', () => crossFittedTemperature(logits.subarray(0, 4), new Int32Array(1), 4)],
  ['evaluate/not-finite', () => fitTemperature(Float32Array.of(Infinity, 0), new Int32Array(1), 2)],
])('refuses with %s', (code, wrong) => {
  expect(wrong).toThrow(expect.objectContaining({ code }));
});
