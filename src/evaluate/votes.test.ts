import { describe, expect, test } from 'vitest';
import { goldenVotes } from '../../test/support/votes.js';
import { randomStream } from '../core/random.js';
import { loadTree } from '../recipes/trees.js';
import { pathShares } from '../votes/shares.js';
import { evaluateVotes, meanShares, quickVotes } from './votes.js';
import type { VotePredictions } from './votes-types.js';

const rings = loadTree('galaxy-zoo-rings');

/** Six galaxies of the golden file. */
function golden(): VotePredictions {
  const { shares, targets, tree } = goldenVotes.figures;
  return {
    tree: loadTree(tree),
    shares,
    observed: targets.map((target) => target ?? NaN),
    weights: targets.map((target) => (target === null ? 0 : 1)),
    trainingMean: new Float64Array(37).fill(0.5),
  };
}

describe('figures of votes equal those of numpy', () => {
  const found = evaluateVotes(golden(), { samples: 10 });
  const { rmse, rmseOfZeros, columns, questions } = goldenVotes.figures;

  test('over all shares, and of zeros', () => {
    expect(found.rmse.value).toBeCloseTo(rmse, 8);
    expect(found.zeros.value).toBeCloseTo(rmseOfZeros, 8);
  });

  test('by question and by column', () => {
    found.questions.forEach(({ rmse: own }, at) => expect(own!.value).toBeCloseTo(questions[at]!, 8));
    const answers = found.questions.flatMap((question) => question.answers);
    expect(answers.map(({ column }) => column)).toEqual(found.columns);
    answers.forEach(({ rmse: own }, at) => expect(own).toBeCloseTo(columns[at]!, 8));
  });

  test('the baseline is that of a model with the same constant answer', () => {
    const constant = evaluateVotes({ ...golden(), shares: new Float64Array(6 * 37).fill(0.5) }, { samples: 10 });
    expect(constant.rmse).toEqual(found.baseline);
    expect(constant.gain.value).toBe(0);
    expect(found.gain.value).toBeCloseTo(found.baseline.value - found.rmse.value, 12);
  });
});

test('intervals are percentiles over galaxies', () => {
  // Errors of 0.1 or 0.3 in all shares: a resample with m of the second has the mean square 0.01 + 0.08 m / n.
  const observed = new Float64Array(100 * 8).fill(0.4);
  const shares = observed.map((share, at) => share + (Math.floor(at / 8) % 2 === 0 ? 0.1 : 0.3));
  const { rmse } = evaluateVotes({
    tree: rings,
    shares,
    observed,
    weights: new Float64Array(800).fill(1),
    trainingMean: new Float64Array(8),
  });
  expect(rmse.value).toBeCloseTo(Math.sqrt(0.05), 12);
  // m is binomial: 50 +- 1.96 * 5, to within the scatter of 1000 resamples.
  expect(Math.abs(rmse.low - Math.sqrt(0.01 + 0.08 * 0.402))).toBeLessThan(0.004);
  expect(Math.abs(rmse.high - Math.sqrt(0.01 + 0.08 * 0.598))).toBeLessThan(0.004);
});

describe('what counts', () => {
  const observed = [
    [0.8, 0.2, 0.6, 0.2, 0.5, 0.1, 1, 0],
    [0.3, 0.7, 0.2, 0.1, 0.1, 0.1, 0, 1],
  ];
  const shares = [
    [0.6, 0.4, 0.2, 0.4, 0.1, 0.1, 0.9, 0.1],
    [0.6, 0.4, 0.5, 0.1, 0.4, 0.1, 0.2, 0.8],
  ];
  const ones = new Float64Array(16).fill(1);
  const judged = (weights: ArrayLike<number>) =>
    evaluateVotes(
      { tree: rings, shares: shares.flat(), observed: observed.flat(), weights, trainingMean: new Float64Array(8) },
      { samples: 10 },
    );

  test('answers are right or wrong where at least half of the volunteers were asked', () => {
    const { questions } = judged(ones);
    expect(questions.map(({ accuracy, asked }) => [accuracy?.value, asked])).toEqual([
      [0.5, 2],
      [0, 1],
      [1, 1],
      [1, 2],
    ]);
  });

  test('undefined shares count nowhere', () => {
    const weights = ones.map((_, at) => (at % 8 === 4 || at % 8 === 5 ? 0 : 1));
    const { questions, calibration } = judged(weights);
    expect(questions[2]).toMatchObject({ rmse: null, baseline: null, accuracy: null, asked: 0 });
    expect(questions[2]!.answers[0]).toMatchObject({ rmse: null, meanObserved: null, meanPredicted: null });
    expect(calibration.bins.reduce((sum, { count }) => sum + count, 0)).toBe(12);
  });

  test('bins of predicted shares hold what was observed of them', () => {
    const { bins, error } = judged(ones).calibration;
    // Predicted 0.9 to 1: 0.9 lies in (0.8, 0.9] with 1 observed; 0.8 in (0.7, 0.8] with 1.
    expect(bins[8]).toMatchObject({ count: 1, predicted: 0.9, observed: 1 });
    expect(bins[7]).toMatchObject({ count: 1, predicted: 0.8, observed: 1 });
    expect(bins[9]).toMatchObject({ count: 0, predicted: null, observed: null });
    const expected = bins.reduce((sum, bin) => sum + bin.count * Math.abs((bin.predicted ?? 0) - (bin.observed ?? 0)), 0) / 16;
    expect(error.value).toBeCloseTo(expected, 12);
  });
});

describe('coverage', () => {
  // Two answers to one question; their probability is drawn from Beta(6, 3) and 30 volunteers vote.
  const tree = { ...rings, questions: rings.questions.slice(3) };
  const galaxies = 2000;
  const random = randomStream(1, 'beta');
  /** The sixth smallest of eight even numbers. */
  const drawn = (): number => Array.from({ length: 8 }, () => random.uniform()).sort((a, b) => a - b)[5]!;
  const counts = Array.from({ length: galaxies }, () => {
    const p = drawn();
    const yes = Array.from({ length: 30 }, () => random.uniform()).filter((one) => one < p).length;
    return [yes, 30 - yes];
  }).flat();
  const judge = (a: number, b: number) => {
    const concentrations = Array.from({ length: galaxies }, () => [a, b]).flat();
    const shares = concentrations.map((one) => one / (a + b));
    const observed = counts.map((count) => count / 30);
    return evaluateVotes(
      { tree, shares, observed, weights: shares.map(() => 1), trainingMean: [0.5, 0.5], dirichlet: { concentrations, counts } },
      { samples: 20 },
    ).dirichlet!;
  };

  test('is what it should be of a model that is right', () => {
    const { coverage, counts: looked } = judge(6, 3);
    expect(looked).toBe(2 * galaxies);
    for (const { level, covered } of coverage) {
      // Both answers of a galaxy say the same; four standard errors of a share of 2000.
      expect(Math.abs(covered.value - level)).toBeLessThan(4 * Math.sqrt((level * (1 - level)) / galaxies));
    }
  });

  test('tells a model that is too sure from one that is not sure enough; both are less likely', () => {
    const [right, sure, unsure] = [judge(6, 3), judge(60, 30), judge(1.2, 0.6)];
    expect(sure.coverage[2]!.covered.value).toBeLessThan(0.7);
    expect(unsure.coverage[2]!.covered.value).toBeGreaterThan(0.95);
    expect(right.logLoss.value).toBeLessThan(sure.logLoss.value);
    expect(right.logLoss.value).toBeLessThan(unsure.logLoss.value);
  });
});

test('a validation is judged by the same figures, without intervals', () => {
  const { rmse, questions } = evaluateVotes(golden(), { samples: 10 });
  const { value } = rmse;
  expect(quickVotes(golden())).toEqual({ rmse: value, loss: value ** 2, accuracy: questions[0]!.accuracy!.value });
  expect(quickVotes({ ...golden(), weights: new Float64Array(6 * 37) })).toEqual({});
});

test('means of training shares leave out what is undefined', () => {
  expect([...meanShares({ shares: [0.2, 9, 0.4, 0.8], weights: [1, 0, 1, 0] }, 2)]).toEqual([0.30000000000000004, 0]);
});

test('the evaluation is plain JSON', () => {
  const found = evaluateVotes(golden(), { samples: 10, skipped: [{ id: 'a', code: 'votes/sum', reason: 'x' }] });
  expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  expect(found.items).toMatchObject({ counted: 6, skipped: 1 });
});

test.each<[string, string, Partial<VotePredictions>]>([
  ['no galaxies', 'evaluate/empty', { shares: [], observed: [], weights: [] }],
  ['rows of another width', 'evaluate/size', { shares: [1, 2], observed: [1, 2], weights: [1, 1] }],
  ['fewer observed', 'evaluate/size', { observed: [0.5] }],
  ['means of another width', 'evaluate/size', { trainingMean: [0.5] }],
  [
    'a share that is no number',
    'evaluate/not-finite',
    { shares: pathShares(loadTree('galaxy-zoo-2'), new Float64Array(6 * 37).fill(NaN)) },
  ],
])('%s: %s', (_, code, part) => {
  expect(() => evaluateVotes({ ...golden(), ...part })).toThrow(expect.objectContaining({ code }));
});
