/** Models beside one another through the command line: messier compare with a split, of votes and of texts, and messier study. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { command as compareCommand } from '../../src/cli/compare.js';
import { command as evaluateCommand } from '../../src/cli/evaluate.js';
import { command as studyCommand } from '../../src/cli/study.js';
import type { CommandDefinition } from '../../src/cli/command.js';
import type { ModelComparison } from '../../src/evaluate/comparison-types.js';
import type { Interval } from '../../src/evaluate/types.js';
import { saveModel } from '../../src/formats/model-file.js';
import { createModel } from '../../src/models/registry.js';
import { writeSimulatedSet } from '../../src/recipes/demo.js';
import { writeSimulatedVotes } from '../../src/recipes/simulated-votes.js';
import type { Study } from '../../src/recipes/study.js';
import { loadTree } from '../../src/recipes/trees.js';
import { projectFile } from '../support/child.js';
import { differences, readTables } from '../support/json-tables.js';
import { workFolder } from '../support/messier.js';

const { path } = workFolder();
const inside = (...parts: string[]) => join(path(), ...parts);

interface Ran<Data> {
  readonly data: Data;
  readonly text: string;
  readonly code: number;
  readonly news: readonly string[];
}

interface Compared {
  readonly comparison: ModelComparison;
}

/** Runs a command without a process of its own. */
async function run<Data>(
  command: CommandDefinition,
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
  signal = new AbortController().signal,
): Promise<Ran<Data>> {
  const news: string[] = [];
  const context = { progress: () => undefined, log: (text: string) => news.push(text), signal };
  const { data, text, code = 0 } = await command.run(args, command.options.parse(options), context);
  return { data: JSON.parse(JSON.stringify(data)) as Data, text, code, news };
}

const json = async <Data>(...file: string[]): Promise<Data> => JSON.parse(await readFile(inside(...file), 'utf8')) as Data;

const small = `name: small
split: { train: 0.6, validation: 0.2, test: 0.2, seed: 1 }
pixels: { size: 24 }
training: { epochs: 1, batch: 32 }
evaluation: { bootstrap: 100 }
`;

let tables: ReturnType<typeof readTables>;

beforeAll(async () => {
  vi.stubEnv('MESSIER_HOME', inside('home'));
  tables = readTables(await readFile(fileURLToPath(projectFile('docs/json.md')), 'utf8'));
  await writeSimulatedSet({ folder: inside('sky'), perKind: 10, side: 32, seed: 1 });
  await writeFile(inside('small.yaml'), small);
});
afterAll(() => {
  vi.unstubAllEnvs();
});

describe('messier study models', () => {
  const options = () => ({
    data: inside('sky'),
    out: inside('models'),
    models: 'four-galaxies,galaxy-cnn-light',
  });
  let first: Ran<Study>;

  beforeAll(async () => {
    first = await run<Study>(studyCommand, ['models', inside('small.yaml')], options());
  });

  it('trains each network on one split and compares each with each', async () => {
    const { data, text, code, news } = first;
    expect(differences(data, 'study', tables)).toEqual([]);
    expect(await json('models', 'study.json')).toEqual(data);
    expect(code).toBe(0);
    expect(data.runs.map(({ name, title, state }) => [name, title, state])).toEqual([
      ['four-galaxies', '24 pixels, random weights', 'done'],
      ['galaxy-cnn-light', '24 pixels, random weights', 'done'],
    ]);
    const { comparison } = data;
    expect(comparison?.pairs).toMatchObject([{ first: 'four-galaxies', second: 'galaxy-cnn-light' }]);
    expect(comparison?.parts).toEqual({
      judged: { pictures: 12, of: 12 },
      train: { pictures: 36, of: 36 },
      validation: { pictures: 12, of: 12 },
    });
    const split = await readFile(inside('models', 'split.json'), 'utf8');
    for (const { folder, cost } of data.runs) {
      expect(await readFile(join(folder, 'split.json'), 'utf8')).toBe(split);
      expect(cost?.trainable).toBe(cost?.parameters);
    }
    expect(news.filter((line) => line.startsWith('variant '))).toHaveLength(2);
    expect(text).toContain('galaxy-cnn-light');
    expect(await readFile(inside('models', 'study.html'), 'utf8')).toContain('galaxy-cnn-light');
  });

  it('judges each as its run did', async () => {
    for (const { folder, name } of first.data.runs) {
      const { accuracy } = JSON.parse(await readFile(join(folder, 'evaluation.json'), 'utf8')) as { accuracy: { value: number } };
      const row = first.data.comparison?.models.find((model) => model.name === name);
      expect(row?.figures['accuracy']?.value).toBe(accuracy.value);
    }
  });

  it('refuses a folder that is used, and with --resume takes what is done and trains what is not', async () => {
    await expect(run(studyCommand, ['models', inside('small.yaml')], options())).rejects.toMatchObject({ code: 'train/folder' });
    const kept = await readFile(inside('models', 'four-galaxies', 'model.onnx'));
    await rm(inside('models', 'galaxy-cnn-light'), { recursive: true });
    const again = await run<Study>(studyCommand, ['models', inside('small.yaml')], { ...options(), resume: true });
    expect(again.news.filter((line) => line.endsWith(', done before')).map((line) => line.split(' ')[4])).toEqual([
      'four-galaxies',
    ]);
    expect(again.data.runs.map(({ state }) => state)).toEqual(['done', 'done']);
    expect(again.data.runs.map(({ cost }) => cost?.seconds)[0]).toBe(first.data.runs[0]?.cost?.seconds);
    expect(Buffer.compare(await readFile(inside('models', 'four-galaxies', 'model.onnx')), kept)).toBe(0);
    expect(again.data.comparison?.models.map(({ figures }) => figures)).toEqual(
      first.data.comparison?.models.map(({ figures }) => figures),
    );
  });

  it('does not take a run of another recipe for one of this', async () => {
    const changed = await run<Study>(studyCommand, ['models', inside('small.yaml')], {
      ...options(),
      models: 'four-galaxies',
      seed: 7,
      resume: true,
    });
    expect(changed.data.runs).toMatchObject([{ state: 'failed', error: { code: 'train/fingerprint' } }]);
    expect(changed).toMatchObject({ code: 1, data: { comparison: null, report: null } });
  });

  it('stopped by Ctrl-C says how far it came', async () => {
    const stop = new AbortController();
    stop.abort(new DOMException('Interrupted.', 'AbortError'));
    const stopped = run(studyCommand, ['models', inside('small.yaml')], { ...options(), out: inside('stopped') }, stop.signal);
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    expect((await json<Study>('stopped', 'study.json')).runs.map(({ state }) => state)).toEqual(['open', 'open']);
  });

  it('makes the models that messier compare sets side by side, each with its parts', async () => {
    const folders = first.data.runs.map(({ folder }) => folder);
    const data = { data: inside('sky'), split: inside('models', 'split.json'), samples: 100 };
    const compared = await run<Compared>(compareCommand, folders, { ...data, out: inside('page.html') });
    expect(differences(compared.data, 'compare', tables)).toEqual([]);
    expect(compared.data.comparison.models.map(({ figures }) => figures)).toEqual(
      first.data.comparison?.models.map(({ figures }) => figures),
    );
    expect(await readFile(inside('page.html'), 'utf8')).toContain('training: 36');
    const { data: all } = await run<Compared>(compareCommand, folders, { data: inside('sky'), samples: 100 });
    expect(all.comparison).toMatchObject({ judged: 'all', parts: { judged: { pictures: 60, of: 60 }, train: null } });
  });
});

describe('messier study transfer', () => {
  it('holds ways to use weights beside the first, and a way that fails stops no other', async () => {
    const weights = inside('weights.onnx');
    await saveModel(createModel('galaxy-cnn-light', { classes: 5, height: 24, width: 24, seed: 3 }), weights);
    // A network of this name takes no pictures of 24 pixels: without the weights it can't be built.
    await writeFile(inside('transfer.yaml'), `${small}model: { name: inception-v3 }\n`);
    const { data, code } = await run<Study>(studyCommand, ['transfer', inside('transfer.yaml')], {
      data: inside('sky'),
      out: inside('transfer'),
      weights,
      only: 'scratch,all,features',
    });
    expect(differences(data, 'study', tables)).toEqual([]);
    expect(data.runs.map(({ name, state }) => [name, state])).toEqual([
      ['features', 'done'],
      ['all', 'done'],
      ['scratch', 'failed'],
    ]);
    expect(data.runs[2]?.error).toMatchObject({ code: 'model/option' });
    expect(code).toBe(1);
    const [features, all] = data.runs.map(({ cost }) => cost);
    expect(all?.trainable).toBe(all?.parameters);
    // The head alone: as many weights and one bias for each of six classes.
    expect(features?.parameters).toBe(all?.parameters);
    expect((features?.trainable ?? 0) % 6).toBe(0);
    expect(features?.trainable).toBeLessThan((all?.trainable ?? 0) / 10);
    expect(data.comparison?.pairs.map(({ first, second }) => [first, second])).toEqual([['features', 'all']]);
    const page = await readFile(inside('transfer', 'study.html'), 'utf8');
    expect(page).toContain('[model/option]');
  });

  it('tells what is wrong before anything is trained', async () => {
    const args = ['transfer', inside('small.yaml')];
    const data = { data: inside('sky'), out: inside('none') };
    await expect(run(studyCommand, args, data)).rejects.toMatchObject({ code: 'study/weights' });
    await expect(run(studyCommand, args, { ...data, weights: 'w.onnx', only: 'none' })).rejects.toMatchObject({
      code: 'study/variant',
    });
    await expect(run(studyCommand, ['networks', 'pictures'], data)).rejects.toThrow('transfer or models expected');
    await expect(run(studyCommand, ['models', 'pictures'], { ...data, models: 'vgg17' })).rejects.toMatchObject({
      code: 'model/unknown',
    });
    await expect(run(studyCommand, ['models', 'pictures'], { ...data, models: 'vgg16,vgg16' })).rejects.toMatchObject({
      code: 'study/variant',
    });
  });
});

describe('models of votes', () => {
  it('are judged by evaluate and compared by compare as their runs judged them', async () => {
    await writeSimulatedVotes({
      folder: inside('zoo'),
      tree: loadTree('galaxy-zoo-2'),
      galaxies: 60,
      side: 32,
      volunteers: 20,
      seed: 1,
    });
    await writeFile(inside('zoo.yaml'), `${small}task: votes\n`);
    const study = await run<Study>(studyCommand, ['models', inside('zoo.yaml')], {
      data: inside('zoo'),
      out: inside('votes'),
      models: 'four-galaxies,galaxy-cnn-light',
    });
    expect(study.data.comparison).toMatchObject({ task: 'votes', test: 'permutation', pairs: [{ first: 'four-galaxies' }] });
    const [folder = ''] = study.data.runs.map((one) => one.folder);
    const split = inside('votes', 'split.json');
    const { data: judged } = await run<{ rmse: Interval }>(evaluateCommand, [folder], {
      data: inside('zoo'),
      part: split,
      samples: 100,
    });
    const alone = JSON.parse(await readFile(join(folder, 'evaluation.json'), 'utf8')) as { rmse: Interval };
    expect(judged.rmse).toEqual(alone.rmse);
    expect(study.data.comparison?.models[0]?.figures['rmse']?.value).toBeCloseTo(alone.rmse.value, 12);
    expect(study.data.comparison?.models[0]?.figures['rmse']?.high).toBeCloseTo(alone.rmse.high, 12);
    const wrong = [folder, inside('models', 'four-galaxies')];
    await expect(run(compareCommand, wrong, { data: inside('zoo') })).rejects.toMatchObject({ code: 'compare/task' });
  });
});
