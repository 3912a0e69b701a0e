import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { MessierError } from '../core/errors.js';
import { isPictureFile, loadPictureFile } from '../dataset/load-picture.js';
import { openPredictor } from '../evaluate/predictor.js';
import { defineCommand } from './command.js';

interface Answer {
  readonly file: string;
  readonly label: string;
  readonly probability: number;
  readonly probabilities: Readonly<Record<string, number>>;
  /** Files written with --layers. */
  readonly featureMaps?: readonly string[];
}

export const command = defineCommand({
  summary: 'Classify pictures.',
  arguments: { '<model>': 'model.onnx of a run', '<pictures...>': 'files and folders: jpeg, png, webp, tiff, gif, FITS' },
  options: z.strictObject({
    top: z.coerce.number().int().min(1).default(3).describe('answers shown for each picture'),
    layers: z
      .string()
      .min(1)
      .optional()
      .describe('write the feature maps of these convolutions, separated by commas')
      .meta({ value: 'NAMES' }),
    maps: z.string().min(1).default('feature-maps').describe('folder for feature maps').meta({ value: 'DIR' }),
    csv: z.boolean().default(false).describe('print a table with one column a class'),
  }),
  details:
    'A broken picture is skipped and named on standard error; the exit code is then 1, and the other pictures are answered.',
  examples: [
    ['messier predict runs/first/model.onnx m51.jpg', ''],
    ['messier predict runs/first/model.onnx new/ --csv > answers.csv', 'every picture of a folder'],
    ['messier predict model.onnx m51.jpg --layers conv1,conv2', 'what the convolutions see, as pictures'],
    ["messier predict model.onnx m51.fits --json | jq '.predictions[0].label'", ''],
  ],
  async run([model = '', ...paths], { top, csv, layers, maps }, { signal, progress, log }) {
    const files = (await Promise.all(paths.map(picturesOf))).flat();
    // One picture does not need a thread, which takes longer to start than to answer.
    const predictor = await openPredictor(model, { inThread: files.length === 1 });
    const { classes, stretch } = predictor.card;
    const answers: Answer[] = [];
    const skipped: { file: string; code: string; reason: string }[] = [];
    try {
      for (const [done, file] of files.entries()) {
        signal.throwIfAborted();
        if (files.length > 1) progress({ stage: 'predict', done, total: files.length, unit: 'pictures' });
        try {
          const { picture } = await loadPictureFile(file, stretch);
          const { probabilities } = await predictor.predict(picture);
          const answer = answerOf(file, classes, probabilities);
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
      text: csv ? table(classes, answers) : answers.map((answer) => lines(answer, top)).join('\n'),
      code: skipped.length > 0 ? 1 : 0,
    };
  },
});

async function picturesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) return [path];
  const names = await readdir(path, { recursive: true });
  const files = names.filter((name) => isPictureFile(name)).sort();
  if (files.length === 0) throw new MessierError('predict/empty', `The folder "${path}" holds no pictures.`);
  return files.map((name) => join(path, name));
}

function answerOf(file: string, classes: readonly string[], values: Float32Array): Answer {
  const best = values.indexOf(Math.max(...values));
  const probabilities = Object.fromEntries(classes.map((label, at) => [label, values[at] ?? 0]));
  return { file, label: classes[best] ?? '', probability: values[best] ?? 0, probabilities };
}

function lines({ file, probabilities, featureMaps = [] }: Answer, top: number): string {
  const ranked = Object.entries(probabilities).sort(([, a], [, b]) => b - a);
  const shown = ranked.slice(0, top).map(([label, value]) => `${label} ${(100 * value).toFixed(1)} %`);
  return [`${file}  ${shown.join('  ')}`, ...featureMaps.map((path) => `  ${path}`)].join('\n');
}

function table(classes: readonly string[], answers: readonly Answer[]): string {
  const quoted = (cell: string): string => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  const head = ['file', 'label', ...classes].map(quoted).join(',');
  return [
    head,
    // Not Object.values: classes that are numbers come first there.
    ...answers.map(({ file, label, probabilities }) =>
      [quoted(file), quoted(label), ...classes.map((one) => probabilities[one])].join(','),
    ),
  ].join('\n');
}
