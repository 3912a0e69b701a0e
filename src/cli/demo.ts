import { join } from 'node:path';
import { z } from 'zod';
import { loadPictureFile } from '../dataset/load-picture.js';
import { openPredictor } from '../evaluate/predictor.js';
import { writeSimulatedSet } from '../recipes/demo.js';
import { loadRecipe } from '../recipes/library.js';
import { runRecipe } from '../recipes/run.js';
import { galaxyKinds } from '../sky/simulate.js';
import { checkUnused } from '../train/index.js';
import { defineCommand } from './command.js';
import { resultSummary } from './figures.js';
import { news } from './news.js';

export const command = defineCommand({
  summary: 'Simulate a sky, train on it, write the report and predict single pictures: the whole way, without network.',
  arguments: {},
  options: z.strictObject({
    out: z.string().min(1).default('runs/demo').describe('folder for pictures, model and report').meta({ value: 'DIR' }),
    pictures: z.coerce.number().int().min(20).max(10_000).default(150).describe('of each of the six kinds'),
    seed: z.coerce.number().int().default(1).describe('of the sky'),
    resume: z.boolean().default(false).describe('continue a demonstration that was stopped'),
  }),
  details:
    'It takes about three minutes on two cores. Galaxies are simulated: bulges, disks, arms, bars, rings, mergers, seeing and noise.',
  examples: [
    ['messier demo', 'then open runs/demo/report.html'],
    ['messier demo --pictures 400 --out bigger', 'better figures, more time'],
  ],
  async run(_, { out, pictures, seed, resume }, { signal, progress, log }) {
    // Before the sky of an older demonstration is drawn over.
    if (!resume) await checkUnused(out);
    const sky = join(out, 'sky');
    await writeSimulatedSet({ folder: sky, perKind: pictures, side: 64, seed, signal, progress });
    const commandLine = `messier demo --out ${out} --pictures ${pictures} --seed ${seed}`;
    const result = await runRecipe(loadRecipe('simulated-sky'), {
      data: sky,
      folder: out,
      resume,
      commandLine,
      signal,
      progress,
      ...news(log),
    });
    log('Now single pictures that nothing was trained on:');
    const unseen = join(out, 'unseen');
    await writeSimulatedSet({ folder: unseen, perKind: 1, side: 64, seed: seed + 1, signal });
    const predictor = await openPredictor(result.model);
    try {
      const answers = [];
      for (const kind of galaxyKinds) {
        const file = join(unseen, kind, '0000.png');
        const { picture } = await loadPictureFile(file, predictor.card.stretch);
        const { probabilities } = await predictor.predict(picture);
        const best = probabilities.indexOf(Math.max(...probabilities));
        answers.push({ file, truth: kind, answer: predictor.card.classes[best] ?? '', probability: probabilities[best] ?? 0 });
      }
      const lines = answers.map(({ file, answer, probability }) => `${file}  ${answer} ${(100 * probability).toFixed(1)} %`);
      return {
        data: { folder: out, model: result.model, report: result.report, evaluation: result.evaluation, predictions: answers },
        text: `${resultSummary(result)}\n\n${lines.join('\n')}\n\nReport  ${result.report}\nModel   ${result.model}`,
      };
    } finally {
      await predictor.close();
    }
  },
});
