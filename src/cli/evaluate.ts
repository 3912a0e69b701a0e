import { z } from 'zod';
import type { Dataset } from '../dataset/types.js';
import { openDataset } from '../dataset/open.js';
import { readManifest } from '../dataset/manifest.js';
import { evaluateModel } from '../evaluate/evaluate-model.js';
import { writeAtomically } from '../formats/atomic.js';
import { defineCommand } from './command.js';
import { summary } from './figures.js';
import { dataOptions, stretchOf } from './data-options.js';
import { prepareFile } from './prepare-file.js';

export const command = defineCommand({
  summary: 'Judge a model on labelled pictures.',
  arguments: { '<model>': 'model.onnx of a run' },
  options: z.strictObject({
    ...dataOptions,
    part: z
      .string()
      .min(1)
      .optional()
      .describe('judge only the pictures that this split.json has in its test part')
      .meta({ value: 'FILE' }),
    samples: z.coerce.number().int().min(100).max(100_000).default(1000).describe('bootstrap samples of the intervals'),
    out: z.string().min(1).optional().describe('write the JSON into this file as well').meta({ value: 'FILE' }),
  }),
  details: `Raw labels are mapped to classes by the rule inside the model; labels that it can't know are an error that lists what it knows.
Broken pictures are skipped, counted and listed. Every figure has a 95 % bootstrap interval; "always" is the model that answers the most
frequent class.`,
  examples: [
    ['messier evaluate runs/first/model.onnx --data test/', 'a folder with one sub-folder a class'],
    ['messier evaluate runs/first/model.onnx --data labels.csv --json', 'for a program'],
  ],
  async run([model = ''], { data, part, samples, out, ...columns }, { signal, progress }) {
    await prepareFile(out);
    const dataset = await openDataset(data, { stretch: stretchOf(model), ...columns });
    try {
      const manifest = part === undefined ? undefined : await readManifest(part);
      const test = manifest && new Set(manifest.items.filter((item) => item.part === 'test').map(({ id }) => id));
      const items = test ? dataset.items.filter(({ id }) => test.has(id)) : dataset.items;
      const judged: Dataset = {
        name: dataset.name,
        location: dataset.location,
        items,
        skipped: dataset.skipped,
        load: (item) => dataset.load(item),
        close: () => dataset.close(),
      };
      const { evaluation } = await evaluateModel(model, judged, { samples, signal, progress });
      if (out !== undefined) await writeAtomically(out, JSON.stringify(evaluation, undefined, 1));
      return { data: evaluation, text: summary(evaluation) };
    } finally {
      await dataset.close();
    }
  },
});
