import { MessierError } from '../core/errors.js';
import { randomStream } from '../core/random.js';
import type { TrainingStep } from '../autodiff/training-step.js';
import type { Dim, Tensor } from '../onnx/types.js';
import { checkBatch } from './batch.js';
import { createSession } from './session.js';
import type { Device, Session, SessionOptions, TensorRecord } from './types.js';

/** How a trainer runs. */
export interface TrainerOptions extends Omit<SessionOptions, 'carry' | 'device'> {
  /** Where the step runs: the device it was made for, which is also the default. */
  readonly device?: Device | undefined;
  /** Seed of the random numbers that dropout draws; 0 unless told. */
  readonly seed?: number | undefined;
}

/** Scalar outputs of a step by name. */
export type Scalars = Readonly<Record<string, number>> & { readonly loss: number };

/** Everything needed to continue: with it, the same seed, device and thread count, training goes on bit for bit. */
export interface Snapshot {
  /** Steps done. */
  readonly step: number;
  /** State tensors by name. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/**
 * Drives a training step: keeps its state in the session, feeds batches, draws the random numbers it asks for.
 *
 * @example
 * const trainer = await Trainer.open(trainingStep(model, { loss: softmaxCrossEntropy(), optimizer: adam() }));
 * const { loss } = await trainer.step({ image, labels }, 1e-3);
 * const trained = trainedModel(model, (await trainer.snapshot()).tensors);
 * await trainer.release();
 */
export class Trainer {
  private done = 0;
  private last: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly description: TrainingStep,
    private readonly session: Session,
    private readonly seed: number,
  ) {}

  /** Opens a session on the step and loads its initial state, or a snapshot's. Throws what `createSession` throws. */
  static async open(
    step: TrainingStep,
    options: TrainerOptions & { readonly from?: Snapshot | undefined } = {},
  ): Promise<Trainer> {
    const { seed = 0, from, device = step.target, ...rest } = options;
    if (device !== step.target) {
      throw new MessierError(
        'runtime/target',
        `The training step is made for ${step.target}, and ${device} was asked for. Make it with trainingStep(model, { target: ... }) for the device it runs on.`,
      );
    }
    const carry = Object.fromEntries(step.state.map(({ next, name }) => [next, name]));
    const session = await createSession(step.model, { ...rest, device, carry });
    const trainer = new Trainer(step, session, seed);
    try {
      await trainer.restore(from ?? { step: 0, tensors: new Map(step.state.map(({ name, initial }) => [name, initial])) });
    } catch (error) {
      await session.release();
      throw error;
    }
    return trainer;
  }

  /** Where the steps run. */
  get device(): Device {
    return this.session.device;
  }

  /** Steps done so far. */
  get steps(): number {
    return this.done;
  }

  /**
   * One step on one batch; resolves to the scalars of the step, `loss` among them. Steps wait for one another in the order of the calls.
   * Throws `runtime/batch` for a batch that does not fit: a missing tensor, another size, labels outside the classes.
   */
  step(batch: TensorRecord, learningRate: number): Promise<Scalars> {
    const result = this.last.then(() => this.runStep(batch, learningRate));
    this.last = result.catch(() => undefined);
    return result;
  }

  private async runStep(batch: TensorRecord, learningRate: number): Promise<Scalars> {
    const { rate, scalars, noise } = this.description;
    const sizes = checkBatch(this.description, batch);
    const feeds: Record<string, Tensor> = {
      ...batch,
      [rate]: { type: 'float32', dims: [], data: Float32Array.of(learningRate) },
    };
    for (const { name, shape } of noise) feeds[name] = this.noise(name, shape, sizes);
    const results = await this.session.run(feeds, scalars);
    this.done += 1;
    const values = Object.fromEntries(scalars.map((name) => [name, Number(results[name]?.data[0])]));
    return { ...values, loss: values['loss'] ?? NaN };
  }

  /** The state after the last step. */
  async snapshot(): Promise<Snapshot> {
    const tensors = await this.session.read(this.description.state.map(({ name }) => name));
    return { step: this.done, tensors: new Map(Object.entries(tensors)) };
  }

  /** Continues from a snapshot of the same step. Throws `runtime/snapshot` where a tensor is absent or has another size. */
  async restore({ step, tensors }: Snapshot): Promise<void> {
    if (!Number.isInteger(step) || step < 0) {
      throw new MessierError('runtime/snapshot', `A snapshot's step is a whole number from 0 up, ${step} received.`);
    }
    const state: Record<string, Tensor> = {};
    for (const { name, initial } of this.description.state) {
      const tensor = tensors.get(name);
      const fits = tensor?.type === initial.type && tensor.dims.join() === initial.dims.join();
      if (!fits || tensor.data.length !== initial.data.length) {
        const found = tensor ? `${tensor.type} [${tensor.dims.join(', ')}]` : 'nothing';
        throw new MessierError(
          'runtime/snapshot',
          `State "${name}": ${initial.type} [${initial.dims.join(', ')}] expected, ${found} received. Resume with the model and optimizer that made the snapshot.`,
        );
      }
      state[name] = tensor;
    }
    await this.session.load(state);
    this.done = step;
  }

  /** Frees the session. */
  release(): Promise<void> {
    return this.session.release();
  }

  private noise(name: string, shape: readonly Dim[], sizes: ReadonlyMap<string, number>): Tensor {
    const dims = shape.map((dim) => (typeof dim === 'number' ? dim : sizes.get(dim)));
    if (!dims.every((dim) => dim !== undefined)) {
      throw new MessierError(
        'runtime/noise',
        `Dropout draws numbers of shape (${shape.join(', ')}), which no input of the batch settles. Give the model fixed sizes with \`dims\`.`,
      );
    }
    const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
    return { type: 'float32', dims, data: randomStream(this.seed, 'noise', name, this.done).fillUniform(data) };
  }
}
