/** Cross-validation through the command line. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { failureOf, filesOf, jsonOf, killedAt, writeGalaxies } from '../support/command-runs.js';
import { workFolder } from '../support/messier.js';

const { path, messier } = workFolder();
const inside = (...parts: string[]) => join(path(), ...parts);

interface Crossed {
  readonly figures: Readonly<Record<string, { readonly mean: number; readonly deviation: number }>>;
  readonly folds: readonly { readonly folder: string; readonly figures: Readonly<Record<string, number>> }[];
}
interface Split {
  readonly items: readonly { readonly id: string; readonly part: string }[];
}

let args: (out: string, ...rest: string[]) => string[] = () => [];
const groups = new Map<string, string>();
beforeAll(async () => {
  const galaxies = await writeGalaxies(inside('sky'), { count: 36, side: 24 });
  for (const [number, { file }] of galaxies.entries()) groups.set(file, `g${Math.floor(number / 3)}`);
  const rows = galaxies.map(({ file, kind }) => `${file},${kind},${groups.get(file) ?? ''}`);
  await writeFile(inside('sky', 'labels.csv'), `file,label,group\n${rows.join('\n')}\n`);
  await writeFile(
    inside('tiny.yaml'),
    `name: tiny
split: { train: 0.7, validation: 0.1, test: 0.2 }
pixels: { size: 24 }
model: { name: four-galaxies }
training: { epochs: 3, batch: 6, optimizer: { rate: 0.01 } }
evaluation: { bootstrap: 100 }
`,
  );
  args = (out, ...rest) => [
    inside('tiny.yaml'),
    '--data',
    inside('sky', 'labels.csv'),
    '--threads',
    '1',
    '--out',
    inside(out),
    ...rest,
  ];
});

it('each group is judged once, figures are the mean of the folds, and a killed one ends in the same figures', async () => {
  const whole = await jsonOf<Crossed>(messier, 'train', ...args('whole', '--folds', '3'));
  expect(await filesOf(inside('whole'))).toEqual([
    'cross-validation.html',
    'cross-validation.json',
    'fold-1',
    'fold-2',
    'fold-3',
  ]);
  const values = whole.folds.map(({ figures }) => figures['accuracy'] ?? NaN);
  const mean = values.reduce((sum, value) => sum + value, 0) / 3;
  expect(whole.figures['accuracy']?.mean).toBeCloseTo(mean, 12);
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2);
  expect(whole.figures['accuracy']?.deviation).toBeCloseTo(spread, 12);

  const judged: string[] = [];
  for (const { folder } of whole.folds) {
    const { items } = JSON.parse(await readFile(join(folder, 'split.json'), 'utf8')) as Split;
    expect(items).toHaveLength(36);
    const partsOf = new Map<string, Set<string>>();
    for (const { id, part } of items) {
      const group = groups.get(id) ?? '';
      partsOf.set(group, (partsOf.get(group) ?? new Set()).add(part));
      if (part === 'test') judged.push(id);
    }
    expect([...partsOf.values()].every((parts) => parts.size === 1)).toBe(true);
  }
  expect(judged.sort()).toEqual([...groups.keys()].sort());

  await killedAt(args('killed', '--folds', '3'), inside('home'), /fold 2 of 3[\s\S]*epoch 2 of 3: loss/);
  const again = await jsonOf<Crossed>(messier, 'train', ...args('killed', '--folds', '3', '--resume'));
  expect(again.figures).toEqual(whole.figures);
  for (const fold of ['fold-1', 'fold-2', 'fold-3']) {
    const [one, other] = await Promise.all(['whole', 'killed'].map((out) => readFile(inside(out, fold, 'model.onnx'))));
    expect(Buffer.compare(one as Buffer, other as Buffer)).toBe(0);
  }
});

it('is refused in a used folder, for more folds than groups, and beside another split', async () => {
  expect(await failureOf(messier, 'train', ...args('whole', '--folds', '3'))).toMatchObject({ code: 'train/folder' });
  expect(await failureOf(messier, 'train', ...args('none', '--folds', '13'))).toMatchObject({ code: 'split/folds' });
  const both = await messier('train', ...args('none', '--folds', '3', '--split-from', 'split.json'));
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('--split-from') as string });
});
