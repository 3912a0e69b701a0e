import { expect, test } from 'vitest';
import { holm } from './holm.js';

// R: p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.9), "holm").
test('is that of R', () => {
  const found = holm([0.01, 0.04, 0.03, 0.005, 0.9]);
  [0.04, 0.09, 0.09, 0.025, 0.9].forEach((value, at) => {
    expect(found[at]).toBeCloseTo(value, 12);
  });
});

test('of one test or none changes nothing, and no value exceeds 1', () => {
  expect(holm([0.2])).toEqual([0.2]);
  expect(holm([])).toEqual([]);
  expect(holm([0.6, 0.7])).toEqual([1, 1]);
});
