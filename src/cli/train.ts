import { z } from 'zod';
import { changeRecipe, loadRecipe } from '../recipes/library.js';
import { runRecipe } from '../recipes/run.js';
import { defineCommand } from './command.js';
import { dataOptions } from './data-options.js';
import { summary } from './figures.js';
import { news } from './news.js';

export const command = defineCommand({
  summary: 'Train a model by a recipe, judge it on pictures kept aside, and write its report.',
  arguments: { '<recipe>': 'name of a recipe ("messier recipes" lists them) or path of a .yaml file' },
  options: z.strictObject({
    ...dataOptions,
    groupColumn: z.string().min(1).optional().describe('column of a CSV that names the object').meta({ value: 'NAME' }),
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
  async run(
    [name = ''],
    { data, out, resume, splitFrom, epochs, seed, threads, imageColumn, labelColumn, groupColumn },
    { signal, progress, log },
  ) {
    const recipe = changeRecipe(loadRecipe(name), {
      data: { imageColumn, labelColumn, groupColumn },
      training: { epochs, seed },
    });
    const folder = out ?? `runs/${recipe.recipe.name}`;
    const commandLine = ['messier', ...process.argv.slice(2)].map(quoted).join(' ');
    const options = { data, folder, resume, splitFrom, threads, commandLine, signal, progress };
    const result = await runRecipe(recipe, { ...options, ...news(log) });
    if (result.evaluation.items.skipped > 0)
      log(`${result.evaluation.items.skipped} pictures were skipped; the report says why.`);
    const { evaluation, judged, training: trained } = result;
    return {
      data: {
        folder,
        model: result.model,
        report: result.report,
        judged,
        epochs: trained.history.length,
        bestEpoch: trained.bestEpoch,
        seconds: trained.seconds,
        waited: trained.waited,
        evaluation,
      },
      text: `${summary(evaluation)}\n\nModel   ${result.model}\nReport  ${result.report}\nTry it  messier predict ${result.model} picture.jpg`,
    };
  },
});

/** As a shell takes it. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
