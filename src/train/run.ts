import { trainedModel } from '../autodiff/trained-model.js';
import { trainingStep, type TrainingStep } from '../autodiff/training-step.js';
import type { Model, Tensor } from '../onnx/types.js';
import { Trainer } from '../runtime/trainer.js';
import type { BestEpoch, EpochSums, RunState } from './checkpoint.js';
import type { Checkpoints, Found } from './checkpoints.js';
import { checkWeights, diverged } from './diverged.js';
import { Feed } from './feed.js';
import { Learners } from './learners.js';
import { appendMetrics } from './metrics-file.js';
import { betterEpoch, isPatienceOut } from './monitor.js';
import { CHECKPOINT_SECONDS, planOf } from './plan.js';
import type { EpochRecord, TrainOptions, TrainResult } from './types.js';
import { validate } from './validate.js';

const noSums: EpochSums = { steps: 0, loss: 0, correct: 0, rate: 0, seconds: 0, waited: 0 };
type Tensors = ReadonlyMap<string, Tensor>;

/** A run from where it stands to its end. What it knows between two steps is a {@link RunState} and the tensors of the step. */
export class Run {
  private readonly feed: Feed;
  private readonly learners: Learners;
  private readonly history: EpochRecord[];
  private readonly earlier: number;
  private readonly began = performance.now();
  private sums: EpochSums;
  private best: BestEpoch | undefined;
  private bestTensors: Tensors | undefined;
  /** The whole state while no trainer runs; else what it does not carry, of parameters that learned and no longer do. */
  private tensors: Tensors;
  private step: number;
  /** Does the loss count right answers? */
  private counts = false;
  private savedAt = this.began;
  /** Of the whole run, as the last checkpoint knows them. */
  private savedSeconds: number;

  constructor(
    private readonly options: TrainOptions,
    private readonly checkpoints: Checkpoints,
    private readonly threads: number,
    found: Found | undefined,
  ) {
    const { history = [], sums = noSums, best, seconds = 0, step = 0 } = found?.state ?? {};
    this.feed = new Feed(options.batches, options.epochs, options.signal);
    this.learners = new Learners(options);
    this.history = [...history];
    this.earlier = seconds;
    this.savedSeconds = seconds;
    this.sums = sums;
    this.best = best;
    this.bestTensors = found?.bestTensors;
    this.tensors = found?.tensors ?? new Map();
    this.step = step;
  }

  get isOver(): boolean {
    const epochs = this.history.length;
    return epochs >= this.options.epochs || isPatienceOut(this.options, epochs, this.best);
  }

  /** All remaining epochs. */
  async work(): Promise<void> {
    while (!this.isOver) await this.workStage();
  }

  /** The epochs from here on in which the same parameters learn. */
  private async workStage(): Promise<void> {
    const { seed, signal } = this.options;
    const epoch = this.history.length;
    const description = this.describe(epoch);
    this.counts = description.scalars.includes('correct');
    const from = { step: this.step, tensors: takeOver(description, this.tensors) };
    const trainer = await Trainer.open(description, { threads: this.threads, seed, from });
    this.tensors = new Map([...this.tensors].filter(([name]) => !from.tensors.has(name)));
    try {
      do {
        await this.steps(trainer, description);
        await this.closeEpoch(await this.whole(trainer), description);
      } while (!this.isOver && this.learners.areSame(epoch, this.history.length));
      this.tensors = await this.whole(trainer);
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) await this.save(await this.whole(trainer), description);
      throw error;
    } finally {
      await trainer.release();
    }
  }

  private async whole(trainer: Trainer): Promise<Tensors> {
    return new Map([...this.tensors, ...(await trainer.snapshot()).tensors]);
  }

  /** Of a run that is over. */
  result(): TrainResult {
    const { epochs } = this.options;
    const tensors = this.bestTensors ?? this.tensors;
    const spent = this.history.reduce((sum, { seconds }) => sum + seconds, 0);
    const waited = this.history.reduce((sum, epoch) => sum + epoch.waited * epoch.seconds, 0);
    return {
      model: this.model(tensors),
      history: this.history,
      bestEpoch: this.best?.epoch ?? this.history.length,
      stoppedEarly: this.history.length < epochs,
      seconds: this.savedSeconds,
      waited: waited / spent,
    };
  }

  private describe(epoch: number): TrainingStep {
    const { model, loss, optimizer, averageDecay, clipNorm, rateFactor, batchNorm, batches } = this.options;
    // What learned before and does not now is a constant of the graph, with the value it has learned.
    const now = this.tensors.size === 0 ? model : trainedModel(model, this.tensors);
    return trainingStep(now, {
      loss,
      optimizer,
      trainable: this.learners.at(epoch),
      skippedSteps: (name) => this.learners.skippedSteps(name, epoch),
      ...(averageDecay === undefined ? {} : { averageDecay }),
      ...(clipNorm === undefined ? {} : { clipNorm }),
      ...(rateFactor === undefined ? {} : { rateFactor }),
      ...(batchNorm === undefined ? {} : { batchNorm }),
      dims: { N: batches.size },
    });
  }

  /** The rest of the epoch's steps. */
  private async steps(trainer: Trainer, description: TrainingStep): Promise<void> {
    const { batches, schedule, signal, checkpointSeconds = CHECKPOINT_SECONDS } = this.options;
    while (this.sums.steps < batches.steps) {
      signal?.throwIfAborted();
      const start = performance.now();
      const batch = await this.feed.take(this.history.length, this.sums.steps);
      const waited = performance.now() - start;
      const rate = schedule(this.step);
      const { loss, correct = 0 } = await trainer.step(batch, rate);
      this.step = trainer.steps;
      if (!Number.isFinite(loss)) throw diverged('the loss', loss, this.step, rate);
      this.sums = {
        steps: this.sums.steps + 1,
        loss: this.sums.loss + loss,
        correct: this.sums.correct + correct,
        rate,
        seconds: this.sums.seconds + (performance.now() - start) / 1000,
        waited: this.sums.waited + waited / 1000,
      };
      this.tell();
      if (performance.now() - this.savedAt >= 1000 * checkpointSeconds) {
        await this.save(await this.whole(trainer), description);
      }
    }
  }

  private tell(): void {
    const { progress, batches, epochs } = this.options;
    progress?.({
      stage: this.stage(epochs),
      done: this.sums.steps * batches.size,
      total: batches.steps * batches.size,
      unit: 'pictures',
      values: this.means(),
    });
  }

  /** Validates, records, keeps what is better, and makes it safe. */
  private async closeEpoch(tensors: Tensors, description: TrainingStep): Promise<void> {
    const { folder, monitor, onEpoch } = this.options;
    checkWeights(tensors, description, this.step, this.sums.rate);
    const validation = await this.validate(tensors);
    const { seconds, rate } = this.sums;
    const record: EpochRecord = {
      epoch: this.history.length + 1,
      step: this.step,
      ...this.means(),
      rate,
      ...(validation && { validation }),
      seconds,
      imagesPerSecond: (this.sums.steps * this.options.batches.size) / seconds,
      waited: this.sums.waited / seconds,
    };
    this.history.push(record);
    this.sums = noSums;
    if (monitor) {
      const best = betterEpoch(monitor.metric, this.best, record);
      if (best !== this.best) {
        this.best = best;
        this.bestTensors = learned(tensors, description);
        await this.checkpoints.saveBest({ state: this.state(), tensors: this.bestTensors });
      }
    }
    await this.save(tensors, description);
    await appendMetrics(folder, record);
    onEpoch?.(record);
  }

  private async validate(tensors: Tensors): Promise<EpochRecord['validation']> {
    const { validation, batches, epochs, progress, signal } = this.options;
    if (!validation) return undefined;
    const figures = await validate(this.model(tensors), validation, {
      stage: `${this.stage(epochs)}, validation`,
      size: batches.size,
      threads: this.threads,
      progress,
      signal,
    });
    if (!figures) throw diverged('an answer on the validation pictures', NaN, this.step, this.sums.rate);
    return figures;
  }

  private async save(tensors: Tensors, description: TrainingStep): Promise<void> {
    checkWeights(tensors, description, this.step, this.sums.rate);
    const state = this.state();
    await this.checkpoints.save({ state, tensors });
    this.savedSeconds = state.seconds;
    this.savedAt = performance.now();
  }

  private state(): RunState {
    const { sums, history, best, threads, step } = this;
    return { plan: planOf(this.options), threads, step, sums, history, best, seconds: this.seconds() };
  }

  private means(): { readonly loss: number; readonly accuracy?: number } {
    const { steps, loss, correct } = this.sums;
    const accuracy = correct / (steps * this.options.batches.size);
    return { loss: loss / steps, ...(this.counts && { accuracy }) };
  }

  private model(tensors: Tensors): Model {
    return trainedModel(this.options.model, tensors, { averages: this.options.averageDecay !== undefined });
  }

  private seconds(): number {
    return this.earlier + (performance.now() - this.began) / 1000;
  }

  private stage(epochs: number): string {
    return `epoch ${this.history.length + 1} of ${epochs}`;
  }
}

/** A step's state as far as it is known; what begins to learn has its weights, its averages at them, and an optimizer that knows nothing yet. */
function takeOver({ state }: TrainingStep, tensors: Tensors): Tensors {
  return new Map(state.map(({ name, initial }) => [name, tensors.get(name) ?? initial]));
}

/** A training state without what makes no model: the optimizer's part, and weights that have averages. */
function learned(tensors: Tensors, { state }: TrainingStep): Tensors {
  const weights = state.some(({ role }) => role === 'average') ? 'average' : 'parameter';
  const dropped = new Set(state.filter(({ role }) => role !== weights && role !== 'statistic').map(({ name }) => name));
  return new Map([...tensors].filter(([name]) => !dropped.has(name)));
}
