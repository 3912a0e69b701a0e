/** The way of a new user through the command line, on a simulated sky: demo, evaluate, predict, explore, compare. */
import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { readManifest } from '../../src/dataset/manifest.js';
import { workFolder } from '../support/messier.js';

const { path, messier } = workFolder();
const inside = (...parts: string[]) => join(path(), ...parts);

interface Figure {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

interface EvaluationJson {
  readonly accuracy: Figure;
  readonly balancedAccuracy: Figure;
  readonly macroF1: Figure;
  readonly perClass: readonly { label: string; precision: number; recall: number; f1: number; support: number }[];
  readonly confusion: { readonly counts: readonly (readonly number[])[] };
  readonly items: { counted: number; dropped: number; skipped: number; skippedItems: readonly { id: string; code: string }[] };
  readonly seen?: number;
}

interface PredictJson {
  readonly predictions: readonly { file: string; label: string; probability: number; probabilities: Record<string, number> }[];
  readonly skipped: readonly { file: string; code: string }[];
}

async function json<T>(...args: string[]): Promise<T> {
  const { stdout, stderr } = await messier(...args, '--json');
  try {
    return JSON.parse(stdout) as T;
  } catch (cause) {
    throw new Error(`No JSON: ${stdout}\n${stderr}`, { cause });
  }
}

let model = '';
beforeAll(async () => {
  const { code, stdout, stderr } = await messier('demo', '--pictures', '30', '--out', inside('demo'), '--json');
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  ({ model } = JSON.parse(stdout) as { model: string });
  for (const folder of ['few', 'odd']) {
    await cp(inside('demo', 'sky', 'ring'), inside(folder, 'ring'), { recursive: true });
    await writeFile(inside(folder, 'ring', 'broken.jpg'), 'no picture');
  }
  await mkdir(inside('odd', 'quasar'));
  await cp(inside('demo', 'sky', 'ring', '0000.png'), inside('odd', 'quasar', 'a.png'));
});

describe('a run', () => {
  it('leaves everything in its folder', async () => {
    const files = await readdir(inside('demo'));
    for (const file of [
      'model.onnx',
      'report.html',
      'evaluation.json',
      'manifest.json',
      'split.json',
      'recipe.yaml',
      'metrics.jsonl',
    ]) {
      expect(files).toContain(file);
    }
    const lines = (await readFile(inside('demo', 'metrics.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { epoch: number }).epoch)).toEqual(
      Array.from({ length: 12 }, (_, n) => n + 1),
    );
    expect(await readFile(inside('demo', 'report.html'), 'utf8')).toContain('simulated-sky');
  });

  it('is not overwritten by another, and is continued by --resume', async () => {
    const args = ['train', 'simulated-sky', '--data', inside('demo', 'sky'), '--out', inside('demo')];
    const again = await messier(...args);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('--resume') as string });
    // Told before the data are even opened.
    const elsewhere = await messier('train', 'simulated-sky', '--data', '/nowhere', '--out', inside('demo'));
    expect(elsewhere.stderr).toContain('train/folder');
    const before = await readFile(model);
    expect(await messier(...args, '--resume')).toMatchObject({ code: 0 });
    expect(Buffer.compare(await readFile(model), before)).toBe(0);
  });
});

describe('messier evaluate', () => {
  it('answers with intervals, classes, confusion and counts', async () => {
    const result = await json<EvaluationJson>('evaluate', model, '--data', inside('demo', 'sky'));
    for (const figure of [result.accuracy, result.balancedAccuracy, result.macroF1]) {
      expect(figure.low).toBeLessThanOrEqual(figure.value);
      expect(figure.high).toBeGreaterThanOrEqual(figure.value);
    }
    expect(result.perClass.map(({ label, support }) => [label, support])).toEqual(
      ['barred', 'edge_on', 'elliptical', 'merger', 'ring', 'spiral'].map((label) => [label, 30]),
    );
    expect(result.items).toMatchObject({ counted: 180, dropped: 0, skipped: 0 });
    const diagonal = result.confusion.counts.reduce((sum, row, at) => sum + (row[at] ?? 0), 0);
    expect(diagonal / 180).toBeCloseTo(result.accuracy.value, 6);
    // All pictures, those of the training part among them.
    const split = await readManifest(inside('demo', 'split.json'));
    expect(result.seen).toBe(split.items.filter(({ part }) => part === 'train').length);
  });

  it('judges only the held-out pictures of a split', async () => {
    const split = inside('demo', 'split.json');
    const whole = JSON.parse(await readFile(inside('demo', 'evaluation.json'), 'utf8')) as EvaluationJson;
    const result = await json<EvaluationJson>('evaluate', model, '--data', inside('demo', 'sky'), '--part', split);
    expect(result).toMatchObject({ seen: 0, items: { counted: whole.items.counted } });
    expect(result.accuracy.value).toBeCloseTo(whole.accuracy.value, 6);
  });

  it('skips broken pictures with a reason, and refuses labels that it cannot know', async () => {
    const result = await json<EvaluationJson>('evaluate', model, '--data', inside('few'));
    expect(result.items).toMatchObject({ counted: 30, skipped: 1 });
    expect(result.items.skippedItems[0]).toMatchObject({ id: 'ring/broken.jpg' });
    const refused = await messier('evaluate', model, '--data', inside('odd'));
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/quasar[\s\S]*barred/) as string });
  });
});

describe('messier predict', () => {
  it('gives the probabilities that ONNX Runtime alone gives', async () => {
    const file = inside('demo', 'unseen', 'merger', '0000.png');
    // The model alone in an empty folder.
    await mkdir(inside('alone'));
    await cp(model, inside('alone', 'model.onnx'));
    const { predictions } = await json<PredictJson>('predict', inside('alone', 'model.onnx'), file);
    const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const planes = Uint8Array.from({ length: data.length }, (_, at) => {
      const area = info.width * info.height;
      return data[(at % area) * 3 + Math.floor(at / area)] ?? 0;
    });
    const session = await ort.InferenceSession.create(inside('alone', 'model.onnx'));
    const { probabilities } = await session.run({ image: new ort.Tensor('uint8', planes, [1, 3, info.height, info.width]) });
    const expected = [...(probabilities?.data as Float32Array)];
    const ours = Object.values(predictions[0]?.probabilities ?? {});
    expect(ours).toHaveLength(expected.length);
    for (const [at, value] of ours.entries()) expect(Math.abs(value - (expected[at] ?? NaN))).toBeLessThan(1e-6);
  });

  it('writes what chosen convolutions see', async () => {
    const file = inside('demo', 'unseen', 'ring', '0000.png');
    const args = ['predict', model, file, '--layers', 'stage2.conv1', '--maps', inside('maps')];
    const { predictions } = await json<{ predictions: { featureMaps: string[] }[] }>(...args);
    const [written = ''] = predictions[0]?.featureMaps ?? [];
    // 64 channels of 16 x 16 pixels, eight in a row, one pixel apart.
    expect(await sharp(written).metadata()).toMatchObject({ width: 8 * 17 - 1, height: 8 * 17 - 1 });
  });

  it('reads folders, skips what is broken, and says so by its exit code', async () => {
    const { code, stdout, stderr } = await messier('predict', model, inside('few'), '--csv');
    expect(code).toBe(1);
    expect(stderr).toContain('broken.jpg');
    const rows = stdout.trim().split('\n');
    expect(rows[0]).toBe('file,label,barred,edge_on,elliptical,merger,ring,spiral');
    expect(rows).toHaveLength(31);
  });

  it('tells a file that is no model of messier, and a picture that is absent', async () => {
    expect(await messier('predict', inside('few', 'ring', '0000.png'), 'x.png')).toMatchObject({ code: 1 });
    expect(await messier('predict', model, inside('absent.png'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('absent.png') as string,
    });
  });
});

describe('messier explore and compare', () => {
  it('describe the data', async () => {
    const page = inside('explore.html');
    const report = await json<{ items: number; classes: Record<string, number>; skipped: unknown[] }>(
      'explore',
      inside('odd'),
      '--out',
      page,
    );
    expect(report.classes).toEqual({ quasar: 1, ring: 30 });
    expect(report.skipped).toHaveLength(1);
    expect(await readFile(page, 'utf8')).toContain('broken.jpg');
  });

  it('set two models side by side', async () => {
    const args = ['train', 'simulated-sky', '--data', inside('demo', 'sky'), '--split-from', inside('demo', 'split.json')];
    expect(await messier(...args, '--epochs', '1', '--seed', '2', '--out', inside('second'))).toMatchObject({ code: 0 });
    const page = inside('compare.html');
    const models = [model, inside('second', 'model.onnx')];
    const data = ['--data', inside('demo', 'sky')];
    const { stdout, stderr } = await messier('compare', ...models, ...data, '--out', page, '--json');
    const { comparison } = JSON.parse(stdout) as { comparison: { models: { seen: number }[]; pairs: unknown[] } };
    expect(comparison.pairs).toHaveLength(1);
    // Both were trained on one split, and all its pictures judge.
    const { items } = await readManifest(inside('demo', 'split.json'));
    const learned = items.filter(({ part }) => part === 'train').length;
    expect(comparison.models.map(({ seen }) => seen)).toEqual([learned, learned]);
    expect(stderr).toContain(`second learned from ${learned} of the 180 pictures that it is judged on`);
    expect(await readFile(page, 'utf8')).toContain(`“demo” on ${learned} and “second” on ${learned}.`);
  });
});

describe('help', () => {
  it('of a command is the same both ways', async () => {
    const help = await messier('help', 'train');
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('--data') as string });
    expect((await messier('train', '--help')).stdout).toBe(help.stdout);
  });
});

describe('wrong usage', () => {
  it.each([
    [['train'], 2, 'recipe'],
    [['train', 'galaxy-shapes'], 2, '--data'],
    [['train', 'nothing', '--data', '.'], 1, 'recipe/unknown'],
    [['train', 'simulated-sky', '--data', 'x', '--epochs', '0'], 2, '--epochs'],
    [['train', 'simulated-sky', '--data', '/nowhere'], 1, '/nowhere'],
    [['evaluate', 'nothing.onnx', '--data', '.'], 1, 'nothing.onnx'],
    [['frobnicate'], 2, 'frobnicate'],
    [['constructor'], 2, 'constructor'],
  ])('%j ends with %d and says %s', async (args, code, words) => {
    const result = await messier(...args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(words);
  });

  it('gives programs an object, also where an argument is missing', async () => {
    const { stdout, code } = await messier('train', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'usage', message: expect.stringContaining('recipe') as string } });
  });

  it('gives programs an object with the code', async () => {
    const { stdout, code } = await messier('evaluate', 'nothing.onnx', '--data', '.', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: expect.any(String) as string, message: expect.any(String) as string },
    });
  });
});
