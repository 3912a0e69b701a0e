import type { Loss, Optimizer, Schedule } from '../autodiff/index.js';
import type { WorkOptions } from '../core/progress.js';
import type { BatchSource, OrderedSource } from '../dataset/types.js';
import type { Model } from '../onnx/types.js';

/** When training ends before its last epoch, and which epoch's weights are kept. */
export interface Monitor {
  /** A name of {@link EpochRecord.validation}: `loss`, `accuracy`, `balancedAccuracy`, `auc`, `rmse`. */
  readonly metric: string;
  /** Epochs without a better value after which training stops; never unless told. */
  readonly patience?: number | undefined;
}

/** Unseen items, and how answers on them are judged. */
export interface Validation {
  readonly source: OrderedSource;
  /**
   * Figures by name, from the model's first output (N, K) on all items in their order: {@link judgeClasses}. `undefined` where an answer is no
   * number.
   */
  readonly judge: (answers: Float32Array) => Readonly<Record<string, number>> | undefined;
}

/** What training needs. */
export interface TrainOptions extends WorkOptions {
  /** Inputs as the batches have them, such as `image` float32 (N, channels, size, size); its first output (N, K) is learned. */
  readonly model: Model;
  /** Asked for epochs and steps from 0 on, always one batch ahead of the running step. */
  readonly batches: BatchSource;
  /** Judged after each epoch where it is given. */
  readonly validation?: Validation | undefined;
  /** Of the model's first output; where it has a metric `correct`, records hold the accuracy. */
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** Learning rate by step. */
  readonly schedule: Schedule;
  readonly epochs: number;
  /** Seeds dropout. */
  readonly seed: number;
  readonly clipNorm?: number | undefined;
  /**
   * Which parameters learn in which epoch, from 0 on; all in all unless told. Gradual unfreezing lets more of them learn from epoch to epoch:
   * one that begins has a new optimizer state, and its average begins at its weight.
   */
  readonly trainable?: ((name: string, epoch: number) => boolean) | undefined;
  /** See `TrainingOptions.rateFactor`. */
  readonly rateFactor?: ((name: string) => number) | undefined;
  /** See `TrainingOptions.batchNorm`; batch norms whose scale does not learn keep their statistics in any case. */
  readonly batchNorm?: 'train' | 'inference' | undefined;
  /** Decay of the exponential moving average of the weights; without it the plain weights are the result. */
  readonly averageDecay?: number | undefined;
  /** Keeps the best epoch's weights; without it the last one's. */
  readonly monitor?: Monitor | undefined;
  /** The run's folder: takes metrics.jsonl and checkpoints/. */
  readonly folder: string;
  /** Continue from the newest checkpoint of the folder where there is one; else a folder with checkpoints is refused. */
  readonly resume?: boolean | undefined;
  /** Seconds between checkpoints, 30 unless told; one is also written after each epoch and when stopped. */
  readonly checkpointSeconds?: number | undefined;
  /** Names everything that determines the run (recipe, split, data); a checkpoint of another is refused. */
  readonly fingerprint: string;
  /** Threads of the CPU's operators. The bits depend on it: a resumed run takes its checkpoint's, and another number is refused. */
  readonly threads?: number | undefined;
  /** Told each finished epoch, after its checkpoint is safe. */
  readonly onEpoch?: ((record: EpochRecord) => void) | undefined;
  /** Told what the user should know and nobody need act on: a damaged checkpoint that was passed over. */
  readonly onNotice?: ((text: string) => void) | undefined;
}

/** One line of metrics.jsonl. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Steps done since the beginning. */
  readonly step: number;
  /** Means over the epoch. */
  readonly loss: number;
  /** Where the loss counts right answers. */
  readonly accuracy?: number | undefined;
  /** Learning rate of the epoch's last step. */
  readonly rate: number;
  /** What {@link Validation.judge} gave; figures that are undefined (AUC of a single class) are absent. */
  readonly validation?: Readonly<Record<string, number>> | undefined;
  /** Of the epoch's steps, without validation and checkpoints. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** Share of `seconds` in which training waited for a batch. */
  readonly waited: number;
}

/** What training gives. */
export interface TrainResult {
  /** With the weights of the best epoch, or the last; averaged ones where asked. */
  readonly model: Model;
  readonly history: readonly EpochRecord[];
  /** Whose weights are kept. */
  readonly bestEpoch: number;
  /** True where the monitor's patience ended it. */
  readonly stoppedEarly: boolean;
  /** Of the whole run, over all its processes: steps, validation and checkpoints. */
  readonly seconds: number;
  /** Share of the steps' time in which training waited for a batch. */
  readonly waited: number;
}
