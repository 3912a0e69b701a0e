import { z } from 'zod';
import { readManifest } from '../dataset/manifest.js';
import { evaluateModel } from '../evaluate/evaluate-model.js';
import { countSeen, watchContent } from '../evaluate/seen.js';
import { evaluateVotesModel } from '../evaluate/evaluate-votes-model.js';
import { writeAtomically } from '../formats/atomic.js';
import { modelPath, openJudged } from '../recipes/open-judged.js';
import { ownSplit } from '../recipes/own-split.js';
import { defineCommand } from './command.js';
import { dataOptions, textColumn } from './data-options.js';
import { summary, votesSummary } from './figures.js';
import { heldOut } from './held-out.js';
import { prepareFile } from './prepare-file.js';
import { seenNotice } from './seen-notice.js';

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
  async run([given = ''], { data, part, samples, out, ...columns }, { signal, progress, log }) {
    await prepareFile(out);
    const model = modelPath(given);
    const { dataset, votes } = await openJudged([model], data, columns);
    try {
      const split = part === undefined ? undefined : await readManifest(part);
      const judged = watchContent(split ? heldOut(dataset, split) : dataset);
      const own = await ownSplit(model, {
        judged: split && part !== undefined ? { path: part, split } : undefined,
        name: given,
        onNotice: log,
      });
      /** What was judged, with how much of it the model learned from. */
      const withSeen = <Judged extends object>(
        evaluation: Judged,
        ids: readonly string[],
      ): Judged & { readonly seen?: number } => {
        if (!own) return { ...evaluation };
        const seen = countSeen(judged, ids, own);
        if (seen > 0) log(seenNotice({ name: given, seen, judged: ids.length, inputs: own.inputs }));
        return { ...evaluation, seen };
      };
      const options = { samples, signal, progress };
      const write = async (evaluation: unknown): Promise<void> => {
        if (out !== undefined) await writeAtomically(out, JSON.stringify(evaluation, undefined, 1));
      };
      if (votes) {
        const plain = await evaluateVotesModel(model, { dataset: judged, votes }, options);
        const skipped = new Set(plain.items.skippedItems.map(({ id }) => id));
        const ids = judged.items.map(({ id }) => id).filter((id) => !skipped.has(id));
        const evaluation = withSeen(plain, ids);
        await write(evaluation);
        return { data: evaluation, text: votesSummary(evaluation) };
      }
      const { evaluation: plain, predictions } = await evaluateModel(model, judged, options);
      const evaluation = withSeen(plain, predictions.ids);
      await write(evaluation);
      return { data: evaluation, text: summary(evaluation) };
    } finally {
      await dataset.close();
    }
  },
});
