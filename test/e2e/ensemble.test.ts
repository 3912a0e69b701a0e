/** Runs on a simulated sky, put together by the command line: the model, its page, its figures, and what is refused. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { logisticRegression } from '../../src/classical/logistic-regression.js';
import { openDataset } from '../../src/dataset/open.js';
import { kFold } from '../../src/dataset/split.js';
import { encodeManifest, makeManifest, readManifest } from '../../src/dataset/manifest.js';
import { partOf } from '../../src/dataset/part-of.js';
import { answerDataset } from '../../src/evaluate/answer-dataset.js';
import { mixProbabilities } from '../../src/evaluate/ensemble.js';
import { calibrated } from '../../src/evaluate/temperature.js';
import type { Predictions } from '../../src/evaluate/types.js';
import { loadModel } from '../../src/formats/model-file.js';
import { readCard } from '../../src/models/card.js';
import { writeSimulatedSet } from '../../src/recipes/demo.js';
import { stackFeatures } from '../../src/recipes/ensemble-fit.js';
import { ensembleRuns, type EnsembleResult } from '../../src/recipes/ensemble.js';
import { loadRecipe } from '../../src/recipes/library.js';
import { runRecipe } from '../../src/recipes/run.js';
import { projectFile } from '../support/child.js';
import { differences, readTables } from '../support/json-tables.js';
import { workFolder } from '../support/messier.js';

const { path, messier } = workFolder();
const inside = (...parts: string[]) => join(path(), ...parts);

/** Trains a small network for a moment. The length of the name seeds the split. */
async function run(name: string, yaml: string, splitFrom?: string): Promise<void> {
  const file = inside(`${name}.yaml`);
  const seed = name.length;
  await writeFile(
    file,
    `name: ${name}\nsplit: { train: 0.5, validation: 0.25, test: 0.25, seed: ${seed} }\nevaluation: { bootstrap: 100 }\n${yaml}`,
  );
  await runRecipe(loadRecipe(file), { data: inside('sky'), folder: inside(name), splitFrom, threads: 1 });
}

async function answers(folder: string, part: 'validation' | 'test'): Promise<Predictions> {
  const dataset = partOf(await openDataset(inside('sky')), await readManifest(inside('small', 'split.json')), part);
  const { predictions } = await answerDataset(inside(folder, 'model.onnx'), dataset, { inThread: true });
  return predictions;
}

const together = (runs: readonly string[], folder: string, more: Partial<Parameters<typeof ensembleRuns>[0]> = {}) =>
  ensembleRuns({
    runs: runs.map((name) => inside(name)),
    data: inside('sky'),
    folder: inside(folder),
    samples: 100,
    threads: 1,
    ...more,
  });

function difference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] ?? NaN))), 0);
}

const logarithms = (rows: Float32Array) => rows.map((p) => Math.log(Math.max(p, 1e-30)));

beforeAll(async () => {
  vi.stubEnv('MESSIER_HOME', inside('home'));
  await writeSimulatedSet({ folder: inside('sky'), perKind: 20, side: 40, seed: 1 });
  const training = 'training: { epochs: 2, batch: 16, optimizer: { rate: 0.003 } }\n';
  await run('small', `pixels: { size: 24 }\nmodel: { name: four-galaxies }\n${training}`);
  const split = inside('small', 'split.json');
  await run('wide', `pixels: { size: 32, channels: 1 }\nmodel: { name: galaxy-cnn-light }\n${training}`, split);
  await run('elsewhere', `pixels: { size: 24 }\nmodel: { name: four-galaxies }\n${training}`);
});

afterAll(() => {
  vi.unstubAllEnvs();
});

describe('messier ensemble', () => {
  it('writes one model that answers the calibrated mean, its page and its figures', async () => {
    const { stdout, stderr } = await messier(
      ...[
        'ensemble',
        inside('small'),
        inside('wide'),
        '--data',
        inside('sky'),
        '--out',
        inside('both'),
        '--samples',
        '100',
        '--json',
      ],
    );
    expect(stdout, stderr).not.toBe('');
    const result = JSON.parse(stdout) as EnsembleResult;
    const tables = readTables(await readFile(fileURLToPath(projectFile('docs/json.md')), 'utf8'));
    expect(differences(result, 'ensemble', tables)).toEqual([]);
    expect(result).toMatchObject({ method: 'average', split: 'common', pictures: { fitted: 30, judged: 30 } });

    const [small, wide, both] = await Promise.all(['small', 'wide', 'both'].map((folder) => answers(folder, 'test')));
    if (!small || !wide || !both) return expect.unreachable();
    const mean = mixProbabilities([small.probabilities, wide.probabilities], [0.5, 0.5]);
    expect(difference(both.probabilities, calibrated(logarithms(mean), 6, result.temperature))).toBeLessThan(1e-5);
    expect(readCard(loadModel(result.model))).toMatchObject({
      training: { architecture: 'ensemble of four-galaxies, galaxy-cnn-light' },
      metrics: { accuracy: result.ensemble.accuracy.value },
    });
    const { members, ensemble } = result;
    expect(ensemble.parameters).toBe(members.reduce((sum, { parameters }) => sum + parameters, 0));
    const page = await readFile(result.report, 'utf8');
    for (const text of ['Gain', 'Cost', 'correlation of errors', result.best]) expect(page).toContain(text);
    // As a run it may be judged by its split, or be a member of another.
    expect(await readFile(inside('both', 'split.json'), 'utf8')).toBe(await readFile(inside('small', 'split.json'), 'utf8'));
  });

  it('stacks by the regression that the validation part gives', async () => {
    const { l2, temperature, balance } = await together(['small', 'wide'], 'stack', { method: 'stack', balance: 0.5 });
    expect(balance).toBe(0.5);
    const fitted = await Promise.all(['small', 'wide'].map((folder) => answers(folder, 'validation')));
    const { labels = new Int32Array(), ids = [] } = fitted[0] ?? {};
    const { items } = await readManifest(inside('small', 'split.json'));
    const own = ids.map((id) => items.find((item) => item.id === id) ?? expect.unreachable(id));
    const folds = kFold(own, { folds: 5, seed: 0 });
    const features = stackFeatures(
      fitted.map(({ probabilities }) => probabilities),
      6,
    );
    const fit = await logisticRegression(features, labels, { classes: 6, l2: 'auto', folds });
    expect(l2).toBe(fit.l2);
    const judged = await Promise.all(['small', 'wide', 'stack'].map((folder) => answers(folder, 'test')));
    const rows = stackFeatures(
      judged.slice(0, 2).map(({ probabilities }) => probabilities),
      6,
    ).data;
    const [weight, bias] = [fit.weight.data as Float32Array, fit.bias.data as Float32Array];
    const logits = Float32Array.from({ length: (rows.length / 12) * 6 }, (_, at) => {
      const [row, one] = [Math.floor(at / 6), at % 6];
      let sum = bias[one] ?? NaN;
      for (let x = 0; x < 12; x++) sum += (rows[12 * row + x] ?? NaN) * (weight[12 * one + x] ?? NaN);
      return sum;
    });
    const counts = [0, 1, 2, 3, 4, 5].map((one) => labels.filter((label) => label === one).length);
    const offsets = counts.map((count) => Math.log(1 + (0.5 * labels.length) / (6 * count)));
    expect(difference(judged[2]?.probabilities ?? rows, calibrated(logits, 6, temperature, offsets))).toBeLessThan(1e-4);
  });

  it('weighs, and of runs of other splits takes only pictures that none was trained on', async () => {
    const { split, pictures, members } = await together(['small', 'elsewhere'], 'mixed', { method: 'weighted' });
    const [first = NaN, second = NaN] = members.map(({ weight }) => weight ?? NaN);
    expect(first + second).toBeCloseTo(1, 6);
    const [one, two, made] = await Promise.all(
      ['small', 'elsewhere', 'mixed'].map((name) => readManifest(inside(name, 'split.json'))),
    );
    expect(split).toBe('combined');
    expect(pictures.judged).toBeLessThan(30);
    const seen = new Set(
      [one, two].flatMap((each) => each?.items.filter(({ part }) => part === 'train').map(({ hash }) => hash) ?? []),
    );
    const used = made?.items.filter(({ part }) => part !== 'train') ?? [];
    expect(used.length).toBe(pictures.fitted + pictures.judged);
    expect(used.filter(({ hash }) => seen.has(hash))).toEqual([]);
  });

  it('refuses what would not be honest, or would overwrite a run', async () => {
    await cp(inside('small'), inside('forged'), { recursive: true });
    await cp(inside('elsewhere', 'split.json'), inside('forged', 'split.json'));
    await expect(together(['forged', 'wide'], 'no')).rejects.toMatchObject({ code: 'ensemble/split' });
    await expect(together(['small', 'small'], 'no')).rejects.toMatchObject({ code: 'ensemble/members' });
    await expect(together(['small', 'wide'], 'elsewhere')).rejects.toMatchObject({ code: 'ensemble/folder' });
    await expect(together(['small', 'absent'], 'no')).rejects.toMatchObject({ code: 'onnx/file' });
    const { items, dataset, classes, labels, shares, seed } = await readManifest(inside('small', 'split.json'));
    const parts = items.map(({ part }, at) => (part === 'train' ? (at % 2 === 0 ? 'test' : 'validation') : 'train'));
    const swapped = makeManifest({ name: dataset.name, rule: { classes, labels }, seed, shares, items, parts });
    await writeFile(inside('swapped.json'), encodeManifest(swapped));
    await run(
      'swapped',
      'pixels: { size: 24 }\nmodel: { name: four-galaxies }\ntraining: { epochs: 1 }\n',
      inside('swapped.json'),
    );
    await expect(together(['small', 'swapped'], 'no')).rejects.toMatchObject({
      code: 'ensemble/pictures',
      message: expect.stringMatching(/0 are left to fit .* 0 to judge .*--split-from/) as string,
    });
  });
});
