import type { WorkOptions } from '../core/progress.js';
import type { TrainResult } from '../train/index.js';
import type { Prepared } from './prepare.js';
import type { Recipe } from './schema.js';

/** A run whose training is done, and what is needed to finish it. */
export interface FinishOptions {
  readonly recipe: Recipe;
  readonly text: string;
  readonly prepared: Prepared;
  readonly training: TrainResult;
  readonly folder: string;
  readonly threads: number;
  readonly commandLine: string;
  readonly work: WorkOptions;
}
