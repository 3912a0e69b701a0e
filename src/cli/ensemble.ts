import { z } from 'zod';
import { ensembleMethods } from '../evaluate/ensemble-types.js';
import { ensembleRuns, type EnsembleResult } from '../recipes/ensemble.js';
import { UsageError, defineCommand } from './command.js';
import { dataOptions, textColumn, threads } from './data-options.js';
import { columns, interval } from './figures.js';

export const command = defineCommand({
  summary: 'Put runs together into one model, with its gain and its cost.',
  arguments: { '<runs...>': 'two or more folders of runs, with model.onnx and split.json' },
  options: z.strictObject({
    ...dataOptions,
    textColumn,
    out: z.string().min(1).describe('folder for the ensemble').meta({ value: 'DIR' }),
    method: z
      .enum(ensembleMethods)
      .default('average')
      .describe('mean of the probabilities, weighted mean, or logistic regression on their logarithms'),
    balance: z.coerce
      .number()
      .min(0)
      .max(100)
      .optional()
      .describe("of a stack: answers are chosen for accuracy + balance * balanced accuracy (default: as the runs' recipes)"),
    samples: z.coerce.number().int().min(100).max(100_000).default(1000).describe('bootstrap samples of the intervals'),
    threads,
  }),
  details: `DIR then holds model.onnx, which is used like any other (predict, evaluate, compare), split.json, ensemble.json and ensemble.html. Weights and temperature are fitted
on pictures that no run was trained on (the validation part of a common split), and judged on others (its test part). The gain is that over the run which was best
on the first of these. Train runs on one split with "messier train ... --split-from FIRST/split.json".`,
  examples: [
    ['messier ensemble runs/a runs/b runs/c --data pictures/ --out runs/all', 'the mean of three'],
    ['messier ensemble runs/a runs/b --data pictures/ --out runs/stack --method stack', ''],
  ],
  async run(runs, { data, out, method, balance, samples, threads: count, ...names }, { signal, progress }) {
    if (runs.length < 2) throw new UsageError(`ensemble: two or more runs expected, ${runs.length} received.`);
    if (balance !== undefined && method !== 'stack') throw new UsageError('--balance is of --method stack; leave it out.');
    const result = await ensembleRuns({
      runs,
      data,
      folder: out,
      method,
      balance,
      columns: names,
      samples,
      threads: count,
      signal,
      progress,
    });
    return { data: result, text: text(result) };
  },
});

function text(result: EnsembleResult): string {
  const { ensemble, members, gains, best, diversity, pictures, anyRight } = result;
  const table = columns([
    ['model', 'validation', 'accuracy', 'balanced accuracy', 'macro F1', 'log loss', 'parameters', 'MB', 'pictures/s'],
    ...[{ ...ensemble, validationAccuracy: undefined }, ...members].map((row) => [
      row.name,
      row.validationAccuracy?.toFixed(3) ?? '',
      interval(row.accuracy),
      interval(row.balancedAccuracy),
      interval(row.macroF1),
      interval(row.logLoss),
      row.parameters.toLocaleString('en'),
      (row.bytes / 1e6).toPrecision(3),
      row.picturesPerSecond.toPrecision(3),
    ]),
  ]);
  const gain = columns([
    ['gain over', 'accuracy', 'balanced accuracy', 'macro F1', 'log loss', 'McNemar p'],
    ...gains.map(({ member, mcnemar, ...figures }) => [
      member === best ? `${member} (best)` : member,
      interval(figures.accuracy),
      interval(figures.balancedAccuracy),
      interval(figures.macroF1),
      interval(figures.logLoss),
      mcnemar.exact.toPrecision(2),
    ]),
  ]);
  const pairs = columns([
    ['pair', 'different answers', 'correlation of errors'],
    ...diversity.map(({ first, second, disagreement, errorCorrelation }) => [
      `${first}, ${second}`,
      disagreement.toFixed(3),
      errorCorrelation?.toFixed(3) ?? '',
    ]),
  ]);
  const counts = `${pictures.judged} pictures judged, ${pictures.fitted} others fitted it and chose the best member; at least one member is right on ${(100 * anyRight).toFixed(1)} %`;
  return `${table}\n\n${gain}\n\n${pairs}\n\n${counts}\n\nModel  ${result.model}\nPage   ${result.report}`;
}
