import type { WorkOptions } from '../core/progress.js';
import type { TrainResult } from '../train/index.js';
import type { Lesson } from './lesson.js';

/** A run whose training is done, and what is needed to finish it. */
export interface FinishOptions extends Lesson {
  readonly text: string;
  readonly training: TrainResult;
  readonly folder: string;
  readonly threads: number;
  readonly commandLine: string;
  readonly work: WorkOptions;
  /** Hears of what people should know. */
  readonly onNotice?: ((text: string) => void) | undefined;
  /** Trains something else, in a folder of that name within the run's. */
  readonly learnAgain: (lesson: Lesson, name: string) => Promise<TrainResult>;
}
