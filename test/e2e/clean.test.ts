import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCatalogue } from '../../src/catalogue/open.js';
import { openDataset } from '../../src/dataset/open.js';
import { reviewDataset } from '../../src/clean/review.js';
import type { Review } from '../../src/clean/types.js';
import { loader, projectFile, runNode, type ChildResult } from '../support/child.js';
import { noise } from '../support/planes.js';
import { findShared } from '../support/shared-data.js';

const pictures = findShared('astro6_256', 'images');
const weights = findShared('weights', 'mobilenet_v2_imagenet.onnx');
const each = 36;

/** Mann and Whitney's statistic by its definition: how often a bad picture has the higher score, ties half. */
function rocAuc(scores: ReadonlyMap<string, number>, bad: ReadonlySet<string>): number {
  let wins = 0;
  let pairs = 0;
  for (const [file, score] of scores) {
    if (!bad.has(file)) continue;
    for (const [other, least] of scores) {
      if (bad.has(other)) continue;
      pairs++;
      wins += score > least ? 1 : score === least ? 0.5 : 0;
    }
  }
  return wins / pairs;
}

/** Diagrams as papers and slides have them, of shapes alone: fonts differ between machines. */
function diagram(seed: number): Buffer {
  const random = noise(seed);
  const at = (from: number, to: number): string => (from + (to - from) * random()).toFixed(1);
  const page = ['white', '#101018', '#f4f0e0', '#16324f'][seed % 4] ?? 'white';
  const ink = page === 'white' || page === '#f4f0e0' ? 'black' : 'white';
  const shapes: string[] = [];
  if (seed % 3 === 0) {
    shapes.push(`<path d="M30 10V220H246" fill="none" stroke="${ink}" stroke-width="2"/>`);
    for (let bar = 0; bar < 8; bar++)
      shapes.push(`<rect x="${40 + 25 * bar}" y="${at(40, 180)}" width="16" height="200" fill="#c33"/>`);
    shapes.push(`<rect x="0" y="221" width="256" height="35" fill="${page}"/>`);
  } else if (seed % 3 === 1) {
    for (let box = 0; box < 6; box++)
      shapes.push(
        `<rect x="${12 + 82 * (box % 3)}" y="${20 + 110 * Math.floor(box / 3)}" width="68" height="90" fill="none" stroke="${ink}"/>`,
      );
    for (let line = 0; line < 5; line++)
      shapes.push(`<path d="M${at(20, 230)} ${at(20, 230)}L${at(20, 230)} ${at(20, 230)}" stroke="#26c" stroke-width="2"/>`);
  } else {
    for (let circle = 0; circle < 4; circle++)
      shapes.push(`<circle cx="128" cy="128" r="${25 + 25 * circle}" fill="none" stroke="${ink}"/>`);
    shapes.push(`<path d="M10 128H246M128 10V246" stroke="${ink}"/>`);
  }
  // Strokes like letters, in lines.
  for (let line = 0; line < 3; line++)
    for (let letter = 0; letter < 34; letter++)
      if (random() < 0.8)
        shapes.push(
          `<path d="M${40 + 5 * letter} ${18 + 14 * line}v7m2 -7v7m-2 -${Math.floor(7 * random())}h2" stroke="${ink}" fill="none"/>`,
        );
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"><rect width="256" height="256" fill="${page}"/>${shapes.join('')}</svg>`,
  );
}

describe.skipIf(!pictures || !weights)('a collection with faults put into it', () => {
  let home = '';
  let folder = '';
  const swapped = new Set<string>();
  const drawn = new Set<string>();
  let review: Review;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'messier-clean-'));
    folder = join(home, 'six');
    const classes = (await readdir(pictures ?? '')).sort();
    const random = noise(7);
    for (const own of classes) await mkdir(join(folder, own), { recursive: true });
    for (const own of classes) {
      const names = (await readdir(join(pictures ?? '', own))).sort();
      const chosen = Array.from({ length: each }, (_, at) => names[Math.floor((at * names.length) / each)] ?? '');
      for (const [at, name] of chosen.entries()) {
        const isSwapped = at % 18 === 4;
        const shown = isSwapped ? (classes[(classes.indexOf(own) + 1 + Math.floor(5 * random())) % 6] ?? own) : own;
        await copyFile(join(pictures ?? '', own, name), join(folder, shown, name));
        if (isSwapped) swapped.add(`${shown}/${name}`);
      }
    }
    for (let seed = 0; seed < 12; seed++) {
      const file = `${classes[seed % 6] ?? ''}/drawn-${seed}.png`;
      await sharp(diagram(seed)).png().toFile(join(folder, file));
      drawn.add(file);
    }
    const first = [...drawn][0] ?? '';
    await copyFile(join(folder, first), join(folder, 'comet', 'again.png'));
    await writeFile(join(folder, 'planet', 'torn.jpg'), (await readFile(join(folder, first))).subarray(0, 200));
    const dataset = await openDataset(folder);
    review = await reviewDataset(dataset, { weights, folder: join(home, 'home') });
    await dataset.close();
  });
  afterAll(async () => {
    await rm(home, { recursive: true, force: true });
  });

  const scores = (but: ReadonlySet<string>) =>
    new Map(
      review.suspects.flatMap(({ file, score }) => (but.has(file) || file.endsWith('torn.jpg') ? [] : [[file, score] as const])),
    );

  it('lists every picture once, in [0, 1], most suspicious first', () => {
    const { suspects } = review;
    expect(suspects).toHaveLength(6 * each + 12 + 2);
    expect(new Set(suspects.map(({ file }) => file)).size).toBe(suspects.length);
    expect(suspects.every(({ score }) => score >= 0 && score <= 1)).toBe(true);
    expect(suspects.map(({ score }) => score)).toEqual(suspects.map(({ score }) => score).sort((a, b) => b - a));
    expect(suspects[0]).toMatchObject({ file: 'planet/torn.jpg', score: 1, reasons: [{ kind: 'unreadable' }] });
    expect(suspects.filter(({ reasons }) => reasons.length === 0).length).toBeGreaterThan(100);
  });

  it('ranks diagrams before what the web collection holds', () => {
    expect(rocAuc(scores(swapped), drawn)).toBeGreaterThan(0.95);
  });

  it('ranks wrong labels before right ones', () => {
    expect(rocAuc(scores(drawn), swapped)).toBeGreaterThan(0.85);
    const doubted = review.suspects.filter(({ file, suggested }) => swapped.has(file) && suggested !== undefined);
    expect(doubted.length).toBeGreaterThan(0);
  });

  it('names copies, and labels that disagree', () => {
    const again = review.suspects.filter(({ file }) => file === 'comet/again.png' || file === [...drawn][0]);
    expect(again.flatMap(({ reasons }) => reasons.map(({ kind }) => kind)).filter((kind) => kind === 'conflict')).toHaveLength(2);
    expect(again.flatMap(({ reasons }) => reasons.map(({ kind }) => kind))).toContain('duplicate');
  });

  describe('and decisions on it', () => {
    const main = fileURLToPath(projectFile('src/cli/main.ts'));
    const place = () => join(home, 'home');
    const clean = (...args: string[]): Promise<ChildResult> =>
      runNode(['--import', loader, main, 'clean', ...args, '--by', 'ann', '--json'], {
        MESSIER_HOME: place(),
        DATABASE_URL: '',
        MESSIER_BLOBS: '',
      });
    const reviews = async () => {
      const catalogue = await openCatalogue({ url: '', home: place() });
      try {
        return (await catalogue.counts()).reduce<Record<string, number>>((all, { review: state, items }) => {
          all[state] = (all[state] ?? 0) + items;
          return all;
        }, {});
      } finally {
        await catalogue.close();
      }
    };

    it('are recorded whole or not at all, and taken back', async () => {
      const [one = '', two = ''] = [...drawn];
      const [wrong = ''] = swapped;
      const unknown = await clean(folder, '--drop', one, 'comet/none.jpg');
      expect(unknown).toMatchObject({ code: 1, stdout: expect.stringContaining('comet/none.jpg') as string });
      expect(await reviews()).toEqual({});

      const done = await clean(folder, '--drop', one, two, '--relabel', `${wrong}=star`);
      expect(done).toMatchObject({ code: 0 });
      expect(JSON.parse(done.stdout)).toMatchObject({ dropped: 2, relabelled: 1, undone: 0, data: 'catalogue:six', by: 'ann' });
      // The two copies are one item: its content is its identity.
      expect(await reviews()).toEqual({ dropped: 2, accepted: 1, open: 6 * each + 12 - 3 });

      const copy = await clean(folder, '--accept', 'comet/again.png', '--drop', one);
      expect(copy).toMatchObject({ code: 1, stdout: expect.stringContaining('the same bytes') as string });

      const table = join(home, 'decided.csv');
      await writeFile(table, `file,decision,class\nsix/${two},undo,\nsix/${one},,\n`);
      expect(JSON.parse((await clean('catalogue:six', '--decisions', table)).stdout)).toMatchObject({ undone: 1 });
      expect(await reviews()).toMatchObject({ dropped: 1 });
      expect(await clean('catalogue:six', '--relabel', `six/${wrong}=unicorn`)).toMatchObject({ code: 1 });
      expect(await reviews()).toMatchObject({ dropped: 1, accepted: 1 });
    });
  });
});
