/** Votes of simulated volunteers through the command line: each head, submissions, and a run that is killed. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTable } from '../../src/formats/csv.js';
import { loadPictureFile } from '../../src/dataset/load-picture.js';
import { openPredictor } from '../../src/evaluate/predictor.js';
import { loadTree } from '../../src/recipes/trees.js';
import { writeSimulatedVotes } from '../../src/recipes/simulated-votes.js';
import { sumGaps } from '../../src/votes/shares.js';
import { treeLayout } from '../../src/votes/layout.js';
import { failureOf, filesOf, jsonOf, killedAt } from '../support/command-runs.js';
import { workFolder } from '../support/messier.js';

const { path, messier } = workFolder();
const inside = (...parts: string[]) => join(path(), ...parts);
const tree = loadTree('galaxy-zoo-2');
const { columns } = treeLayout(tree);

interface Run {
  readonly model: string;
  readonly votes: { readonly rmse: { readonly value: number }; readonly items: { readonly counted: number } };
}
interface Answers {
  readonly predictions: readonly { file: string; label: string; probabilities: Record<string, number> }[];
}

const recipeText = (head: string) => `name: tiny-votes
task: votes
votes: { tree: galaxy-zoo-2, head: ${head} }
split: { train: 0.6, validation: 0.2, test: 0.2 }
pixels: { size: 24 }
augment: { flip: both }
model: { name: four-galaxies }
training: { epochs: 3, batch: 8, optimizer: { rate: 0.005 }, monitor: { metric: rmse } }
evaluation: { views: flips, bootstrap: 100 }
`;

async function recipe(head: string): Promise<string> {
  await writeFile(inside(`${head}.yaml`), recipeText(head));
  return inside(`${head}.yaml`);
}

/** Shares in [0, 1] that respect the tree, as the finished model answers on every picture. */
async function expectShares(model: string): Promise<void> {
  const predictor = await openPredictor(model);
  for (const name of await filesOf(inside('zoo', 'images'))) {
    const { picture } = await loadPictureFile(inside('zoo', 'images', name), predictor.card.stretch);
    const { probabilities } = await predictor.predict(picture);
    expect(probabilities).toHaveLength(columns.length);
    for (const share of probabilities) expect(share >= 0 && share <= 1 + 1e-6).toBe(true);
    for (const gap of sumGaps(tree, probabilities)) expect(gap).toBeLessThan(1e-5);
  }
  await predictor.close();
}

beforeAll(() => writeSimulatedVotes({ folder: inside('zoo'), tree, galaxies: 40, side: 40, volunteers: 20, seed: 3 }));

describe('a model of votes', () => {
  it.each([
    ['softmax', 'zoo'],
    ['dirichlet', 'zoo/counts.csv'],
  ])('with %s answers with shares that respect the tree', async (head, data) => {
    const args = ['train', await recipe(head), '--data', inside(data), '--out', inside(head)];
    const { model, votes } = await jsonOf<Run>(messier, ...args);
    expect(votes.items.counted).toBe(8);
    expect(votes.rmse.value).toBeLessThan(0.5);
    await expectShares(model);
    const { columns: header, rows } = await readTable(inside(head, 'predictions.csv'));
    expect(header).toEqual(['GalaxyID', ...columns]);
    expect(rows).toHaveLength(8);
    for (const { cells } of rows) {
      expect(cells[0]).toMatch(/^1000\d\d$/);
      expect(sumGaps(tree, cells.slice(1).map(Number)).every((gap) => gap < 1e-5)).toBe(true);
    }
  });

  it('with sparsemax does so too, and one that is killed ends in the same bytes when it is resumed', async () => {
    const file = await recipe('sparsemax');
    const args = (out: string) => [file, '--data', inside('zoo'), '--out', inside(out), '--threads', '1'];
    const { model } = await jsonOf<Run>(messier, 'train', ...args('whole'));
    await expectShares(model);
    await killedAt(args('killed'), inside('home'), /epoch 2 of 3: loss/);
    const again = await jsonOf<Run>(messier, 'train', ...args('killed'), '--resume');
    expect(Buffer.compare(await readFile(again.model), await readFile(model))).toBe(0);
  });

  it('prints questions for people, and a submission', async () => {
    const pictures = [inside('zoo', 'images', '100001.jpg'), inside('zoo', 'images', '100002.jpg')];
    const model = inside('softmax', 'model.onnx');
    const { stdout } = await messier('predict', model, ...pictures);
    expect(stdout).toContain('Is the galaxy simply smooth and rounded, with no sign of a disk?');
    expect(stdout).toMatch(/Smooth \d+\.\d %/);
    const { predictions } = await jsonOf<Answers>(messier, 'predict', model, ...pictures);
    for (const { label, probabilities } of predictions) {
      expect(Object.keys(probabilities)).toEqual(columns);
      const first = Object.values(probabilities).slice(0, 3);
      expect(label).toBe(columns[first.indexOf(Math.max(...first))]);
    }
    const submission = (await messier('predict', model, ...pictures, '--csv')).stdout.trim().split('\n');
    expect(submission.map((line) => line.split(',')[0])).toEqual(['GalaxyID', '100001', '100002']);
  });
});

describe('votes that cannot be learned', () => {
  it('are told before pictures are read', async () => {
    const train = async (file: string, data: string) =>
      (await failureOf(messier, 'train', file, '--data', inside(data), '--out', inside('none'))).code;
    expect(await train(await recipe('dirichlet'), 'zoo')).toBe('votes/counts');
    const broken = (await readFile(inside('zoo', 'solutions.csv'), 'utf8')).replaceAll(/^(\d+),[^,]*/gm, '$1,many');
    await writeFile(inside('zoo', 'broken.csv'), broken);
    expect(await train(await recipe('softmax'), 'zoo/broken.csv')).toBe('dataset/empty');
  });
});
