import type { WorkOptions } from '../core/progress.js';
import type { Evaluation } from '../evaluate/types.js';
import type { VotesEvaluation } from '../evaluate/votes-types.js';
import type { CleaningReport } from '../report/types.js';
import type { EpochRecord, TrainResult } from '../train/index.js';
import type { Fold } from './divide.js';

/** What a run needs besides its recipe. */
export interface RunOptions extends WorkOptions {
  /** Folder, table, array file, or `catalogue:NAME?...`. */
  readonly data: string;
  /** The run's folder. */
  readonly folder: string;
  /** Continue a run that was stopped. */
  readonly resume?: boolean | undefined;
  /** Split manifest of an earlier run. */
  readonly splitFrom?: string | undefined;
  /** A fold of a cross-validation in place of the recipe's split. */
  readonly fold?: Fold | undefined;
  /** Threads; every core unless told. The last bits of the weights depend on it. */
  readonly threads?: number | undefined;
  /** Hears of each epoch that is done. */
  readonly onEpoch?: ((record: EpochRecord, epochs: number) => void) | undefined;
  /** Hears of what people should know, such as a damaged checkpoint that was passed over. */
  readonly onNotice?: ((text: string) => void) | undefined;
  /** How the user can run it again, for the report. */
  readonly commandLine?: string | undefined;
}

/** What a run leaves. */
export interface RunResult {
  readonly folder: string;
  readonly model: string;
  readonly report: string;
  /** Of a model of classes. */
  readonly evaluation?: Evaluation | undefined;
  /** What people's decisions on labels gained, where there are some. */
  readonly cleaning?: CleaningReport | undefined;
  /** Of a model of votes. */
  readonly votes?: VotesEvaluation | undefined;
  /** Which part was judged: `test`, or `validation` where the split has no test part. */
  readonly judged: 'test' | 'validation';
  readonly training: TrainResult;
}
