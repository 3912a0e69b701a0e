import { describe, expect, test } from 'vitest';
import { loadTree } from '../recipes/trees.js';
import { galaxyKinds, simulateGalaxy, type GalaxyKind } from '../sky/simulate.js';
import { treeLayout } from './layout.js';
import { sumGaps } from './shares.js';
import { mostVolunteers, simulateVotes } from './simulate.js';
import { parseVoteTree } from './tree.js';

const galaxy = (kind: GalaxyKind, index = 0) => simulateGalaxy(kind, { seed: 1, index }, { side: 16 });
const cases = ['galaxy-zoo-2', 'galaxy-zoo-decals'].flatMap((name) => galaxyKinds.map((kind) => [name, kind] as const));

describe('simulated volunteers', () => {
  test.each(cases)('%s, %s: the sums of the tree hold', (name, kind) => {
    const tree = loadTree(name);
    const { questions } = treeLayout(tree);
    const { counts, shares, truth } = simulateVotes(galaxy(kind), tree, { volunteers: 40, seed: 1, index: 0 });
    for (const [at, { from, count, parents }] of questions.entries()) {
      const votes = counts.subarray(from, from + count).reduce((sum, one) => sum + one, 0);
      const key = tree.questions[at]!.key;
      // Also of what is asked of everyone, who came here by an answer that leads to it.
      const led = tree.questions.flatMap(({ answers }, number) =>
        answers.flatMap(({ next }, answer) => (next === key ? [counts[questions[number]!.from + answer]!] : [])),
      );
      expect(votes).toBe(at === 0 ? 40 : led.reduce((sum, one) => sum + one, 0));
      expect(parents.every(({ columns }) => columns.length > 0)).toBe(true);
    }
    for (const gap of [...sumGaps(tree, shares), ...sumGaps(tree, truth)]) expect(!(gap > 1e-12)).toBe(true);
    expect(truth.every((one) => one >= 0 && one <= 1)).toBe(true);
  });

  test('many volunteers come near the truth', () => {
    const tree = loadTree('galaxy-zoo-2');
    const { shares, truth } = simulateVotes(galaxy('barred', 3), tree, { volunteers: 40_000, seed: 2, index: 3 });
    // Five standard errors of the least certain share; that of "odd" also leaves out those who saw a star.
    shares.forEach((share, at) => expect(Math.abs(share - truth[at]!)).toBeLessThan(5 * Math.sqrt(0.25 / 40_000)));
  });

  test('see what a galaxy is: its own answer leads among the kinds', () => {
    const tree = loadTree('galaxy-zoo-2');
    const truthOf = (kind: GalaxyKind, column: string): number =>
      simulateVotes(galaxy(kind), tree, { volunteers: 1, seed: 1, index: 0 }).truth[treeLayout(tree).columns.indexOf(column)]!;
    const leading = (column: string): GalaxyKind =>
      galaxyKinds.reduce((best, kind) => (truthOf(kind, column) > truthOf(best, column) ? kind : best));
    expect(['Class1.1', 'Class2.1', 'Class3.1', 'Class8.1', 'Class8.6'].map(leading)).toEqual([
      'elliptical',
      'edge_on',
      'barred',
      'ring',
      'merger',
    ]);
  });

  test('seed and number decide the votes', () => {
    const tree = loadTree('galaxy-zoo-2');
    const counts = (seed: number, index: number) => [
      ...simulateVotes(galaxy('spiral'), tree, { volunteers: 40, seed, index }).counts,
    ];
    expect(counts(1, 0)).toEqual(counts(1, 0));
    expect(counts(2, 0)).not.toEqual(counts(1, 0));
    expect(counts(1, 1)).not.toEqual(counts(1, 0));
  });

  test.each([0, 1.5, mostVolunteers + 1, NaN])('%s volunteers are refused', (volunteers) => {
    expect(() => simulateVotes(galaxy('spiral'), loadTree('galaxy-zoo-2'), { volunteers, seed: 1, index: 0 })).toThrow(
      expect.objectContaining({ code: 'votes/simulation' }),
    );
  });

  test.each([
    ['blue', 'yes'],
    ['bar', 'constructor'],
    ['constructor', 'name'],
  ])('a tree that asks "%s" with an answer "%s" is refused', (question, answer) => {
    const answers = [answer, 'no'].map((key) => ({ key, text: key }));
    const tree = parseVoteTree({ name: 't', title: 't', source: 't', questions: [{ key: question, text: 'What?', answers }] });
    expect(() => simulateVotes(galaxy('spiral'), tree, { volunteers: 1, seed: 1, index: 0 })).toThrow(
      expect.objectContaining({ code: 'votes/simulation' }),
    );
  });
});
