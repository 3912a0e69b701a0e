import { describe, expect, it } from 'vitest';
import { simulate } from '../../test/support/report-cases.js';
import { evaluatePredictions } from '../evaluate/evaluate.js';
import type { Evaluation } from '../evaluate/types.js';
import { inWords } from './words.js';

const judge = (support: readonly number[], lead: readonly number[]): Evaluation =>
  evaluatePredictions(
    simulate({ classes: ['elliptical', 'spiral', 'merger'].slice(0, support.length), support, lead, seed: 1 }),
    {
      samples: 200,
    },
  );
const said = (evaluation: Evaluation): string => inWords(evaluation).join('\n').replaceAll('\u00A0', ' ');

describe('a model in words', () => {
  const weak = judge([500, 300, 20], [5, 4, 1]);

  it('names the baseline, the weakest class, the confusion and the class with few pictures, with their figures', () => {
    const text = said(weak);
    expect(text).toContain(
      `It names ${(100 * weak.accuracy.value).toFixed(1)} % of 820 pictures rightly, clearly more than the 61.0 %`,
    );
    expect(text).toContain(`weakest at “merger”: it finds ${(100 * weak.perClass[2]!.recall).toFixed(1)} % of 20 pictures`);
    expect(text).toMatch(/Most often it takes “\w+” for “\w+”: \d+ pictures?, [\d.]+ % of that class/);
    expect(text).toContain('Figures of “merger” (20) are uncertain');
    expect(text).not.toContain('No judged picture');
  });

  it('does not call figures of many pictures uncertain', () => {
    expect(said(judge([500, 400, 400], [3, 3, 3]))).not.toContain('uncertain');
  });

  it('does not praise a model that guesses', () => {
    const text = said(judge([300, 100, 50], [0, 0, 0]));
    expect(text).toContain('is not shown to be more than the 66.7 % of always answering “elliptical”');
    expect(text).not.toContain('clearly');
  });

  it('tells accuracy from balanced accuracy where a rare class is all there is to win', () => {
    const rare: Evaluation = {
      ...weak,
      accuracy: { value: 0.9, low: 0.88, high: 0.92 },
      balancedAccuracy: { value: 0.8, low: 0.7, high: 0.9 },
      baseline: {
        ...weak.baseline,
        accuracy: { value: 0.91, low: 0.89, high: 0.93 },
        balancedAccuracy: { value: 0.33, low: 0.33, high: 0.33 },
      },
    };
    expect(said(rare)).toContain('not clearly more than the 91.0 % of always answering “elliptical”');
    expect(said(rare)).toContain('80.0 % against 33.0 %. That is clearly better.');
  });

  it('says what no mistake is worth: 1 - 0.05^(1/n), 9.5 % for 30 pictures', () => {
    const text = said(judge([15, 15], [30, 30]));
    expect(text).toContain('It made no mistake; with 30 pictures that leaves room for up to 9.5 %.');
  });

  it('says which classes nothing is known about', () => {
    expect(said(judge([200, 0, 100], [3, 3, 3]))).toContain('No judged picture shows “spiral”');
  });

  it('says that nothing is known where nothing was judged', () => {
    expect(inWords({ ...weak, items: { ...weak.items, counted: 0 } })).toEqual([
      'No picture was judged, so nothing is known about this model.',
    ]);
  });

  it('tells too sure from not sure enough', () => {
    const off = (confidence: number, accuracy: number): Evaluation => ({
      ...weak,
      calibration: {
        ...weak.calibration,
        after: { error: { value: 0.2, low: 0.1, high: 0.3 }, bins: [{ from: 0, to: 1, count: 9, confidence, accuracy }] },
      },
    });
    expect(said(off(0.9, 0.7))).toContain('it is surer than it should be');
    expect(said(off(0.7, 0.9))).toContain('it is less sure than it could be');
  });
});
