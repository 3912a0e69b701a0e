import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { readManifest } from '../dataset/manifest.js';
import { comparedData } from '../evaluate/compared-data.js';
import { compareModels } from '../evaluate/compare-models.js';
import { writeAtomically } from '../formats/atomic.js';
import { modelPath, openJudged } from '../recipes/open-judged.js';
import { ownSplit } from '../recipes/own-split.js';
import { UsageError, defineCommand } from './command.js';
import { comparisonText } from './comparison-text.js';
import { dataOptions, textColumn, threads } from './data-options.js';
import { prepareFile } from './prepare-file.js';
import { seenNotice } from './seen-notice.js';

export const command = defineCommand({
  summary: 'Judge several models on the same pictures in one table, with intervals, paired tests, size and speed.',
  arguments: { '<models...>': 'two or more: folders of runs, or model.onnx files' },
  options: z.strictObject({
    ...dataOptions,
    textColumn,
    split: z
      .string()
      .min(1)
      .optional()
      .describe('judge the part that this split.json keeps aside, and show accuracy on the others beside it')
      .meta({ value: 'FILE' }),
    samples: z.coerce.number().int().min(100).max(100_000).default(1000).describe('bootstrap samples of the intervals'),
    threads,
    out: z.string().min(1).optional().describe('write a page with the comparison').meta({ value: 'FILE.html' }),
  }),
  details: `The models need the same classes, or answer with votes of the same tree, which are compared by their error (RMSE). The difference of two
models has an interval from resamples that both share. McNemar's exact test (of votes a permutation test) says how likely such a difference is where
none exists, corrected for the number of pairs by Holm's method. Of a training part with more than 1,000 pictures a sample is judged.`,
  examples: [
    ['messier compare runs/a runs/b --data test/', ''],
    ['messier compare runs/* --data pictures/ --split runs/a/split.json --out comparison.html', 'with a page'],
  ],
  async run(given, { data, split, out, samples, threads: told, ...columns }, { signal, progress, log }) {
    if (given.length < 2) throw new UsageError(`compare: two or more models expected, ${given.length} received.`);
    await prepareFile(out);
    const models = given.map(modelPath);
    const manifest = split === undefined ? undefined : await readManifest(split);
    const source = await openJudged(models, data, columns);
    try {
      const judged = manifest && split !== undefined ? { path: split, split: manifest } : undefined;
      const named = await Promise.all(
        models.map(async (path) => {
          const name = nameOf(path, models);
          return { name, path, ...(await ownSplit(path, { judged, name, onNotice: log })) };
        }),
      );
      const options = { samples, threads: told, signal, progress };
      const { comparison, evaluations } = await compareModels(named, comparedData(source, manifest), options);
      for (const [at, { name, seen }] of comparison.models.entries()) {
        const { inputs = 'image' } = named[at] ?? {};
        if (seen) log(seenNotice({ name, seen, judged: comparison.parts.judged.pictures, inputs }));
      }
      if (out !== undefined) {
        const { comparePage } = await import('../report/index.js');
        const description = `${comparison.parts.judged.pictures} pictures of ${data}, the same for every model.`;
        await writeAtomically(out, comparePage({ title: 'Models compared', description, comparison, evaluations }));
      }
      return {
        data: { comparison, report: out ?? null },
        text: `${comparisonText(comparison)}${out === undefined ? '' : `\n\nPage  ${out}`}`,
      };
    } finally {
      await source.dataset.close();
    }
  },
});

/** The run's folder, or the whole path where two runs have folders of the same name. */
function nameOf(path: string, all: readonly string[]): string {
  const short = basename(path) === 'model.onnx' ? basename(dirname(path)) : basename(path, '.onnx');
  const isUnique = all.filter((other) => basename(dirname(other)) === short || basename(other, '.onnx') === short).length <= 1;
  return isUnique && short !== '' && short !== '.' ? short : path;
}
