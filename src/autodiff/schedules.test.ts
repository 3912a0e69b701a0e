import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { constantRate, cosineDecay, exponentialDecay, oneCycle, stepDecay, warmUp, type Schedule } from './schedules.js';

/** A case of test/golden/schedules.json, made with torch.optim.lr_scheduler; see schedules.py. */
interface GoldenSchedule {
  readonly kind: string;
  readonly base: number;
  readonly rates: readonly number[];
  readonly every: number;
  readonly gamma: number;
  readonly steps: number;
  readonly minimum: number;
  readonly warmup: number;
  readonly start: number;
  readonly pctStart: number;
  readonly divide: number;
  readonly finalDivide: number;
  readonly shape: string;
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/schedules.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly GoldenSchedule[];
};

const schedules: Readonly<Record<string, (one: GoldenSchedule) => Schedule>> = {
  step: ({ base, every, gamma }) => stepDecay(base, { every, factor: gamma }),
  exponential: ({ base, gamma }) => exponentialDecay(base, { factor: gamma }),
  cosine: ({ base, steps, minimum }) => cosineDecay(base, { steps, floor: minimum }),
  warmupCosine: ({ base, steps, minimum, warmup, start }) =>
    warmUp(cosineDecay(base, { steps: steps - warmup, floor: minimum }), { steps: warmup, start }),
  oneCycle: ({ base, steps, pctStart, divide, finalDivide }) =>
    oneCycle(base, { steps, rising: pctStart, start: divide, end: finalDivide }),
};

/** Those that PyTorch has and this package does not: one cycle along straight lines, and the one that looks at a metric. */
const ours = golden.cases.filter(({ kind, shape }) => kind in schedules && shape !== 'linear');

describe('schedules follow those of PyTorch', () => {
  test('all that there are', () => {
    expect(ours.map(({ kind }) => kind)).toEqual(Object.keys(schedules));
  });

  test.each(ours)('$kind', (one) => {
    const schedule = schedules[one.kind]!(one);
    one.rates.forEach((rate, step) => {
      expect(schedule(step), `step ${step}`).toBeCloseTo(rate, 7);
    });
  });
});

test('after its end a schedule stays where it ended', () => {
  expect(cosineDecay(1, { steps: 10, floor: 0.25 })(25)).toBeCloseTo(0.25);
  const cycle = oneCycle(1, { steps: 10 });
  expect(cycle(25)).toBeCloseTo(cycle(9));
});

test('one rate for ever', () => {
  expect([0, 1, 1e6].map(constantRate(0.5))).toEqual([0.5, 0.5, 0.5]);
});

test.each([
  ['a rate of 0', () => constantRate(0)],
  ['a rate that is no number', () => cosineDecay(NaN, { steps: 3 })],
  ['no steps', () => warmUp(constantRate(1), { steps: 0 })],
])('%s is refused', (_, make) => {
  expect(make).toThrow(expect.objectContaining({ code: 'schedule/option' }));
});
