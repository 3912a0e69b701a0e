import { describe, expect, test } from 'vitest';
import { randomStream } from '../core/random.js';
import { parseVoteTree } from '../votes/tree.js';
import { compareVotePredictions, type NamedVotes } from './compare-votes.js';
import { evaluateVotes, meanShares } from './votes.js';

const answer = (key: string, column: string, next?: string) => ({ key, text: key, column, ...(next !== undefined && { next }) });
const tree = parseVoteTree(
  {
    name: 'small',
    title: 'Small',
    source: 'this test',
    idColumn: 'id',
    questions: [
      { key: 'round', text: 'Round?', answers: [answer('yes', 'a'), answer('no', 'b', 'bar'), answer('star', 'c')] },
      { key: 'bar', text: 'Bar?', answers: [answer('yes', 'd'), answer('no', 'e')] },
    ],
  },
  'small',
);
const galaxies = 120;
const width = 5;

/** Shares that respect the tree; the second question of every fourth galaxy is undefined. */
function truth() {
  const stream = randomStream(1, 'truth');
  const shares = new Float32Array(galaxies * width);
  const weights = new Float32Array(galaxies * width).fill(1);
  for (let galaxy = 0; galaxy < galaxies; galaxy++) {
    const [one, two, bar] = [0.5 * stream.uniform(), 0.5 * stream.uniform(), stream.uniform()];
    shares.set([one, two, 1 - one - two, two * bar, two * (1 - bar)], galaxy * width);
    if (galaxy % 4 === 0) weights.fill(0, galaxy * width + 3, (galaxy + 1) * width);
  }
  return { shares, weights };
}

const observed = truth();
const ids = Array.from({ length: galaxies }, (_, galaxy) => `${galaxy}.jpg`);

function model(name: string, noise: number): NamedVotes {
  const stream = randomStream(2, name);
  const shares = observed.shares.map((share) => share + noise * stream.normal());
  const trainingMean = meanShares(observed, width);
  return { name, ids, predictions: { tree, shares, observed: observed.shares, weights: observed.weights, trainingMean } };
}

const models = [model('good', 0.05), model('poor', 0.2), model('also good', 0.05)];

describe('a comparison of models of votes', () => {
  const comparison = compareVotePredictions(models);

  test('gives each model and the mean the errors they have alone', () => {
    models.forEach(({ predictions }, at) => {
      const alone = evaluateVotes(predictions);
      for (const end of ['value', 'low', 'high'] as const) {
        expect(comparison.models[at]?.rmse[end]).toBeCloseTo(alone.rmse[end], 10);
        expect(comparison.baseline.rmse[end]).toBeCloseTo(alone.baseline[end], 10);
      }
    });
    expect(comparison).toMatchObject({ columns: ['a', 'b', 'c', 'd', 'e'], pictures: galaxies });
  });

  test('tells apart what differs, and corrects for three tests', () => {
    const [different, alike] = comparison.pairs;
    expect([different?.first, different?.second]).toEqual(['good', 'poor']);
    expect(different?.difference.rmse.high).toBeLessThan(0);
    expect(different?.permutation).toBeCloseTo(1e-4, 12);
    expect(different?.adjusted).toBeCloseTo(3e-4, 12);
    expect(alike?.permutation).toBeGreaterThan(0.05);
    expect(alike?.difference.rmse.low).toBeLessThan(0);
    expect(alike?.difference.rmse.high).toBeGreaterThan(0);
  });

  test('against the first alone makes fewer tests', () => {
    const { pairs } = compareVotePredictions(models, { against: 'first', samples: 50 });
    expect(pairs.map(({ second }) => second)).toEqual(['poor', 'also good']);
    expect(pairs[0]?.adjusted).toBeCloseTo(2e-4, 12);
  });
});

test.each([
  ['equal names', [models[0], models[0]]],
  ['other galaxies', [models[0], { ...model('other', 0.1), ids: [...ids].reverse() }]],
  ['other votes', [models[0], { ...models[1], predictions: { ...model('other', 0.1).predictions, observed: observed.weights } }]],
  ['none', []],
])('refuses %s', (_, wrong) => {
  expect(() => compareVotePredictions(wrong as readonly NamedVotes[])).toThrow(
    expect.objectContaining({ code: 'evaluate/compare' }),
  );
});
