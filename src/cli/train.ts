import { z } from 'zod';
import { loadRecipe } from '../recipes/library.js';
import { runRecipe, type RunResult } from '../recipes/run.js';
import type { Recipe } from '../recipes/schema.js';
import { cleaningInWords } from '../report/cleaning.js';
import { commandLine } from './command-line.js';
import { defineCommand, UsageError } from './command.js';
import { dataOptions, textColumn } from './data-options.js';
import { crossedSummary, leftOut, resultSummary } from './figures.js';
import { news } from './news.js';

export const command = defineCommand({
  summary: 'Train a model by a recipe, judge it on pictures kept aside, and write its report.',
  arguments: { '<recipe>': 'name of a recipe ("messier recipes" lists them) or path of a .yaml file' },
  options: z.strictObject({
    ...dataOptions,
    groupColumn: z.string().min(1).optional().describe('column of a CSV that names the object').meta({ value: 'NAME' }),
    textColumn,
    model: z
      .string()
      .min(1)
      .optional()
      .describe("architecture, instead of the recipe's; messier models lists them")
      .meta({ value: 'NAME' }),
    weights: z
      .string()
      .min(1)
      .optional()
      .describe('pretrained weights: .onnx, .safetensors, or "published" to download those of the architecture')
      .meta({ value: 'FILE' }),
    folds: z.coerce
      .number()
      .int()
      .min(2)
      .max(100)
      .optional()
      .describe('cross-validate: train and judge so many times, each time on another part; the runs are DIR/fold-1, ...'),
    out: z.string().min(1).optional().describe("the run's folder (default: runs/RECIPE)").meta({ value: 'DIR' }),
    resume: z.boolean().default(false).describe('continue a run that was stopped or killed, to the same weights'),
    splitFrom: z
      .string()
      .min(1)
      .optional()
      .describe('use the split of another run again: its split.json')
      .meta({ value: 'FILE' }),
    epochs: z.coerce.number().int().min(1).optional().describe("instead of the recipe's"),
    seed: z.coerce.number().int().optional().describe("of training, instead of the recipe's"),
    threads: z.coerce
      .number()
      .int()
      .min(1)
      .max(1024)
      .optional()
      .describe('every core unless told; the last bits of the weights depend on it'),
  }),
  details: `DIR then holds model.onnx (pixels of any size in, probabilities out, everything inside), report.html, evaluation.json, manifest.json,
split.json, recipe.yaml, metrics.jsonl and checkpoints/. Ctrl-C finishes the step and writes a checkpoint; --resume goes on from it.`,
  examples: [
    ['messier train pictures --data pictures/ --out runs/first', 'one sub-folder a class'],
    ['messier train pictures --data pictures/ --out runs/first --resume', 'after Ctrl-C or a power cut'],
    ['messier train mine.yaml --data labels.csv --split-from runs/first/split.json', 'another recipe on the same split'],
  ],
  async run([name = ''], options, { signal, progress, log }) {
    const { data, out, resume, splitFrom, threads, folds } = options;
    const { imageColumn, labelColumn, groupColumn, textColumn: texts, epochs, seed, model, weights } = options;
    const recipe = loadRecipe(name, {
      data: { imageColumn, labelColumn, groupColumn, textColumn: texts },
      model: { name: model, weights },
      training: { epochs, seed },
    });
    const folder = out ?? `runs/${recipe.recipe.name}`;
    const run = { data, folder, resume, splitFrom, threads, commandLine: commandLine(), signal, progress, ...news(log) };
    if (folds !== undefined) {
      if (splitFrom !== undefined) throw new UsageError('--folds makes splits of its own; leave --split-from out.');
      const { crossValidate } = await import('../recipes/cross-validate.js');
      const crossed = await crossValidate(recipe, { ...run, folds });
      return { data: crossed, text: crossedSummary(crossed) };
    }
    const result = await runRecipe(recipe, run);
    return { data: resultData(result), text: resultText(recipe.recipe, result, log) };
  },
});

function resultData({ training, ...result }: RunResult): unknown {
  const { folder, model, report, judged, evaluation, votes, cleaning } = result;
  const { history, bestEpoch, seconds, waited } = training;
  const facts = { folder, model, report, judged, epochs: history.length, bestEpoch, seconds, waited };
  return { ...facts, ...(evaluation && { evaluation }), ...(votes && { votes }), ...(cleaning && { cleaning }) };
}

function resultText(
  { inputs }: Recipe,
  { evaluation, votes, cleaning, model, report }: RunResult,
  log: (text: string) => void,
): string {
  const { skipped } = leftOut((evaluation ?? votes)?.items.skippedItems ?? []);
  const noun = inputs === 'text' ? 'text' : 'picture';
  if (skipped > 0) log(`${skipped} ${skipped === 1 ? `${noun} was` : `${noun}s were`} skipped; the report says why.`);
  const asked = [...(inputs === 'text' ? [] : ['picture.jpg']), ...(inputs === 'image' ? [] : ['--text "..."'])].join(' ');
  const gained = cleaning ? `\n\n${cleaningInWords(cleaning)}` : '';
  return `${resultSummary({ evaluation, votes })}${gained}\n\nModel   ${model}\nReport  ${report}\nTry it  messier predict ${model} ${asked}`;
}
