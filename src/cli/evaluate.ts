import { z } from 'zod';
import { readManifest } from '../dataset/manifest.js';
import { evaluateModel } from '../evaluate/evaluate-model.js';
import { evaluateVotesModel } from '../evaluate/evaluate-votes-model.js';
import { writeAtomically } from '../formats/atomic.js';
import { modelPath, openJudged } from '../recipes/open-judged.js';
import { defineCommand } from './command.js';
import { dataOptions, textColumn } from './data-options.js';
import { summary, votesSummary } from './figures.js';
import { heldOut } from './held-out.js';
import { prepareFile } from './prepare-file.js';

export const command = defineCommand({
  summary: 'Judge a model on labelled pictures, on texts, or on pictures with votes.',
  arguments: { '<model>': "a run's folder, or its model.onnx" },
  options: z.strictObject({
    ...dataOptions,
    textColumn,
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
frequent class. A model of votes reads a table of votes and is judged by the error of its shares.`,
  examples: [
    ['messier evaluate runs/first/model.onnx --data test/', 'a folder with one sub-folder a class'],
    ['messier evaluate runs/first --data pictures/ --part runs/first/split.json', 'what the run kept aside'],
    ['messier evaluate runs/first/model.onnx --data labels.csv --json', 'for a program'],
    ['messier evaluate runs/zoo --data galaxy-zoo/', 'a model of votes: a folder with a table of votes'],
  ],
  async run([given = ''], { data, part, samples, out, ...columns }, { signal, progress }) {
    await prepareFile(out);
    const model = modelPath(given);
    const { dataset, votes } = await openJudged([model], data, columns);
    try {
      const judged = part === undefined ? dataset : heldOut(dataset, await readManifest(part));
      const options = { samples, signal, progress };
      const write = async (evaluation: unknown): Promise<void> => {
        if (out !== undefined) await writeAtomically(out, JSON.stringify(evaluation, undefined, 1));
      };
      if (votes) {
        const evaluation = await evaluateVotesModel(model, { dataset: judged, votes }, options);
        await write(evaluation);
        return { data: evaluation, text: votesSummary(evaluation) };
      }
      const { evaluation } = await evaluateModel(model, judged, options);
      await write(evaluation);
      return { data: evaluation, text: summary(evaluation) };
    } finally {
      await dataset.close();
    }
  },
});
