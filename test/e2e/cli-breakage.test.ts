/** What users do wrong, and what happens to them: bad data, bad recipes, strange names, Ctrl-C and power cuts, through the command line. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.js';
import { projectFile, type ChildResult } from '../support/child.js';
import { workFolder } from '../support/messier.js';

const { path, messier } = workFolder();
const inside = (...parts: string[]) => join(path(), ...parts);

/** A blob in noise; `round` from 0 to 1. */
async function drawPicture(file: string, round: number, seed: number): Promise<void> {
  const random = randomStream(seed, 'picture', file.slice(path().length));
  const side = 24;
  const data = Uint8Array.from({ length: side * side * 3 }, (_, at) => {
    const [x, y] = [(Math.floor(at / 3) % side) - 12, Math.floor(at / 3 / side) - 12];
    return Math.min(255, 60 * random.uniform() + 180 * Math.exp(-Math.hypot(x, y * (1 + 2 * round)) / 5));
  });
  await mkdir(dirname(file), { recursive: true });
  await sharp(data, { raw: { width: side, height: side, channels: 3 } }).toFile(file);
}

async function drawClasses(folder: string, classes: readonly string[], count: number): Promise<void> {
  for (const [at, label] of classes.entries()) {
    for (let n = 0; n < count; n++) await drawPicture(join(folder, label, `${n}.png`), at / classes.length, n);
  }
}

const recipeText = (changes = '', epochs = 2) => `name: tiny
split: { train: 0.6, validation: 0.2, test: 0.2 }
pixels: { size: 24, mean: 0, deviation: 1 }
model: { name: four-galaxies }
training: { epochs: ${epochs}, batch: 4 }
${changes}`;

async function writeRecipe(name: string, text: string): Promise<string> {
  await writeFile(inside(name), text);
  return inside(name);
}

/** The object on standard output, which must hold nothing else. */
const answer = ({ stdout }: ChildResult) => JSON.parse(stdout) as Record<string, unknown>;

/** `code/of the error`, and the exit code. */
async function failure(...args: string[]): Promise<readonly [number, string]> {
  const result = await messier(...args, '--json');
  const { error } = answer(result) as { error: { code: string } };
  expect(result.stderr).not.toMatch(/^\s+at /m);
  return [result.code, error.code];
}

const names = ['été ☄', 'qu\'o"te', '<script>alert(1)<', '__proto__', 'constructor', '=1+1,b'];
let recipe = '';
beforeAll(async () => {
  recipe = await writeRecipe('tiny.yaml', recipeText());
  await drawClasses(inside('two'), ['a', 'b'], 12);
});

describe('what cannot be trained on', () => {
  it('is told with a code, before anything is trained', async () => {
    await mkdir(inside('empty'));
    await drawClasses(inside('one'), ['a'], 3);
    for (const label of ['a', 'b']) {
      await mkdir(inside('broken', label), { recursive: true });
      await writeFile(inside('broken', label, 'x.jpg'), Buffer.from('\xff\xd8\xff\xe0junk', 'latin1'));
    }
    await writeFile(inside('cut.h5'), '\x89HDF\r\n\x1a\n');
    const cases = [
      ['absent', 'dataset/absent'],
      ['tiny.yaml', 'dataset/format'],
      ['empty', 'dataset/empty'],
      ['one', 'data/classes'],
      ['broken', 'cache/empty'],
      ['cut.h5', 'hdf5/format'],
    ] as const;
    for (const [data, code] of cases) {
      expect(await failure('train', recipe, '--data', inside(data), '--out', inside('none')), data).toEqual([1, code]);
    }
    expect(await readdir(inside('none'))).toEqual([]);
  });

  it('by a recipe that is wrong, or says what its network cannot do', async () => {
    const data = ['--data', inside('absent'), '--out', inside('never')];
    const layers = await writeRecipe('layers.yaml', recipeText('evaluation: { featureMaps: [conv9] }'));
    expect(await failure('train', layers, ...data)).toEqual([1, 'explain/layer']);
    const wrong = await writeRecipe('wrong.yaml', recipeText('augment: { rotate: 200 }\nsplits: 1'));
    const told = await messier('train', wrong, ...data);
    expect(told).toMatchObject({ code: 1, stdout: '' });
    expect(told.stderr).toMatch(/wrong\.yaml:6:20 augment\.rotate: .*180[\s\S]*wrong\.yaml:7:\d+ splits: unknown key/);
    expect(existsSync(inside('never'))).toBe(false);
  });

  it('into a file, or with options that are none', async () => {
    expect(await failure('train', recipe, '--data', inside('two'), '--out', recipe)).toEqual([1, 'run/folder']);
    expect(await failure('train', recipe, '--data', inside('two'), '--epochs', '0')).toEqual([2, 'usage']);
    expect(await failure('train', recipe, '--data', inside('two'), '--split-from', recipe)).toEqual([1, 'split/format']);
  });
});

describe('strange data', () => {
  it('of any names trains, and is shown as text', async () => {
    await drawClasses(inside('names'), names, 6);
    const trained = await messier('train', recipe, '--data', inside('names'), '--out', inside('run é'), '--json');
    expect(trained).toMatchObject({ code: 0 });
    expect(Object.keys(answer(trained))).toContain('evaluation');
    const page = await readFile(inside('run é', 'report.html'), 'utf8');
    expect(page).toContain('&lt;script&gt;alert(1)');
    expect(page).not.toContain('<script>alert(1)');
    const { stdout } = await messier('predict', inside('run é', 'model.onnx'), inside('names', '__proto__'), '--csv');
    const [head = '', ...rows] = stdout.trim().split('\n');
    expect(head).toBe(`file,label,<script>alert(1)<,"=1+1,b",__proto__,constructor,"qu'o""te",été ☄`);
    expect(rows).toHaveLength(6);
    for (const row of rows) expect(row).toMatch(/(,[\d.e-]+){6}$/);
  });

  it('in a table counts what it leaves out and why', async () => {
    const rows = ['a', 'b'].flatMap((label) => Array.from({ length: 12 }, (_, n) => `two/${label}/${n}.png,${label}`));
    const odd = ['two/a/0.png,b', 'absent.png,a', ',a', 'two/a/1.png,a,b', '../x.png,a'];
    await writeFile(inside('table.csv'), `\ufefffile,label\r\n${[...rows, ...odd].join('\r\n')}\r\n`);
    const { evaluation } = answer(
      await messier('train', recipe, '--data', inside('table.csv'), '--out', inside('csv'), '--json'),
    ) as {
      evaluation: { items: { reasons: Record<string, number> } };
    };
    const codes = ['csv/fields', 'dataset/duplicate', 'dataset/file', 'dataset/outside', 'file/absent'];
    expect(evaluation.items.reasons).toEqual(Object.fromEntries(codes.map((code) => [code, 1])));
  });
});

/** Trains until `when` is true of what it printed and of its folders, then gets the signal; without, it ends by itself. */
function trainUntil(run: string, long: string, signal?: NodeJS.Signals, when: (printed: string) => boolean = () => true) {
  const args = ['--import', 'tsx', fileURLToPath(projectFile('src/cli/main.ts')), 'train', long, '--resume'];
  const child = spawn(process.execPath, [...args, '--data', inside('two'), '--out', inside(run), '--threads', '1'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, MESSIER_HOME: inside(`home-${run}`) },
  });
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const timer = setInterval(() => {
    if (!signal || !when(printed)) return;
    clearInterval(timer);
    child.kill(signal);
  }, 2);
  return new Promise<{ code: number | null; signal: NodeJS.Signals | null; printed: string }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, by) => {
      clearInterval(timer);
      resolve({ code, signal: by, printed });
    });
  });
}

describe('a run that is stopped', () => {
  it('by Ctrl-C or kill -9, while it reads, trains or judges, ends in the same model when it is resumed', async () => {
    const long = await writeRecipe('long.yaml', recipeText('', 6));
    expect(await trainUntil('whole', long)).toMatchObject({ code: 0 });
    const model = await readFile(inside('whole', 'model.onnx'));

    const reading = await trainUntil('stopped', long, 'SIGKILL', () => existsSync(inside('home-stopped', 'pixels')));
    expect(reading).toMatchObject({ signal: 'SIGKILL' });
    const interrupted = await trainUntil('stopped', long, 'SIGINT', (printed) => printed.includes('epoch 1 of 6: loss'));
    expect(interrupted).toMatchObject({ code: 130, printed: expect.stringContaining('[interrupted]') as string });
    expect((await readdir(inside('stopped', 'checkpoints'))).length).toBeGreaterThan(0);
    const training = await trainUntil('stopped', long, 'SIGKILL', (printed) => /epoch [3-5] of 6: loss/.test(printed));
    expect(training).toMatchObject({ signal: 'SIGKILL', printed: expect.not.stringContaining('epoch 1 of 6') as string });
    const judging = await trainUntil('stopped', long, 'SIGKILL', () => existsSync(inside('stopped', 'split.json')));
    expect(judging).toMatchObject({ signal: 'SIGKILL' });
    expect(await trainUntil('stopped', long)).toMatchObject({ code: 0 });
    expect(Buffer.compare(await readFile(inside('stopped', 'model.onnx')), model)).toBe(0);
    expect((await readdir(inside('stopped'))).sort()).toEqual((await readdir(inside('whole'))).sort());
  });

  it('is not taken up by another recipe', async () => {
    const other = await writeRecipe('other.yaml', recipeText('', 7));
    expect(await failure('train', other, '--data', inside('two'), '--out', inside('whole'), '--resume')).toEqual([
      1,
      'train/fingerprint',
    ]);
  });
});
