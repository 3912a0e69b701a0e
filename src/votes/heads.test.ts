import { describe, expect, test } from 'vitest';
import { relativeError } from '../../test/support/run-steps.js';
import { applied, goldenVotes, matrix } from '../../test/support/votes.js';
import { randomStream } from '../core/random.js';
import { GraphBuilder } from '../onnx/builder.js';
import { loadTree } from '../recipes/trees.js';
import { dirichletConcentrations, expectedShares, shareActivations, treeShares } from './heads.js';
import { treeLayout } from './layout.js';

/** By how much the answers of any question miss the share that reaches it. */
function gap(name: string, shares: readonly number[]): number {
  const { questions, columns } = treeLayout(loadTree(name));
  const width = columns.length;
  let worst = 0;
  for (let row = 0; row < shares.length / width; row++) {
    const at = (column: number): number => shares[row * width + column]!;
    for (const { from, count, everyone, parents } of questions) {
      const sum = Array.from({ length: count }, (_, answer) => at(from + answer)).reduce((a, b) => a + b, 0);
      const reach = everyone ? 1 : parents.flatMap((parent) => parent.columns.map(at)).reduce((a, b) => a + b, 0);
      worst = Math.max(worst, Math.abs(sum - reach));
    }
  }
  return worst;
}

describe('shares along the tree', () => {
  test.each(goldenVotes.shares)(
    'equal those of PyTorch: $tree, $activation',
    async ({ tree: name, activation, logits, shares }) => {
      const tree = loadTree(name);
      const found = await applied(matrix(logits, treeLayout(tree).columns.length), (g, x) => treeShares(g, x, tree, activation));
      expect(relativeError(found, shares)).toBeLessThan(1e-6);
      expect(found.map((share) => share === 0)).toEqual(shares.map((share) => share === 0));
    },
  );

  test.each(
    ['galaxy-zoo-2', 'galaxy-zoo-decals', 'galaxy-zoo-rings'].flatMap((name) =>
      shareActivations.map((one) => [name, one] as const),
    ),
  )('add up to what reaches each question: %s, %s', async (name, activation) => {
    const tree = loadTree(name);
    const width = treeLayout(tree).columns.length;
    const logits = Array.from(randomStream(1, name).fillNormal(new Float32Array(200 * width), 0, 6));
    const shares = await applied(matrix(logits, width), (g, x) => treeShares(g, x, tree, activation));
    expect(gap(name, shares)).toBeLessThan(1e-6);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
    expect(shares.filter((share) => share === 0).length > 0).toBe(activation === 'sparsemax');
  });

  test('sparsemax of equal and of huge logits', async () => {
    const tree = loadTree('galaxy-zoo-rings');
    const rows = [
      [2, 2, 0, 0, 0, 0, 1e6, -1e6],
      [-1e6, -1e6, 5, 5.5, 0, 1, 0, 0.4],
    ].flat();
    const shares = await applied(matrix(rows, 8), (g, x) => treeShares(g, x, tree, 'sparsemax'));
    const expected = [0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 1, 0, 0.5, 0.5, 0.125, 0.375, 0, 0.125, 0.3, 0.7];
    shares.forEach((share, at) => expect(share).toBeCloseTo(expected[at]!, 6));
  });

  test('a network with another number of outputs is refused', () => {
    const g = new GraphBuilder();
    const logits = g.input('x', 'float32', ['N', 36]);
    const refused = (): unknown => treeShares(g, logits, loadTree('galaxy-zoo-2'));
    expect(refused).toThrow(expect.objectContaining({ code: 'votes/shape' }));
    expect(refused).toThrow('37 answers');
  });
});

describe('Dirichlet concentrations', () => {
  test.each(goldenVotes.counts)(
    'and expected shares equal those of PyTorch: $tree',
    async ({ tree: name, logits, concentrations, expected }) => {
      const tree = loadTree(name);
      const x = matrix(logits, treeLayout(tree).columns.length);
      expect(relativeError(await applied(x, dirichletConcentrations), concentrations)).toBeLessThan(1e-6);
      const found = await applied(x, (g, z) => expectedShares(g, dirichletConcentrations(g, z), tree));
      expect(relativeError(found, expected)).toBeLessThan(1e-6);
      expect(gap(name, found)).toBeLessThan(1e-6);
    },
  );

  test('stay finite and above 0 for any logits', async () => {
    expect(await applied(matrix([-1e30, 0, 1e30], 3), dirichletConcentrations)).toEqual([1, 51, 101]);
  });
});
