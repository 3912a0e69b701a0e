import { z } from 'zod';
import { changeRecipe, loadRecipe, type LoadedRecipe } from '../recipes/library.js';
import { runStudy, type Study } from '../recipes/study.js';
import {
  modelVariants,
  originalModels,
  studyKinds,
  transferModes,
  transferVariants,
  type StudyKind,
  type StudyVariant,
  type TransferVariantOptions,
} from '../recipes/study-variants.js';
import { commandLine } from './command-line.js';
import { defineCommand, UsageError } from './command.js';
import { comparisonText } from './comparison-text.js';
import { dataOptions, textColumn, threads } from './data-options.js';
import { columns, interval } from './figures.js';
import { news } from './news.js';

const names = z.string().min(1).optional();

export const command = defineCommand({
  summary: 'Train variants of one recipe on one split and hold them beside one another in one table.',
  arguments: {
    '<kind>': 'transfer: ways to use pretrained weights; models: networks',
    '<recipe>': 'name of a recipe, or path of a .yaml file',
  },
  options: z.strictObject({
    ...dataOptions,
    textColumn,
    out: z.string().min(1).describe('the folder of the study; a run lies in DIR/VARIANT').meta({ value: 'DIR' }),
    only: names.describe(`of transfer: the ways that are wanted, separated by commas, of ${transferModes.join(', ')}`).meta({
      value: 'NAMES',
    }),
    models: names
      .describe(`of models: networks separated by commas (default: ${originalModels.join(',')})`)
      .meta({ value: 'NAMES' }),
    weights: z
      .string()
      .min(1)
      .optional()
      .describe('of transfer: pretrained weights, a file or "published"; of models: "published" or "none" (default: none)')
      .meta({ value: 'FILE' }),
    epochs: z.coerce.number().int().min(1).optional().describe("instead of the recipe's"),
    seed: z.coerce.number().int().optional().describe("of training, instead of the recipe's"),
    splitFrom: z.string().min(1).optional().describe('use the split of another run: its split.json').meta({ value: 'FILE' }),
    resume: z.boolean().default(false).describe('take variants that are done as they are, and go on with the others'),
    threads,
  }),
  details: `DIR then holds study.json, study.html, split.json and a run for each variant. All variants have the split of the first. One that fails is told
in the table and does not stop the others; the exit code is then 1. Ctrl-C loses nothing: --resume goes on.`,
  examples: [
    ['messier study transfer cosmic-morphology --data pictures/ --weights mobilenet.onnx --out runs/transfer', ''],
    ['messier study transfer cosmic-morphology --data pictures/ --only features,last-2,all --out runs/t', 'three of the ways'],
    ['messier study models galaxy-zoo --data galaxy-zoo/ --out runs/models', 'five networks from random weights'],
    ['messier study models pictures --data pictures/ --models galaxy-cnn,resnet18 --epochs 5 --out runs/m', ''],
  ],
  async run([given = '', name = ''], options, { signal, progress, log }) {
    const kind = studyKinds.find((one) => one === given);
    if (!kind) throw new UsageError(`study: ${studyKinds.join(' or ')} expected, "${given}" received.`);
    const { data, out: folder, splitFrom, resume, threads: told } = options;
    const { imageColumn, labelColumn, textColumn: texts, epochs, seed } = options;
    const loaded = changeRecipe(loadRecipe(name), {
      data: { imageColumn, labelColumn, textColumn: texts },
      training: { epochs, seed },
    });
    const variants = await variantsOf(kind, loaded, { ...options, signal, progress, onNotice: log });
    const study = await runStudy(variants, {
      kind,
      recipe: loaded.recipe,
      data,
      folder,
      splitFrom,
      resume,
      threads: told,
      commandLine: commandLine(),
      signal,
      progress,
      ...news(log),
    });
    return { data: study, text: studyText(study), code: study.runs.every(({ state }) => state === 'done') ? 0 : 1 };
  },
});

/** What the flags ask for. */
interface Asked extends Pick<TransferVariantOptions, 'signal' | 'progress' | 'onNotice'> {
  readonly only?: string | undefined;
  readonly models?: string | undefined;
  readonly weights?: string | undefined;
}

async function variantsOf(
  kind: StudyKind,
  loaded: LoadedRecipe,
  { only, models, weights, ...work }: Asked,
): Promise<StudyVariant[]> {
  const list = (text: string | undefined): string[] => (text === undefined ? [] : text.split(',').map((word) => word.trim()));
  if (kind === 'transfer') {
    if (models !== undefined) throw new UsageError('--models is for "messier study models"; give --only.');
    return transferVariants(changeRecipe(loaded, { model: { weights } }), { only: list(only), ...work });
  }
  if (only !== undefined) throw new UsageError('--only is for "messier study transfer"; give --models.');
  if (weights !== undefined && weights !== 'published' && weights !== 'none') {
    throw new UsageError(`--weights: published or none expected, "${weights}" received. A file fits one network alone.`);
  }
  return modelVariants(loaded, { models: models === undefined ? originalModels : list(models), weights: weights ?? 'none' });
}

/** The variants with what they took and how they differ from the first, then the models. */
function studyText({ runs, comparison, report }: Study): string {
  const [reference] = comparison?.models ?? [];
  const tested = Object.keys(reference?.figures ?? {})[0] ?? '';
  const table = columns([
    ['variant', 'what learns', tested, `less ${reference?.name ?? 'the first'}`, 'p, Holm', 'seconds', 'numbers that learn'],
    ...runs.map(({ name, title, state, cost }) => {
      const figure = comparison?.models.find((one) => one.name === name)?.figures[tested];
      const pair = comparison?.pairs.find(({ first, second }) => first === reference?.name && second === name);
      const difference = pair?.difference[tested];
      return [
        name,
        title,
        figure ? interval(figure) : state,
        difference ? interval({ value: -difference.value, low: -difference.high, high: -difference.low }) : '',
        pair ? pair.adjusted.toPrecision(2) : '',
        cost ? cost.seconds.toFixed(1) : '',
        cost ? cost.trainable.toLocaleString('en') : '',
      ];
    }),
  ]);
  const failed = runs.flatMap(({ name, error }) => (error ? [`${name} failed: ${error.message} [${error.code}]`] : []));
  return [
    table,
    ...failed,
    ...(comparison ? [comparisonText(comparison)] : []),
    ...(report === null ? [] : [`Page  ${report}`]),
  ].join('\n\n');
}
