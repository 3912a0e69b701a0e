import { MessierError } from '../core/errors.js';
import type { BestEpoch } from './checkpoint.js';
import type { EpochRecord, TrainOptions } from './types.js';

/** Figures of a validation, and whether more is better. */
const metrics: Readonly<Record<string, 'more' | 'less'>> = {
  loss: 'less',
  accuracy: 'more',
  balancedAccuracy: 'more',
  macroF1: 'more',
  auc: 'more',
  rmse: 'less',
};

/** @throws MessierError `train/monitor` for an unknown metric, a patience that is no count, or where nothing is validated. */
export function checkMonitor({ monitor, validation }: Pick<TrainOptions, 'monitor' | 'validation'>): void {
  if (!monitor) return;
  const { metric, patience = 1 } = monitor;
  const fail = (message: string) => new MessierError('train/monitor', message);
  if (!(metric in metrics)) throw fail(`The monitor watches one of ${Object.keys(metrics).join(', ')}; "${metric}" received.`);
  if (!Number.isInteger(patience) || patience < 1)
    throw fail(`patience: a whole number of at least 1 expected, ${patience} received.`);
  if (!validation) throw fail('The monitor chooses by validation, and there is no `validation`. Pass one, or no monitor.');
}

/** The best epoch after this one; the earlier of equal ones. A figure that is undefined is never better. */
export function betterEpoch(metric: string, best: BestEpoch | undefined, { epoch, step, validation }: EpochRecord): BestEpoch {
  const sign = metrics[metric] === 'less' ? -1 : 1;
  const value = validation?.[metric];
  if (best && (value === undefined || sign * value <= sign * best.value)) return best;
  // The first epoch stands until a figure beats it; JSON has no infinity.
  return { epoch, step, value: value ?? -sign * Number.MAX_VALUE };
}

/** Has the monitor's patience run out? */
export function isPatienceOut({ monitor }: Pick<TrainOptions, 'monitor'>, epochs: number, best: BestEpoch | undefined): boolean {
  return monitor?.patience !== undefined && best !== undefined && epochs - best.epoch >= monitor.patience;
}
