import { readdir, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { z } from 'zod';
import { MessierError } from '../core/errors.js';
import { isPictureFile, loadPictureFile } from '../dataset/load-picture.js';
import { openPredictor, type Prediction } from '../evaluate/predictor.js';
import { csvCell } from '../formats/csv.js';
import type { ModelCard } from '../models/card.js';
import { encodeText, unknown } from '../text/index.js';
import { encodeSubmission, type VoteTree } from '../votes/index.js';
import { defineCommand } from './command.js';

interface Answer {
  /** `null` where only a text was asked about. */
  readonly file: string | null;
  /** The most probable class; of a model of votes, the most voted answer to the first question. */
  readonly label: string;
  readonly probability: number;
  /** Of the classes; of a model of votes, shares of all volunteers by column. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** Files written with --layers. */
  readonly featureMaps?: readonly string[];
}

export const command = defineCommand({
  summary: 'Classify pictures.',
  arguments: {
    '<model>': 'model.onnx of a run',
    '[pictures...]': 'files and folders: jpeg, png, webp, tiff, gif, FITS; none for a model of texts alone',
  },
  options: z.strictObject({
    text: z.string().optional().describe('what is written about the picture, for a model that reads texts'),
    top: z.coerce.number().int().min(1).default(3).describe('answers shown for each picture'),
    layers: z
      .string()
      .min(1)
      .optional()
      .describe('write the feature maps of these convolutions, separated by commas')
      .meta({ value: 'NAMES' }),
    maps: z.string().min(1).default('feature-maps').describe('folder for feature maps').meta({ value: 'DIR' }),
    csv: z
      .boolean()
      .default(false)
      .describe('print a table with one column a class; of a model of votes, a submission as in the Kaggle challenge'),
  }),
  details:
    'A broken picture is skipped and named on standard error; the exit code is then 1, and the other pictures are answered.',
  examples: [
    ['messier predict runs/first/model.onnx m51.jpg', ''],
    ['messier predict runs/first/model.onnx new/ --csv > answers.csv', 'every picture of a folder'],
    ['messier predict model.onnx m51.jpg --layers conv1,conv2', 'what the convolutions see, as pictures'],
    ['messier predict hybrid.onnx m51.jpg --text "The Whirlpool Galaxy"', 'a picture and what is written about it'],
    ["messier predict model.onnx m51.fits --json | jq '.predictions[0].label'", ''],
  ],
  async run([model = '', ...paths], { text, top, csv, layers, maps }, { signal, progress, log }) {
    const files = [...new Set((await Promise.all(paths.map(picturesOf))).flat())];
    // One picture does not need a thread, which takes longer to start than to answer.
    const predictor = await openPredictor(model, { inThread: files.length <= 1 });
    const { card } = predictor;
    const { classes, stretch } = card;
    const answers: Answer[] = [];
    const skipped: { file: string; code: string; reason: string }[] = [];
    try {
      checkQuestion(card, { files: files.length, text, layers });
      if (card.text && !encodeText(card.text, text ?? '').some((number) => number > unknown)) {
        log('The model knows no word of this text.');
      }
      if (card.inputs === 'text') answers.push(answerOf(null, card, await predictor.predict({ text })));
      for (const [done, file] of files.entries()) {
        signal.throwIfAborted();
        if (files.length > 1) progress({ stage: 'predict', done, total: files.length, unit: 'pictures' });
        try {
          const { picture } = await loadPictureFile(file, stretch);
          const answer = answerOf(file, card, await predictor.predict({ picture, text }));
          if (layers === undefined) {
            answers.push(answer);
          } else {
            const { writeMaps } = await import('./write-maps.js');
            const chosen = { layers: layers.split(','), folder: maps };
            answers.push({ ...answer, featureMaps: await writeMaps(model, { file, picture }, chosen) });
          }
        } catch (error) {
          if (!(error instanceof MessierError)) throw error;
          skipped.push({ file, code: error.code, reason: error.message });
          log(`${file}: ${error.message} [${error.code}]`);
        }
      }
    } finally {
      await predictor.close();
    }
    return {
      data: { model, classes, predictions: answers, skipped },
      text: csv ? table(card, answers) : answers.map((answer) => lines(card, answer, top)).join('\n'),
      code: skipped.length > 0 ? 1 : 0,
    };
  },
});

/** Throws `predict/input` where the model is given too little, or something that it would not look at. */
function checkQuestion(
  { name, inputs }: ModelCard,
  { files, text, layers }: { files: number; text: string | undefined; layers: string | undefined },
): void {
  const refuse = (rule: string): never => {
    throw new MessierError('predict/input', `"${name}" ${rule}.`);
  };
  if (inputs === 'text') {
    if (text === undefined) refuse('reads texts: give one with --text "..."');
    if (files > 0) refuse(`reads texts and sees no pictures; ${files} received. Leave them out`);
    if (layers !== undefined) refuse('reads texts and has no feature maps. Leave --layers out');
    return;
  }
  if (inputs === 'both' && text === undefined) refuse('takes a picture and a text: give one with --text "..."');
  if (files === 0) refuse('takes pictures: name files or folders');
  if (inputs === 'image' && text !== undefined) refuse('sees pictures and reads no texts. Leave --text out');
}

async function picturesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) return [path];
  const names = await readdir(path, { recursive: true });
  const files = names.filter((name) => isPictureFile(name)).sort();
  if (files.length === 0) throw new MessierError('predict/empty', `The folder "${path}" holds no pictures.`);
  return files.map((name) => join(path, name));
}

function answerOf(file: string | null, { classes, votes }: ModelCard, { probabilities: values }: Prediction): Answer {
  const judged = votes ? values.subarray(0, votes.tree.questions[0]?.answers.length) : values;
  const best = judged.indexOf(Math.max(...judged));
  const probabilities = Object.fromEntries(classes.map((label, at) => [label, values[at] ?? 0]));
  return { file, label: classes[best] ?? '', probability: values[best] ?? 0, probabilities };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function lines({ votes }: ModelCard, { file, probabilities, featureMaps = [] }: Answer, top: number): string {
  const maps = featureMaps.map((path) => `  ${path}`);
  if (votes) return [file ?? '', ...questionLines(votes.tree, probabilities), ...maps].join('\n');
  const ranked = Object.entries(probabilities).sort(([, a], [, b]) => b - a);
  const shown = ranked.slice(0, top).map(([label, value]) => `${label} ${percent(value)}`);
  return [`${file === null ? '' : `${file}  `}${shown.join('  ')}`, ...maps].join('\n');
}

/** Each question that at least one volunteer in ten is asked, with the shares of all volunteers. */
function questionLines({ questions }: VoteTree, shares: Readonly<Record<string, number>>): string[] {
  return questions.flatMap(({ text, answers }) => {
    const own = answers.map((answer) => ({ text: answer.text, share: shares[answer.column] ?? 0 }));
    if (own.reduce((sum, { share }) => sum + share, 0) < 0.1) return [];
    const ranked = own.sort((a, b) => b.share - a.share).map((answer) => `${answer.text} ${percent(answer.share)}`);
    return [`  ${text}  ${ranked.join('  ')}`];
  });
}

function table({ classes, votes }: ModelCard, answers: readonly Answer[]): string {
  if (votes) {
    const files = answers.map(({ file }) => file ?? '');
    const names = files.map((file) => parse(file).name);
    // Pictures of one name in two folders are told apart by their paths.
    const ids = new Set(names).size === names.length ? names : files;
    const shares = answers.flatMap(({ probabilities }) => classes.map((column) => probabilities[column] ?? 0));
    return encodeSubmission(votes.tree, ids, shares).trimEnd();
  }
  const head = ['file', 'label', ...classes].map(csvCell).join(',');
  return [
    head,
    // Not Object.values: classes that are numbers come first there.
    ...answers.map(({ file, label, probabilities }) =>
      [csvCell(file ?? ''), csvCell(label), ...classes.map((one) => probabilities[one])].join(','),
    ),
  ].join('\n');
}
