import { MessierError } from '../core/errors.js';
import type { RunPlan, RunState } from './checkpoint.js';
import { checkMonitor } from './monitor.js';
import type { TrainOptions } from './types.js';

/** Seconds between checkpoints unless told. */
export const CHECKPOINT_SECONDS = 30;

/** What must be the same for a run to go on. */
export function planOf({ fingerprint, epochs, seed, batches }: TrainOptions): RunPlan {
  return { fingerprint, epochs, seed, 'steps an epoch': batches.steps, 'batch size': batches.size };
}

/** @throws MessierError `train/options` for numbers out of range, `train/monitor`. */
export function checkOptions(options: TrainOptions): void {
  const { epochs, batches, checkpointSeconds = CHECKPOINT_SECONDS, validation } = options;
  const counts = { epochs, 'batches.steps': batches.steps, 'batches.size': batches.size };
  for (const [name, value] of Object.entries(counts)) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new MessierError('train/options', `${name}: a whole number of at least 1 expected, ${value} received.`);
  }
  if (!(checkpointSeconds >= 0)) {
    throw new MessierError('train/options', `checkpointSeconds: a number from 0 up expected, ${checkpointSeconds} received.`);
  }
  if (validation && validation.source.count < 1) {
    throw new MessierError(
      'train/options',
      'Validation needs at least one item, none received. Leave `validation` out to train without.',
    );
  }
  checkMonitor(options);
}

/** @throws MessierError `train/fingerprint` where the checkpoint is another run's. */
export function checkPlan(folder: string, state: RunState, plan: RunPlan, threads: number | undefined): void {
  const now: Readonly<Record<string, unknown>> = { ...plan, threads: threads ?? state.threads };
  const then: Readonly<Record<string, unknown>> = { ...state.plan, threads: state.threads };
  const different = Object.keys(now).filter((name) => now[name] !== then[name]);
  if (different.length === 0) return;
  const list = different.map((name) => `${name} was ${String(then[name])} and is now ${String(now[name])}`).join('; ');
  throw new MessierError(
    'train/fingerprint',
    `The checkpoint in "${folder}" is of another run: ${list}. A run goes on as it began: set that back, or train in another folder.`,
  );
}
