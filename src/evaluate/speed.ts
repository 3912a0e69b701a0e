import type { Asked, Predictor } from './prediction.js';

/** How speeds are measured. */
export interface SpeedOptions {
  /** Turns of each predictor, 5 unless told; the median counts. */
  readonly turns?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Pictures that each predictor answers in a second: decoded pictures in, probabilities out, in runs as large as a predictor takes. They answer the same
 * questions in turns, after one turn that does not count, so that what else the machine does falls on all of them.
 *
 * @param questions At least one.
 * @throws MessierError what predictors throw; the signal's reason where it is aborted
 *
 * @example
 * const [single, both] = await measureSpeeds([first, ensemble], pictures.map((picture) => ({ picture })));
 */
export async function measureSpeeds(
  predictors: readonly Predictor[],
  questions: readonly Asked[],
  { turns = 5, signal }: SpeedOptions = {},
): Promise<number[]> {
  const seconds = predictors.map((): number[] => []);
  for (let turn = -1; turn < turns; turn++) {
    for (const [at, predictor] of predictors.entries()) {
      signal?.throwIfAborted();
      const start = performance.now();
      await predictor.predictMany(questions);
      if (turn >= 0) seconds[at]?.push((performance.now() - start) / 1000);
    }
  }
  return seconds.map((all) => questions.length / (all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? NaN));
}
