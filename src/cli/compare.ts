import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { MessierError } from '../core/errors.js';
import { openDataset } from '../dataset/open.js';
import { compareModels, type JudgedModels } from '../evaluate/compare-models.js';
import type { Comparison } from '../evaluate/compare.js';
import { writeAtomically } from '../formats/atomic.js';
import type { CompareReport } from '../report/types.js';
import { UsageError, defineCommand } from './command.js';
import { dataOptions, stretchOf } from './data-options.js';
import { columns, interval } from './figures.js';
import { prepareFile } from './prepare-file.js';

export const command = defineCommand({
  summary: 'Judge several models on the same pictures, with intervals and paired tests.',
  arguments: { '<models...>': 'two or more model.onnx' },
  options: z.strictObject({
    ...dataOptions,
    out: z.string().min(1).optional().describe('write a page with the comparison').meta({ value: 'FILE.html' }),
  }),
  details: `The models need the same classes. The difference of two models has an interval from resamples that both share, and McNemar's test says
how likely such a difference is where none exists.`,
  examples: [
    ['messier compare runs/a/model.onnx runs/b/model.onnx --data test/', ''],
    ['messier compare runs/*/model.onnx --data test/ --out comparison.html', ''],
  ],
  async run(models, { data, out, ...rest }, { signal, progress }) {
    if (models.length < 2) throw new UsageError(`compare: two or more models expected, ${models.length} received.`);
    await prepareFile(out);
    const [stretch, ...others] = models.map(stretchOf);
    if (others.some((other) => JSON.stringify(other) !== JSON.stringify(stretch))) {
      throw new MessierError(
        'compare/stretch',
        'The models show raw counts (FITS) by different stretches, so that they would not see the same pictures. Judge each with "messier evaluate".',
      );
    }
    const dataset = await openDataset(data, { stretch, ...rest });
    try {
      const named = models.map((path) => ({ name: nameOf(path, models), path }));
      const judged = await compareModels(named, dataset, { signal, progress });
      const { comparison } = judged;
      if (out !== undefined) {
        const { comparePage } = await import('../report/index.js');
        await writeAtomically(out, comparePage(reportOf(judged, data)));
      }
      return {
        data: { ...comparison, report: out ?? null },
        text: `${text(comparison)}${out === undefined ? '' : `\n\nPage  ${out}`}`,
      };
    } finally {
      await dataset.close();
    }
  },
});

/** What the page shows. */
function reportOf({ comparison, evaluations }: JudgedModels, data: string): CompareReport {
  const { models, pairs, pictures } = comparison;
  return {
    title: 'Models compared',
    description: `${pictures} pictures of ${data}, the same for every model.`,
    models: evaluations.map((evaluation, at) => ({ name: models[at]?.name ?? '', evaluation })),
    differences: pairs.flatMap(({ first, second, difference, mcnemar }) =>
      (['accuracy', 'balancedAccuracy', 'macroF1'] as const).map((figure) => ({
        first,
        second,
        figure,
        difference: difference[figure],
        pValue: figure === 'accuracy' ? mcnemar.exact : null,
      })),
    ),
  };
}

/** The run's folder, or the whole path where two runs have folders of the same name. */
function nameOf(path: string, all: readonly string[]): string {
  const short = basename(path) === 'model.onnx' ? basename(dirname(path)) : basename(path, '.onnx');
  const isUnique = all.filter((other) => basename(dirname(other)) === short || basename(other, '.onnx') === short).length <= 1;
  return isUnique && short !== '' && short !== '.' ? short : path;
}

function text({ models, pairs, pictures }: Comparison): string {
  const table = columns([
    ['model', 'accuracy', 'balanced accuracy', 'macro F1'],
    ...models.map((model) => [model.name, interval(model.accuracy), interval(model.balancedAccuracy), interval(model.macroF1)]),
  ]);
  const differences = columns([
    ['difference', 'accuracy', 'balanced accuracy', 'macro F1', 'McNemar p'],
    ...pairs.map(({ first, second, difference, mcnemar }) => [
      `${first} - ${second}`,
      interval(difference.accuracy),
      interval(difference.balancedAccuracy),
      interval(difference.macroF1),
      mcnemar.exact.toPrecision(2),
    ]),
  ]);
  return `${table}\n\n${differences}\n\n${pictures} pictures`;
}
