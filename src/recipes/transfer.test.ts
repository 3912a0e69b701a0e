import { describe, expect, it } from 'vitest';
import { parseRecipe } from './parse.js';
import { offsetsOf } from './settings.js';
import { headWeights } from './transfer.js';

describe('the weights of classes in a head on features', () => {
  it('are what offsets undo, whatever is drawn and weighed', () => {
    const counts = [90, 9, 1];
    for (const training of ['{}', '{ samplingPower: 0.5 }', '{ samplingPower: 0.2, classWeights: 2 }']) {
      const recipe = parseRecipe(`name: mine\ntraining: ${training}\nevaluation: { balance: 0 }`, 'mine.yaml');
      const offsets = offsetsOf(recipe, counts);
      // Up to a constant for all classes, the logits of a head are log(weight * share); what the balance of 0 adds is 0.
      const answers = headWeights(recipe, counts).map((weight, at) => Math.log(weight) + (offsets[at] ?? 0));
      expect(answers[1]).toBeCloseTo(answers[0] ?? NaN, 12);
      expect(answers[2]).toBeCloseTo(answers[0] ?? NaN, 12);
    }
    expect(headWeights(parseRecipe('name: mine', 'mine.yaml'), counts)).toEqual([1, 1, 1]);
  });

  it('are of classes alone', () => {
    const votes = 'name: mine\ntask: votes\nmodel: { weights: a.onnx }\ntransfer: { headStart: true }';
    expect(() => parseRecipe(votes, 'mine.yaml')).toThrow(/headStart.*heads are fitted to classes/);
  });
});
