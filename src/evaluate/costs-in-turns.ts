import { stat } from 'node:fs/promises';
import { loadModel } from '../formats/model-file.js';
import { parameterCount } from '../nn/parameters.js';
import type { ModelCost } from './model-cost.js';
import type { Asked } from './prediction.js';
import { openPredictor, type Predictor } from './predictor.js';

/** Questions of a turn, and turns that count. */
const timed = { questions: 16, turns: 5 } as const;

/**
 * Size and speed of several model files: decoded pictures in, probabilities out. The models answer the same questions in turns, after one turn that does not
 * count, so that what else the machine does falls on all of them; the median counts. All of them are open at once.
 *
 * @param questions At least one; more than 16 are left aside.
 * @throws MessierError what predictors throw; the signal's reason where it is aborted
 *
 * @example
 * const [single, both] = await costsInTurns(['single.onnx', 'both.onnx'], { questions: [{ picture }] });
 */
export async function costsInTurns(
  paths: readonly string[],
  options: {
    readonly questions: readonly Asked[];
    readonly threads?: number | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<ModelCost[]> {
  const predictors: Predictor[] = [];
  try {
    for (const path of paths) predictors.push(await openPredictor(path, { threads: options.threads }));
    const questions = options.questions.slice(0, timed.questions);
    const seconds = predictors.map((): number[] => []);
    for (let turn = -1; turn < timed.turns; turn++) {
      for (const [at, predictor] of predictors.entries()) {
        options.signal?.throwIfAborted();
        const start = performance.now();
        await predictor.predictMany(questions);
        if (turn >= 0) seconds[at]?.push((performance.now() - start) / 1000);
      }
    }
    const middle = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[Math.floor(timed.turns / 2)] ?? NaN;
    return await Promise.all(
      paths.map(async (path, at) => ({
        parameters: parameterCount(loadModel(path)),
        bytes: (await stat(path)).size,
        picturesPerSecond: questions.length / middle(seconds[at] ?? []),
      })),
    );
  } finally {
    await Promise.all(predictors.map((predictor) => predictor.close()));
  }
}
