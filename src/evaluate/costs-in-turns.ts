import { sizeOf, type ModelCost } from './model-cost.js';
import type { Asked, Predictor } from './prediction.js';
import { openPredictor, type PredictorOptions } from './predictor.js';

/** Turns that count, and the seconds after which a turn begins no other run. */
const timed = { turns: 5, seconds: 0.1 } as const;
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
    for (let turn = -1; turn < timed.turns; turn++) {
      for (const [at, path] of paths.entries()) {
        signal?.throwIfAborted();
        const predictor = open.get(at) ?? (await openPredictor(path, how));
        open.set(at, predictor);
        if (turn < 0 || !isKept) await pace(predictor, questions);
        if (turn >= 0) rates[at]?.push(await pace(predictor, questions, timed.seconds));
        if (isKept) continue;
        open.delete(at);
        await predictor.close();
      }
    }
  } finally {
    await Promise.all([...open.values()].map((predictor) => predictor.close()));
  }
  const middle = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[Math.floor(timed.turns / 2)] ?? NaN;
  return sizes.map((size, at) => ({ ...size, picturesPerSecond: middle(rates[at] ?? []) }));
}

/** Answers a second, in one run or as many as begin within so many seconds. */
async function pace(predictor: Predictor, questions: readonly Asked[], seconds = 0): Promise<number> {
  const start = performance.now();
  for (let answers = 0; ;) {
    const batch = Array.from({ length: predictor.batch }, (_, at) => questions[(answers + at) % questions.length] ?? {});
    await predictor.predictMany(batch);
    answers += batch.length;
    const spent = (performance.now() - start) / 1000;
    if (spent >= seconds) return answers / spent;
  }
}
