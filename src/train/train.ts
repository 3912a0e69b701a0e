import { availableParallelism } from 'node:os';
import { MessierError } from '../core/errors.js';
import { Checkpoints, type Found } from './checkpoints.js';
import { lockFolder } from './lock.js';
import { rewriteMetrics } from './metrics-file.js';
import { checkOptions, checkPlan, planOf } from './plan.js';
import { Run } from './run.js';
import type { TrainOptions, TrainResult } from './types.js';
import { makeFolders } from '../formats/make-folders.js';

/**
 * Trains a model for some epochs, judges it after each, and keeps the last or the best epoch's weights. Every 30 seconds and after every
 * epoch the whole state goes to `folder/checkpoints/`; each finished epoch is a line of `folder/metrics.jsonl`. A run that was stopped
 * or killed at any instant, and is resumed with the same options, ends in the same bits as one that never stopped. A finished run
 * that is resumed gives its result at once.
 *
 * @throws MessierError
 * - `train/options`, `train/monitor` for options that don't fit together;
 * - `train/folder` where the folder holds checkpoints and `resume` was not asked for, `train/locked` where another process trains there;
 * - `train/fingerprint` for the checkpoint of another run, `train/checkpoint` where all are damaged;
 * - `train/diverged` where the loss or a weight is no finite number any more;
 * - `file/write` where the disk is full or closed: the checkpoints written before stay;
 * - what `trainingStep` and `Trainer` throw.
 *
 * Throws the signal's reason where `signal` aborts: after the step under way, with a checkpoint written.
 *
 * @example
 * const { model, history } = await train({
 *   model: createModel('galaxy-cnn', { classes: 4, seed: 1 }), batches, validation, epochs: 20, seed: 1, folder: 'runs/1',
 *   loss: softmaxCrossEntropy({ targets: 'shares' }), optimizer: adamW(), schedule: constantRate(1e-3), fingerprint: 'galaxies, 1',
 * });
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  checkOptions(options);
  options.signal?.throwIfAborted();
  const { folder } = options;
  await makeFolder(folder);
  const lock = await lockFolder(folder);
  try {
    const checkpoints = new Checkpoints(folder);
    const found = await resumable(options, checkpoints);
    const threads = options.threads ?? found?.state.threads ?? availableParallelism();
    await checkpoints.prepare();
    await rewriteMetrics(folder, found?.state.history ?? []);
    const run = new Run(options, checkpoints, threads, found);
    if (!run.isOver) await run.work();
    return run.result();
  } finally {
    await lock.release();
  }
}

/** The checkpoint to go on from; `undefined` for a run that begins. */
async function resumable(options: TrainOptions, checkpoints: Checkpoints): Promise<Found | undefined> {
  const { folder, resume = false, onNotice = () => undefined } = options;
  if (!resume) {
    await checkUnused(folder);
    return undefined;
  }
  const found = await checkpoints.newest(onNotice);
  if (found) checkPlan(folder, found.state, planOf(options), options.threads);
  return found;
}

/** For who wants to know before the data are read. Throws `train/folder` where the folder holds checkpoints. */
export async function checkUnused(folder: string): Promise<void> {
  const [newest] = await new Checkpoints(folder).steps();
  if (newest === undefined) return;
  throw new MessierError(
    'train/folder',
    `"${folder}" holds a run, saved after step ${newest}. Go on with it (resume: true, --resume on the command line), or choose another folder.`,
  );
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MessierError('file/write', `The folder "${folder}" can't be made: ${reason}. Check the path.`, { cause });
  }
}
