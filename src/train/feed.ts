import type { BatchSource } from '../dataset/types.js';
import type { TensorRecord } from '../runtime/types.js';

/** Which batch: epoch and step within it, both from 0. */
interface Place {
  readonly epoch: number;
  readonly step: number;
}

/** Gives the batches in order and has the next one prepared while the current one is in use. */
export class Feed {
  private ahead: (Place & { readonly batch: Promise<TensorRecord> }) | undefined;

  constructor(
    private readonly batches: BatchSource,
    private readonly epochs: number,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** The batch of this place; the one after it is under way when this resolves. Throws the signal's reason where that comes first. */
  async take(epoch: number, step: number): Promise<TensorRecord> {
    const isReady = this.ahead?.epoch === epoch && this.ahead.step === step;
    const current = isReady && this.ahead ? this.ahead.batch : this.batches.batch(epoch, step);
    this.ahead = undefined;
    const batch = await unlessAborted(current, this.signal);
    const next = step + 1 < this.batches.steps ? { epoch, step: step + 1 } : { epoch: epoch + 1, step: 0 };
    if (next.epoch < this.epochs) this.ahead = { ...next, batch: this.request(next) };
    return batch;
  }

  private request({ epoch, step }: Place): Promise<TensorRecord> {
    const batch = this.batches.batch(epoch, step);
    // Its failure shows when it is taken; until then it must not count as unhandled.
    batch.catch(() => undefined);
    return batch;
  }
}

/** The promise's outcome, or the signal's reason where that comes first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    if (signal.aborted) stop();
  });
}
