import { sizeOf, type ModelCost } from './model-cost.js';
import type { Asked, Predictor } from './prediction.js';
import { openPredictor, type PredictorOptions } from './predictor.js';

/** Turns that count: at least, at most, and the seconds a model after which no other is begun. Many short ones even out what else a machine does. */
const turns = { least: 5, most: 15, seconds: 3 } as const;
/** Several models at once. */
interface CostOptions extends PredictorOptions {
  /** At least one; they are asked in their order, again and again. */
  readonly questions: readonly Asked[];
  readonly signal?: AbortSignal | undefined;
  /** Bytes of model files that are open at once, 1 GiB unless told; where there are more, one model is open at a time. */
  readonly openBytes?: number | undefined;
}

/**
 * Size and speed of several model files: decoded pictures in, probabilities out. The models answer in turns, after one turn that does not count, so that
 * what else the machine does falls on all of them; the median of the turns counts.
 *
 * @throws MessierError what predictors throw; the signal's reason where it is aborted
 *
 * @example
 * const [single, both] = await costsInTurns(['single.onnx', 'both.onnx'], { questions: [{ picture }] });
 */
export async function costsInTurns(
  paths: readonly string[],
  { questions, signal, openBytes = 2 ** 30, ...how }: CostOptions,
): Promise<ModelCost[]> {
  const sizes = await Promise.all(paths.map(sizeOf));
  const isKept = sizes.reduce((sum, { bytes }) => sum + bytes, 0) <= openBytes;
  const open = new Map<number, Predictor>();
  const rates = paths.map((): number[] => []);
  try {
    const began = performance.now();
    for (let turn = -1; turn < turns.most; turn++) {
      if (turn >= turns.least && performance.now() - began > 1000 * turns.seconds * paths.length) break;
      for (const [at, path] of paths.entries()) {
        signal?.throwIfAborted();
        const predictor = open.get(at) ?? (await openPredictor(path, how));
        open.set(at, predictor);
        if (turn < 0 || !isKept) await pace(predictor, questions, 0);
        if (turn >= 0) rates[at]?.push(await pace(predictor, questions, turn));
        if (isKept) continue;
        open.delete(at);
        await predictor.close();
      }
    }
  } finally {
    await Promise.all([...open.values()].map((predictor) => predictor.close()));
  }
  const middle = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? NaN;
  return sizes.map((size, at) => ({ ...size, picturesPerSecond: middle(rates[at] ?? []) }));
}

/** Answers a second in one run, of questions that follow those of the run before. */
async function pace(predictor: Predictor, questions: readonly Asked[], run: number): Promise<number> {
  const from = run * predictor.batch;
  const batch = Array.from({ length: predictor.batch }, (_, at) => questions[(from + at) % questions.length] ?? {});
  const start = performance.now();
  await predictor.predictMany(batch);
  return (1000 * batch.length) / (performance.now() - start);
}
