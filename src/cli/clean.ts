import { userInfo } from 'node:os';
import { z } from 'zod';
import { reviewDataset } from '../clean/review.js';
import type { Review, Suspect } from '../clean/types.js';
import { plainLine } from '../collect/collect-item.js';
import { openDataset } from '../dataset/open.js';
import { writeAtomically } from '../formats/atomic.js';
import { thumbnailUri } from '../formats/picture-encode.js';
import type { CleanPicture } from '../report/clean-types.js';
import { absent, counted, shellWord } from '../report/format.js';
import { defaultStretch } from '../sky/stretch.js';
import type { Dataset } from '../dataset/types.js';
import { MessierError } from '../core/errors.js';
import { decide, decisionsOf } from './clean-decide.js';
import { defineCommand, type CommandContext, type Output } from './command.js';
import { columnOptions } from './data-options.js';
import { columns } from './figures.js';
import { prepareFile } from './prepare-file.js';

/** Rows of the table, and pictures of the page, unless told. */
const usualRows = 20;
const usualPictures = 200;
const thumbnailSide = 160;

const files = z.array(z.string().min(1)).optional();

export const command = defineCommand({
  summary: 'Find pictures to reject: wrong labels, diagrams, text, odd ones, copies, unreadable files. Record what you decide.',
  arguments: { '<data>': 'folder with one sub-folder a class, CSV, .h5, .npz or catalogue:NAME' },
  options: z.strictObject({
    out: z.string().min(1).optional().describe('also write a page with the pictures').meta({ value: 'FILE.html' }),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .optional()
      .describe(`entries shown (default: ${usualRows}, on the page ${usualPictures}, with --json all)`),
    weights: z
      .string()
      .min(1)
      .optional()
      .describe('.onnx or .safetensors file, or an architecture (default: what lies here)')
      .meta({ value: 'FILE' }),
    accept: files.describe('record: these pictures are right').meta({ value: 'FILE' }),
    drop: files.describe('record: leave these pictures out').meta({ value: 'FILE' }),
    relabel: files.describe('record: these pictures show another class').meta({ value: 'FILE=CLASS' }),
    decisions: z
      .string()
      .min(1)
      .optional()
      .describe('record decisions of a table with the columns file, decision, class')
      .meta({ value: 'FILE.csv' }),
    undo: files.describe('take your last word on these pictures back').meta({ value: 'FILE' }),
    by: z
      .string()
      .min(1)
      .regex(/^\P{C}+$/u, 'a name without control characters expected')
      .default(userName())
      .describe('who decides')
      .meta({ value: 'NAME' }),
    ...columnOptions,
  }),
  details:
    'A folder whose pictures are decided on is taken into the catalogue first, as a source and dataset of its name;\n' +
    'files of the same bytes are one item there, and what is decided on one holds for all.\n' +
    'Decisions are labels of yours in the catalogue: all of a call are recorded or none, nothing is deleted, and --undo brings back what was before.',
  examples: [
    ['messier clean pictures/', 'the twenty most suspicious pictures, and why'],
    ['messier clean pictures/ --json', 'every picture, most suspicious first: [{file, score, reasons}]'],
    ['messier clean pictures/ --out clean.html', 'a page to look through'],
    ['messier clean pictures/ --drop comet/17.jpg star/4.jpg', 'leave two out'],
    ['messier clean catalogue:pictures --relabel pictures/comet/3.jpg=galaxy --by ann', 'say what it shows'],
    ['messier clean catalogue:pictures --decisions decided.csv', 'a table of decisions'],
  ],
  async run([data = ''], options, context) {
    const decisions = await decisionsOf(options);
    if (decisions.length > 0) return decide(data, decisions, options, context);
    return review(data, options, context);
  },
});

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // Containers may run users without a name.
    return 'person';
  }
}

interface ReviewFlags {
  readonly out?: string | undefined;
  readonly limit?: number | undefined;
  readonly weights?: string | undefined;
  readonly imageColumn?: string | undefined;
  readonly labelColumn?: string | undefined;
}

async function review(data: string, flags: ReviewFlags, { progress, signal }: CommandContext): Promise<Output> {
  const { out, limit, weights, ...open } = flags;
  if (out !== undefined) await prepareFile(out);
  const { imageColumn, labelColumn } = open;
  const dataset = await openDataset(data, { stretch: defaultStretch, imageColumn, labelColumn });
  try {
    const found = await reviewDataset(dataset, { weights, progress, signal });
    if (out !== undefined) {
      const pictures = await picturesOf(dataset, found.suspects.slice(0, limit ?? usualPictures), signal);
      const { cleanPage } = await import('../report/clean-page.js');
      await writeAtomically(out, cleanPage({ ...found, name: dataset.name, location: data, pictures }));
    }
    const listed = found.suspects.slice(0, limit ?? found.suspects.length);
    return {
      data: listed.map(entryOf),
      text: `${textOf(found, data, limit ?? usualRows)}${out === undefined ? '' : `\n\nPage  ${out}`}`,
    };
  } finally {
    await dataset.close();
  }
}

/** What a program gets of each picture. */
const entryOf = ({ file, score, reasons, class: own, suggested }: Suspect) => ({
  file,
  score,
  reasons: reasons.map(({ kind, text }) => `${kind}: ${text}`),
  class: own ?? null,
  suggested: suggested ?? null,
});

/** Small copies of the pictures; one that can't be read has none. */
async function picturesOf(dataset: Dataset, suspects: readonly Suspect[], signal: AbortSignal): Promise<CleanPicture[]> {
  const items = new Map(dataset.items.map((item) => [item.id, item]));
  const pictures: CleanPicture[] = [];
  for (const suspect of suspects) {
    signal.throwIfAborted();
    const item = items.get(suspect.file);
    let uri: string | undefined;
    if (item && !suspect.reasons.some(({ kind }) => kind === 'unreadable')) {
      try {
        uri = await thumbnailUri((await dataset.load(item)).picture, thumbnailSide);
      } catch (error) {
        // It changed since it was reviewed; its entry stays.
        if (!(error instanceof MessierError)) throw error;
      }
    }
    pictures.push({ ...suspect, uri });
  }
  return pictures;
}

function textOf({ suspects, counts, network, noise }: Review, data: string, rows: number): string {
  const shown = suspects.slice(0, rows);
  const table = columns(
    [
      ['score', 'class', 'file', 'why'],
      ...shown.map(({ score, class: own = '', file, reasons }) => [
        score.toFixed(3),
        plainLine(own),
        plainLine(file),
        reasons.map(({ text }) => plainLine(text)).join('; ') || absent,
      ]),
    ],
    [1, 2, 3],
  );
  const found = Object.entries(counts).sort(([, a], [, b]) => b - a);
  const lines = [
    `${counted(suspects.length, 'picture')}, described by ${network ?? 'measures made by hand (with --weights mobilenet-v2 it finds more)'}`,
    ...(found.length > 0 ? [`reasons: ${found.map(([kind, count]) => `${kind} ${count}`).join(', ')}`] : []),
    ...(noise === undefined ? [] : [`estimated share of wrong labels: ${(100 * noise).toFixed(1)} %`]),
    `Decide: messier clean ${shellWord(data)} --drop FILE ... --relabel FILE=CLASS ... --accept FILE ...`,
  ];
  return `${table}\n\n${lines.join('\n')}`;
}
