/**
 * How well `messier clean` ranks faults that are put into a collection: `npx tsx bench/clean-quality.ts FOLDER --weights FILE`, FOLDER with one
 * sub-folder a class. One in twenty pictures goes to a wrong class; of each kind of `faults.ts` 30 are made. Printed is for each kind the ROC-AUC against the pictures
 * that were left alone, with a bootstrap interval of 95 % (1,000 draws of faults and of pictures), by the network and without weights.
 * `--each 100` takes so many pictures of a class. What was wrong with the collection before counts as right: figures are lower bounds.
 */
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reviewDataset } from '../src/clean/review.js';
import type { Review } from '../src/clean/types.js';
import { randomStream } from '../src/core/random.js';
import { openDataset } from '../src/dataset/open.js';
import { faultKinds, faultOf } from './faults.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    weights: { type: 'string' },
    each: { type: 'string', default: '1000000' },
    kind: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const [pictures = ''] = positionals;
const [each, perKind, seed] = [Number(values.each), Number(values.kind), Number(values.seed)];
const swappedShare = 0.05;
const draws = 1000;

/** What was done to each file. */
const kinds = new Map<string, string>();

async function fill(folder: string): Promise<void> {
  const classes = (await readdir(pictures)).sort();
  const all: string[] = [];
  for (const own of classes) {
    await mkdir(join(folder, own), { recursive: true });
    const names = randomStream(seed, 'pictures', own)
      .shuffle((await readdir(join(pictures, own))).sort())
      .slice(0, each);
    all.push(...names.map((name) => `${own}/${name}`));
  }
  const random = randomStream(seed, 'labels');
  const swapped = new Set(random.shuffle([...all]).slice(0, Math.round(swappedShare * all.length)));
  for (const file of all) {
    const [own = '', name = ''] = file.split('/');
    const step = swapped.has(file) ? 1 + random.integer(classes.length - 1) : 0;
    const shown = classes[(classes.indexOf(own) + step) % classes.length] ?? own;
    await copyFile(join(pictures, file), join(folder, shown, name));
    kinds.set(`${shown}/${name}`, step === 0 ? 'left alone' : 'swapped');
  }
  const files = all.map((file) => join(pictures, file));
  for (const kind of faultKinds) {
    const stream = randomStream(seed, 'fault', kind);
    for (let at = 0; at < perKind; at++) {
      // As much of each class as there is: a fault comes in where pictures come in.
      const own = all[stream.integer(all.length)]?.split('/')[0] ?? '';
      const file = `${own}/${stream.integer(2 ** 31).toString(36)}-${at}.jpg`;
      await writeFile(join(folder, file), await faultOf(kind, stream, files));
      kinds.set(file, kind);
    }
  }
}

/** Mann and Whitney's statistic by ranks, ties half. */
function rocAuc(bad: readonly number[], good: readonly number[]): number {
  const sorted = Float64Array.from(good).sort();
  const below = (score: number, isUpTo: boolean): number => {
    let [from, to] = [0, sorted.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const value = sorted[middle] as number;
      if (value < score || (isUpTo && value === score)) from = middle + 1;
      else to = middle;
    }
    return from;
  };
  return bad.reduce((sum, score) => sum + (below(score, false) + below(score, true)) / 2, 0) / (bad.length * good.length);
}

interface Figure {
  readonly kind: string;
  readonly count: number;
  readonly auc: number;
  readonly low: number;
  readonly high: number;
}

function figuresOf({ suspects }: Review): Figure[] {
  const of = (wanted: (kind: string) => boolean): number[] =>
    suspects.flatMap(({ file, score }) => (wanted(kinds.get(file) ?? '') ? [score] : []));
  const good = of((kind) => kind === 'left alone');
  return ['swapped', ...faultKinds, 'all made', 'all'].map((kind) => {
    const bad = of((one) =>
      kind === 'all' ? one !== 'left alone' : kind === 'all made' ? faultKinds.some((made) => made === one) : one === kind,
    );
    const random = randomStream(seed, 'draws', kind);
    const again = (list: readonly number[]): number[] => list.map(() => list[random.integer(list.length)] as number);
    const found = Array.from({ length: draws }, () => rocAuc(again(bad), again(good))).sort((a, b) => a - b);
    const at = (share: number): number => found[Math.floor(share * (draws - 1))] ?? NaN;
    return { kind, count: bad.length, auc: rocAuc(bad, good), low: at(0.025), high: at(0.975) };
  });
}

const home = await mkdtemp(join(tmpdir(), 'clean-quality-'));
try {
  const folder = join(home, 'pictures');
  await fill(folder);
  // Without weights means without any: none of this machine's are found.
  process.env['MESSIER_WEIGHTS'] = '';
  process.env['MESSIER_SHARED_DATA'] = home;
  const dataset = await openDataset(folder);
  const answers: Record<string, Figure[]> = {};
  for (const weights of values.weights === undefined ? [undefined] : [values.weights, undefined]) {
    const review = await reviewDataset(dataset, { weights, folder: join(home, 'home') });
    const name = review.network ?? 'without weights';
    const figures = figuresOf(review);
    answers[name] = figures;
    if (values.json) continue;
    console.log(`${name}: ROC-AUC against ${[...kinds.values()].filter((kind) => kind === 'left alone').length} left alone`);
    for (const { kind, count, auc, low, high } of figures)
      console.log(
        `  ${kind.padEnd(10)} ${String(count).padStart(4)}  ${auc.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`,
      );
  }
  if (values.json) console.log(JSON.stringify(answers));
  await dataset.close();
} finally {
  await rm(home, { recursive: true, force: true });
}
