import { expect, test } from 'vitest';
import { goldenCase } from '../../test/support/evaluation-golden.js';
import { mostConfidentMistakes } from './predictions.js';

const predictions = {
  classes: ['spiral', 'merger'],
  ids: ['a', 'b', 'c', 'd', 'e'],
  labels: Int32Array.of(0, 0, 1, 1, 0),
  probabilities: Float32Array.of(0.75, 0.25, 0.25, 0.75, 0.875, 0.125, 0.125, 0.875, 0.25, 0.75),
  uncalibrated: new Float32Array(10).fill(0.5),
};

test('the most confident mistakes come first, equal ones in the order of the pictures', () => {
  expect(mostConfidentMistakes(predictions, 10)).toEqual([
    { index: 2, id: 'c', label: 'merger', answer: 'spiral', confidence: 0.875 },
    { index: 1, id: 'b', label: 'spiral', answer: 'merger', confidence: 0.75 },
    { index: 4, id: 'e', label: 'spiral', answer: 'merger', confidence: 0.75 },
  ]);
  expect(mostConfidentMistakes(predictions, 1).map(({ id }) => id)).toEqual(['c']);
});

test('a perfect model makes none', () => {
  expect(mostConfidentMistakes(goldenCase('perfect'), 10)).toEqual([]);
});
