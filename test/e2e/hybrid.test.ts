/** Texts beside pictures, and texts alone, through the command line. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from '../../src/formats/model-file.js';
import { readTable } from '../../src/formats/csv.js';
import { readCard } from '../../src/models/card.js';
import { encodeText } from '../../src/text/index.js';
import { failureOf, filesOf, jsonOf, killedAt, writeGalaxies } from '../support/command-runs.js';
import { workFolder } from '../support/messier.js';
import { findShared } from '../support/shared-data.js';

const { path, messier } = workFolder();
const inside = (...parts: string[]) => join(path(), ...parts);

interface Answers {
  readonly predictions: readonly { file: string | null; label: string; probabilities: Record<string, number> }[];
}
interface Run {
  readonly model: string;
  readonly evaluation: { readonly accuracy: { readonly value: number }; readonly items: { readonly counted: number } };
}
interface Inputs {
  readonly leakage: { readonly mask: readonly string[] };
  readonly rows: readonly { inputs: string; masked: string; accuracy: { value: number } }[];
}

const recipeText = (changes = '', branch = 'lstm', epochs = 6) => `name: tiny-hybrid
inputs: both
split: { train: 0.6, validation: 0.2, test: 0.2 }
pixels: { size: 24 }
text: { branch: ${branch}, vocabulary: 60, length: 8, embedding: 8, units: 8 }
training: { epochs: ${epochs}, batch: 8, optimizer: { name: adam, rate: 0.02 } }
${changes.includes('evaluation') ? '' : 'evaluation: { bootstrap: 100 }'}
${changes}`;
const textAlone = (changes = '', branch = 'lstm') => recipeText(changes, branch).replace('inputs: both', 'inputs: text');

const keywords = 'data: { textColumn: about, keywords: { classes: { round: [smooth, round, old, bulge] }, otherwise: other } }';

async function recipe(name: string, text: string): Promise<string> {
  await writeFile(inside(name), text);
  return inside(name);
}

/** What ONNX Runtime alone answers, with the tokens that the card's pipeline makes. */
async function byRuntime(model: string, text: string, picture?: string) {
  const { text: pipeline } = readCard(loadModel(model));
  const tokens = BigInt64Array.from(encodeText(pipeline!, text), BigInt);
  const feeds: Record<string, ort.Tensor> = { tokens: new ort.Tensor('int64', tokens, [1, tokens.length]) };
  if (picture !== undefined) {
    const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const area = info.width * info.height;
    const planes = Uint8Array.from({ length: data.length }, (_, at) => data[(at % area) * 3 + Math.floor(at / area)] ?? 0);
    feeds['image'] = new ort.Tensor('uint8', planes, [1, 3, info.height, info.width]);
  }
  const session = await ort.InferenceSession.create(model);
  const { probabilities, logits } = await session.run(feeds);
  await session.release();
  const list = (tensor?: ort.Tensor) => [...(tensor?.data as Float32Array)];
  return { probabilities: list(probabilities), logits: list(logits) };
}

function expectClose(values: readonly number[], expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length);
  for (const [at, value] of values.entries()) expect(Math.abs(value - (expected[at] ?? NaN))).toBeLessThan(1e-6);
}

const opTypes = (model: string) => new Set(loadModel(model).graph.nodes.map(({ opType }) => opType));

/** What is written about galaxy number n: one word in two tells its kind. */
const words = {
  elliptical: ['smooth', 'round', 'old', 'bulge'],
  edge_on: ['thin', 'needle', 'disk', 'lane'],
} as Readonly<Record<string, readonly string[]>>;
let first = '';
beforeAll(async () => {
  const galaxies = await writeGalaxies(inside('sky'), { count: 40, side: 32 });
  const other = Object.keys(words);
  const kinds = [...new Set(galaxies.map(({ kind }) => kind))];
  const rows = galaxies.map(({ kind, file }, number) => {
    const own = words[other[kinds.indexOf(kind)] ?? ''] ?? [];
    return `${file},"Galaxy number ${number} is a ${own[number % 4]} one with ${own[(number >> 2) % 4]} shape",${kind}`;
  });
  rows.push('absent.png,A picture that is not there,ring', `${galaxies[0]?.file},,ring`);
  await writeFile(inside('sky', 'about.csv'), `file,about,kind\n${rows.join('\n')}\n`);
  first = inside('sky', galaxies[0]?.file ?? '');
});

describe('a model of pictures and texts', () => {
  // A told column of labels stands in place of the recipe's keywords.
  const columns = ['--label-column', 'kind'];
  const train = (file: string, out: string) => [file, '--data', inside('sky', 'about.csv'), '--out', inside(out), ...columns];

  it('is judged beside its parts, and needs nothing but its file', async () => {
    const file = await recipe('both.yaml', recipeText(`${keywords}\nevaluation: { inputs: true, bootstrap: 100 }`));
    const { model, evaluation } = await jsonOf<Run>(messier, 'train', ...train(file, 'both'));
    expect(evaluation.items).toMatchObject({ counted: 8, reasons: { 'file/absent': 1, 'text/missing': 1 } });
    expect(readCard(loadModel(model)).classes).not.toContain('other');
    const { leakage, rows } = JSON.parse(await readFile(inside('both', 'inputs.json'), 'utf8')) as Inputs;
    expect(rows.map(({ inputs, masked }) => `${inputs}, masked for ${masked}`)).toEqual([
      'both, masked for nothing',
      'both, masked for judging',
      'image, masked for nothing',
      'text, masked for nothing',
      'text, masked for learning',
      'both, masked for learning',
    ]);
    expect(leakage.mask.length).toBeGreaterThan(0);
    expect(rows[3]?.accuracy.value).toBeGreaterThan(0.9);

    await mkdir(inside('alone'));
    await cp(model, inside('alone', 'model.onnx'));
    const alone = inside('alone', 'model.onnx');
    const { predictions } = await jsonOf<Answers>(messier, 'predict', alone, first, '--text', 'A smooth and round galaxy');
    expect(await filesOf(inside('alone'))).toEqual(['model.onnx']);
    const answer = await byRuntime(alone, 'A smooth and round galaxy', first);
    expectClose(Object.values(predictions[0]?.probabilities ?? {}), answer.probabilities);
    expect(opTypes(model)).toContain('LSTM');
    // Stop words and signs are left out, inflections share a stem; other words change the answer.
    expect(await byRuntime(alone, 'the SMOOTH -- and <b>round</b> (galaxies)', first)).toEqual(answer);
    const { logits } = await byRuntime(alone, 'thin disk lane', first);
    expect(logits).not.toEqual(answer.logits);
  });

  it('reads the words that fit and none behind them', async () => {
    const alone = inside('alone', 'model.onnx');
    const full = 'smooth round old bulge shape thin needle disk';
    const { logits } = await byRuntime(alone, full, first);
    expect((await byRuntime(alone, `${full} lane lane`, first)).logits).toEqual(logits);
    expect((await byRuntime(alone, `lane ${full}`, first)).logits).not.toEqual(logits);
  });

  it('is asked for both', async () => {
    const model = inside('alone', 'model.onnx');
    expect(await failureOf(messier, 'predict', model, first)).toMatchObject({
      code: 'predict/input',
      message: expect.stringContaining('--text') as string,
    });
    expect(await failureOf(messier, 'predict', model, '--text', 'round')).toMatchObject({ code: 'predict/input' });
    const long = await jsonOf<{ predictions: unknown[] }>(messier, 'predict', model, first, '--text', 'word '.repeat(10_000));
    expect(long.predictions).toHaveLength(1);
    const { stderr } = await messier('predict', model, first, '--text', 'zzz');
    expect(stderr).toContain('knows no word');
  });

  it('killed while it learns ends in the same bytes when it is resumed', async () => {
    const file = await recipe('gru.yaml', recipeText(keywords, 'gru', 3));
    const args = (out: string) => [...train(file, out), '--threads', '1'];
    const { model } = await jsonOf<Run>(messier, 'train', ...args('whole'));
    expect(opTypes(model)).toContain('GRU');
    await killedAt(args('killed'), inside('home'), /epoch 2 of 3: loss/);
    const again = await jsonOf<Run>(messier, 'train', ...args('killed'), '--resume');
    expect(Buffer.compare(await readFile(again.model), await readFile(model))).toBe(0);
  });
});

describe('a model of texts alone', () => {
  it('learns keywords with a transformer', async () => {
    const keywords =
      'data: { textColumn: about, keywords: { classes: { round: [smooth, round, old, bulge] }, otherwise: other } }';
    const file = await recipe('words.yaml', textAlone(keywords, 'transformer'));
    const args = [file, '--data', inside('sky', 'about.csv')];
    const { model, evaluation } = await jsonOf<Run>(messier, 'train', ...args, '--out', inside('words'));
    expect(evaluation.accuracy.value).toBeGreaterThan(0.8);
    const { predictions } = await jsonOf<Answers>(messier, 'predict', model, '--text', 'an old round bulge');
    expect(predictions).toMatchObject([{ file: null, label: 'round' }]);
    expectClose(Object.values(predictions[0]?.probabilities ?? {}), (await byRuntime(model, 'an old round bulge')).probabilities);
    expect(await failureOf(messier, 'predict', model, first, '--text', 'round')).toMatchObject({ code: 'predict/input' });
  });

  it('is refused where texts say nothing, or labels are none', async () => {
    const file = await recipe('none.yaml', textAlone());
    const table = async (name: string, text: (row: number) => string, label = (row: number) => `c${row % 2}`) => {
      const rows = Array.from({ length: 20 }, (_, row) => `"${text(row)}",${label(row)}`);
      await writeFile(inside(name), `text,label\n${rows.join('\n')}\n`);
      return ['train', file, '--data', inside(name), '--out', inside('refused')];
    };
    expect(await failureOf(messier, ...(await table('stop.csv', (row) => `The of, and ${'!'.repeat(row)}`)))).toMatchObject({
      code: 'text/empty',
    });
    expect(await failureOf(messier, ...(await table('same.csv', () => 'one text')))).toMatchObject({ code: 'data/part' });
    const many = await table(
      'many.csv',
      (row) => `galaxy ${row}`,
      (row) => `c${row}`,
    );
    await writeFile(
      inside('many.csv'),
      `text,label\n${Array.from({ length: 1001 }, (_, row) => `galaxy ${row},c${row}`).join('\n')}\n`,
    );
    expect(await failureOf(messier, ...many)).toMatchObject({
      code: 'data/classes',
      message: expect.stringContaining('1001') as string,
    });
  });

  const apod = findShared('apod_text', 'apod.csv');
  it.skipIf(!apod)('learns weak labels of real texts', async () => {
    const { columns, rows } = await readTable(apod!);
    const at = (name: string) => columns.indexOf(name);
    const labelled = rows.filter(({ cells }) => cells[at('weak_label')]).slice(0, 160);
    const quoted = (cell = '') => `"${cell.replaceAll('"', '""')}"`;
    const lines = labelled.map(({ cells }) => `${quoted(cells[at('explanation')])},${quoted(cells[at('weak_label')])}`);
    await writeFile(inside('apod.csv'), `explanation,weak_label\n${lines.join('\n')}\n`);
    const changes = 'data: { labelColumn: weak_label }';
    const file = await recipe(
      'apod.yaml',
      textAlone(changes, 'gru').replace('vocabulary: 60, length: 8', 'vocabulary: 800, length: 60'),
    );
    const { evaluation } = await jsonOf<Run>(messier, 'train', file, '--data', inside('apod.csv'), '--out', inside('apod'));
    expect(evaluation.accuracy.value).toBeGreaterThan(0.4);
  });
});

const pairs = findShared('messier_pairs', 'labels.csv');
it.skipIf(!pairs)('real pictures and texts of the Messier objects train', async () => {
  const file = await recipe('pairs.yaml', recipeText('', 'lstm', 1));
  const columns = ['--text-column', 'description', '--label-column', 'label', '--group-column', 'object'];
  const { evaluation } = await jsonOf<Run>(messier, 'train', file, '--data', pairs!, ...columns, '--out', inside('pairs'));
  expect(evaluation.items.counted).toBeGreaterThan(15);
});
