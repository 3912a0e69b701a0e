import type { WorkOptions } from '../core/progress.js';
import type { OrderedSource } from '../dataset/types.js';
import { quickMetrics } from '../evaluate/quick-metrics.js';
import type { Model, Tensor } from '../onnx/types.js';
import { createSession } from '../runtime/session.js';
import { unlessAborted } from './feed.js';

/** How pictures are judged. */
export interface ValidateOptions extends WorkOptions {
  /** What the progress is called. */
  readonly stage: string;
  /** Pictures at a time. */
  readonly size: number;
  readonly threads: number;
}

/**
 * The figures of `quickMetrics` for a model on all pictures of a source; those that are undefined (AUC where all pictures are of one class)
 * are absent. `undefined` where the model answers something that is no number.
 *
 * A session is opened for each call: with weights it knows ONNX Runtime folds batch norms and chooses blocked layouts, which saves more than
 * the opening costs.
 */
export async function validate(
  model: Model,
  source: OrderedSource,
  { stage, size, threads, progress, signal }: ValidateOptions,
): Promise<Readonly<Record<string, number>> | undefined> {
  const session = await createSession(model, { device: 'cpu', threads });
  try {
    const rows: Float32Array[] = [];
    const read = (start: number) => unlessAborted(source.read(start, size), signal);
    let next = read(0);
    for (let done = 0; done < source.count; done += size) {
      const feeds = await next;
      if (done + size < source.count) {
        next = read(done + size);
        next.catch(() => undefined);
      }
      const { logits } = await session.run(feeds, ['logits']);
      const probabilities = logits && softmax(logits);
      if (!probabilities) return undefined;
      rows.push(probabilities);
      progress?.({ stage, done: Math.min(source.count, done + size), total: source.count, unit: 'pictures' });
      signal?.throwIfAborted();
    }
    const all = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
    let end = 0;
    for (const part of rows) {
      all.set(part, end);
      end += part.length;
    }
    const figures = quickMetrics(source.labels, all, all.length / source.count);
    return Object.fromEntries(Object.entries(figures).filter(([, value]) => Number.isFinite(value)));
  } finally {
    await session.release();
  }
}

/** e^(z - max) / sum over each row; `undefined` where a logit is no finite number. */
function softmax({ data, dims }: Tensor): Float32Array | undefined {
  const classes = dims[1] ?? 1;
  const logits = data as Float32Array;
  const result = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) {
    const row = logits.subarray(start, start + classes);
    if (!row.every(Number.isFinite)) return undefined;
    const most = Math.max(...row);
    const powers = Array.from(row, (logit) => Math.exp(logit - most));
    const sum = powers.reduce((total, power) => total + power, 0);
    powers.forEach((power, at) => (result[start + at] = power / sum));
  }
  return result;
}
