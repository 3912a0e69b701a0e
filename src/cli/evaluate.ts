import { z } from 'zod';
import { openDataset } from '../dataset/open.js';
import { readManifest } from '../dataset/manifest.js';
import { evaluateModel } from '../evaluate/evaluate-model.js';
import { writeAtomically } from '../formats/atomic.js';
import { defineCommand } from './command.js';
import { summary } from './figures.js';
import { dataOptions, stretchOf } from './data-options.js';
import { heldOut } from './held-out.js';
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
      .describe('judge only the pictures that this split.json keeps aside (test, or else validation)')
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
      const judged = part === undefined ? dataset : heldOut(dataset, await readManifest(part));
      const { evaluation } = await evaluateModel(model, judged, { samples, signal, progress });
      if (out !== undefined) await writeAtomically(out, JSON.stringify(evaluation, undefined, 1));
      return { data: evaluation, text: summary(evaluation) };
    } finally {
      await dataset.close();
    }
  },
});
