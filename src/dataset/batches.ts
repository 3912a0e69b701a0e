import type { Worker } from 'node:worker_threads';
import { MessierError } from '../core/errors.js';
import { startThread } from '../runtime/launch.js';
import { unpackError } from '../runtime/protocol.js';
import type { TensorRecord } from '../runtime/types.js';
import { stepsOf, type BatchOptions } from './batch-maker.js';
import { readyId, type BatchReply, type BatchRequest, type BatchTask } from './batch-protocol.js';
import type { CacheSource } from './cache-reader.js';
import { refused } from './refused.js';
import type { BatchSource } from './types.js';

export type { BatchOptions } from './batch-maker.js';

/** Batches that are made before they are asked for. */
const ahead = 3;

/**
 * Training batches from a pixel cache, made in a thread of their own while the step before them runs.
 *
 * `batch(epoch, step)`: `image` float32 (size, channels, pixels, pixels), each item changed by what the stream
 * `(seed, 'augment', epoch, place in the epoch)` draws; `targets` float32 (size, classes), one-hot unless mixed up; and the columns. The bits depend on
 * the options, epoch and step alone, so that a resumed run goes on with the same batches. Tensors are the caller's to keep or change.
 *
 * An epoch is as long as the items are many, drawn by {@link epochOrder}; the items that fill no batch at its end are left out. Fewer
 * items than a batch are repeated, with other changes, until they fill one.
 *
 * @throws MessierError `dataset/batches` where items, classes and pixels do not fit the cache, `cache/read`
 *
 * @example
 * const batches = await openBatches(cache, { indices, labels, classes, preprocess, augmentation: { flip: 'both' }, sampling: { power: 1 }, size: 64, seed: 1 });
 * await trainer.step(await batches.batch(0, 0), 1e-3);
 * await batches.close();
 */
export async function openBatches(cache: CacheSource, options: BatchOptions): Promise<BatchSource> {
  const { side, channels, path } = cache;
  const { indices, labels, classes, preprocess, augmentation, sampling, columns, size, seed } = options;
  const own: BatchOptions = {
    indices: Int32Array.from(indices),
    labels: Int32Array.from(labels),
    classes,
    preprocess,
    augmentation,
    sampling,
    columns,
    size,
    seed,
  };
  const source = new ThreadedBatches({ cache: { side, channels, path }, options: own });
  try {
    await source.open();
  } catch (error) {
    await source.close();
    throw error;
  }
  return source;
}

interface Pending {
  readonly resolve: (batch: TensorRecord) => void;
  readonly reject: (error: Error) => void;
}

function startBatchWorker(task: BatchTask): Worker {
  return startThread(new URL('./batch-worker.js', import.meta.url), task);
}

/** Asks the thread for batches; those after the latest one asked for are on their way or here. */
export class ThreadedBatches implements BatchSource {
  readonly steps: number;
  readonly size: number;
  private readonly ready: Promise<unknown>;
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  /** By epoch * steps + step. */
  private readonly made = new Map<number, Promise<TensorRecord>>();
  private calls = 0;
  private waiting = 0;
  private end: MessierError | undefined;

  /** @param start Starts the thread; a parameter so that a test can hold on to it. */
  constructor(task: BatchTask, start: (task: BatchTask) => Worker = startBatchWorker) {
    this.steps = stepsOf(task.options);
    this.size = task.options.size;
    this.worker = start(task);
    this.ready = new Promise((resolve, reject) => {
      this.pending.set(readyId, { resolve, reject });
    });
    this.worker.on('message', (reply: BatchReply) => {
      const waiting = this.pending.get(reply.id);
      this.pending.delete(reply.id);
      if ('error' in reply) waiting?.reject(unpackError(reply.error));
      else waiting?.resolve({ ...reply.batch });
    });
    this.worker.on('error', (cause) => {
      this.stop('dataset/worker-died', `failed: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
    });
    this.worker.on('exit', (code) => {
      this.stop('dataset/worker-died', `ended with code ${code}`);
    });
  }

  /** Resolves once the thread has opened the cache, or rejects with what kept it from that. */
  async open(): Promise<void> {
    await this.ready;
    this.worker.unref();
  }

  async batch(epoch: number, step: number): Promise<TensorRecord> {
    if (!Number.isInteger(epoch) || epoch < 0 || !Number.isInteger(step) || step < 0 || step >= this.steps) {
      throw refused(`epoch ${epoch}, step ${step} received; an epoch has the steps 0 to ${this.steps - 1}`);
    }
    const number = epoch * this.steps + step;
    const wanted = this.ask(number);
    this.made.delete(number);
    for (const key of this.made.keys()) if (key < number || key > number + ahead) this.made.delete(key);
    for (let next = number + 1; next <= number + ahead && !this.end; next++) this.made.set(next, this.ask(next));
    // Only a batch that somebody waits for keeps the process alive.
    if (this.waiting++ === 0) this.worker.ref();
    try {
      return await wanted;
    } finally {
      if (--this.waiting === 0) this.worker.unref();
    }
  }

  async close(): Promise<void> {
    this.stop('dataset/closed', 'is closed');
    this.made.clear();
    await this.worker.terminate();
  }

  private ask(number: number): Promise<TensorRecord> {
    const made = this.made.get(number);
    if (made) return made;
    if (this.end) return Promise.reject(this.end);
    const request: BatchRequest = { id: this.calls++, epoch: Math.floor(number / this.steps), step: number % this.steps };
    const batch = new Promise<TensorRecord>((resolve, reject) => {
      this.pending.set(request.id, { resolve, reject });
    });
    // Nobody may come for it; who comes gets the error.
    batch.catch(() => undefined);
    this.worker.postMessage(request);
    return batch;
  }

  private stop(code: string, what: string, cause?: unknown): void {
    this.end ??= new MessierError(code, `The thread that makes batches ${what}. Open the batches again.`, { cause });
    for (const { reject } of this.pending.values()) reject(this.end);
    this.pending.clear();
  }
}
