import { describe, expect, it } from 'vitest';
import { randomStream } from '../core/random.js';
import { parseRecipe } from './parse.js';
import { offsetsOf, preprocessOf, scheduleOf } from './settings.js';

const recipe = (rest: string) => parseRecipe(`name: mine\n${rest}`, 'mine.yaml');

describe('offsetsOf', () => {
  it('leaves logits as they are without a balance', () => {
    expect(offsetsOf(recipe('training: { samplingPower: 0.5 }'), [90, 10])).toEqual([0, 0]);
  });

  it('only undoes the sampling with a balance of 0', () => {
    const [frequent = NaN, rare = NaN] = offsetsOf(
      recipe('training: { samplingPower: 0 }\nevaluation: { balance: 0 }'),
      [90, 10],
    );
    expect(frequent - rare).toBeCloseTo(Math.log(9), 12);
  });

  it('has no sampling to undo of a head on features', () => {
    const head = 'model: { weights: a.onnx }\ntransfer: { mode: features }\n';
    const rest = 'training: { samplingPower: 0 }\nevaluation: { balance: 0 }';
    expect(offsetsOf(recipe(`${head}${rest}`), [90, 10]).map(Math.abs)).toEqual([0, 0]);
  });

  it('maximises accuracy + balance * balanced accuracy, as a search over offsets finds', () => {
    const balance = 0.8;
    const random = randomStream(3);
    // Three classes on a line with normal scatter; the posterior is known exactly.
    const shares = [0.7, 0.25, 0.05];
    const items = Array.from({ length: 60_000 }, () => {
      const draw = random.uniform();
      const label = draw < 0.7 ? 0 : draw < 0.95 ? 1 : 2;
      const x = label + 0.8 * random.normal();
      return { label, logits: shares.map((share, c) => Math.log(share) - (x - c) ** 2 / (2 * 0.8 ** 2)) };
    });
    const gain = (offsets: readonly number[]): number => {
      const right = [0, 0, 0];
      const counts = [0, 0, 0];
      for (const { label, logits } of items) {
        const scores = logits.map((logit, c) => logit + (offsets[c] ?? 0));
        counts[label] = (counts[label] ?? 0) + 1;
        if (scores.indexOf(Math.max(...scores)) === label) right[label] = (right[label] ?? 0) + 1;
      }
      const recalls = right.map((hits, c) => hits / (counts[c] ?? 1));
      return (
        right.reduce((sum, hits) => sum + hits, 0) / items.length +
        (balance * recalls.reduce((sum, recall) => sum + recall, 0)) / 3
      );
    };
    const counts = shares.map((share) => share * 1000);
    const ours = offsetsOf(recipe(`evaluation: { balance: ${balance} }`), counts);
    const steps = [-0.3, 0, 0.3];
    const others = steps.flatMap((a) => steps.map((b) => gain([ours[0] ?? 0, (ours[1] ?? 0) + a, (ours[2] ?? 0) + b])));
    expect(gain(ours)).toBeGreaterThanOrEqual(Math.max(...others) - 0.001);
    expect(gain(ours)).toBeGreaterThan(gain([0, 0, 0]) + 0.01);
  });
});

describe('settings of a recipe', () => {
  it('repeat one number for every channel', () => {
    expect(preprocessOf(recipe('pixels: { mean: 0, deviation: [1, 2, 3] }'))).toMatchObject({
      mean: [0, 0, 0],
      deviation: [1, 2, 3],
    });
  });

  it('give schedules that peak at the rate', () => {
    const rates = (schedule: string) => {
      const at = scheduleOf(recipe(`training: { schedule: ${schedule}, optimizer: { rate: 0.01 } }`), 100);
      return Math.max(...Array.from({ length: 100 }, (_, step) => at(step)));
    };
    for (const schedule of ['constant', 'cosine', 'oneCycle']) expect(rates(schedule)).toBeCloseTo(0.01, 4);
  });
});
