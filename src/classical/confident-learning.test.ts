import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { confidentLearning } from './confident-learning.js';

/** A case of test/golden/classical.json, made with numpy; see classical.py. */
interface GoldenCase {
  readonly name: string;
  readonly labels: readonly number[];
  /** Probabilities in units of 1 / 1024. */
  readonly units: readonly number[];
  readonly classes: number;
  readonly thresholds: readonly number[];
  readonly joint: readonly number[];
  readonly noise: number;
  readonly doubtful: readonly number[];
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/classical.json', import.meta.url), 'utf8')) as {
  readonly confident: readonly GoldenCase[];
};
const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 7) as number);

describe('confident learning', () => {
  test.each(golden.confident)('gives what the formulas give: $name', ({ labels, units, classes, ...expected }) => {
    const probabilities = Float32Array.from(units, (unit) => unit / 1024);
    const { joint, thresholds, noise, doubtful, quality } = confidentLearning(probabilities, labels, classes);
    expect(joint.flat()).toEqual(close(expected.joint));
    expect(thresholds).toEqual(close(expected.thresholds));
    expect(noise).toBeCloseTo(expected.noise, 7);
    expect(doubtful.map(({ index }) => index).sort((a, b) => a - b)).toEqual(expected.doubtful);
    expect(doubtful.map(({ margin }) => margin)).toEqual(doubtful.map(({ margin }) => margin).sort((a, b) => b - a));
    for (const { index, given, suggested, margin } of doubtful) {
      const row = probabilities.subarray(index * classes, (index + 1) * classes);
      expect(given).toBe(labels[index]);
      expect(margin).toBe(row[suggested]! - row[given]!);
      expect(quality[index]).toBe(row[given]);
    }
  });

  test('finds nothing where the answers agree, and leaves a class alone that nobody is sure of', () => {
    const sure = Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.2, 0.8, 0.1, 0.9);
    expect(confidentLearning(sure, [0, 0, 1, 1], 2)).toMatchObject({ noise: 0, doubtful: [] });
    const absent = confidentLearning(Float32Array.of(0.9, 0.1, 0, 0.8, 0.2, 0), [0, 0], 3);
    expect(absent).toMatchObject({ noise: 0, doubtful: [], thresholds: [expect.closeTo(0.85, 6), NaN, NaN] });
  });

  test.each<[string, readonly number[], readonly number[], number, string]>([
    ['too few probabilities', [0.5, 0.5, 1], [0, 1], 2, 'classical/probabilities'],
    ['no pictures', [], [], 2, 'classical/probabilities'],
    ['one class', [1, 1], [0, 0], 1, 'classical/probabilities'],
    ['logits', [2, -1], [0], 2, 'classical/probabilities'],
    ['what is no number', [NaN, 1], [0], 2, 'classical/probabilities'],
    ['a label beyond the classes', [0.5, 0.5], [2], 2, 'classical/labels'],
  ])('refuses %s', (_, probabilities, labels, classes, code) => {
    expect(() => confidentLearning(Float32Array.from(probabilities), labels, classes)).toThrow(expect.objectContaining({ code }));
  });
});
