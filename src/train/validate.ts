import type { WorkOptions } from '../core/progress.js';
import { quickMetrics } from '../evaluate/quick-metrics.js';
import type { Model } from '../onnx/types.js';
import { createSession } from '../runtime/session.js';
import { unlessAborted } from './feed.js';
import type { Validation } from './types.js';

/** How pictures are judged. */
export interface ValidateOptions extends WorkOptions {
  /** What the progress is called. */
  readonly stage: string;
  /** Pictures at a time. */
  readonly size: number;
  readonly threads: number;
}

/**
 * What the judge says of a model's first output on all items of a source; `undefined` where an answer is no number.
 *
 * A session is opened for each call: with weights it knows ONNX Runtime folds batch norms and chooses blocked layouts, which saves more than
 * the opening costs.
 */
export async function validate(
  model: Model,
  { source, judge }: Validation,
  { stage, size, threads, progress, signal }: ValidateOptions,
): Promise<Readonly<Record<string, number>> | undefined> {
  const output = model.graph.outputs[0]?.name ?? '';
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
      const answer = (await session.run(feeds, [output]))[output]?.data;
      if (!(answer instanceof Float32Array) || !answer.every(Number.isFinite)) return undefined;
      rows.push(answer);
      progress?.({ stage, done: Math.min(source.count, done + size), total: source.count, unit: 'pictures' });
      signal?.throwIfAborted();
    }
    const all = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
    let end = 0;
    for (const part of rows) {
      all.set(part, end);
      end += part.length;
    }
    return judge(all);
  } finally {
    await session.release();
  }
}

/**
 * Judges logits of classes by the figures of `quickMetrics`; those that are undefined (AUC where all items are of one class) are absent.
 *
 * @example
 * const validation = { source, judge: judgeClasses(labels, 4) };
 */
export function judgeClasses(labels: Int32Array, classes: number): Validation['judge'] {
  return (logits) => {
    const figures = quickMetrics(labels, softmax(logits, classes), classes);
    return Object.fromEntries(Object.entries(figures).filter(([, value]) => Number.isFinite(value)));
  };
}

/** e^(z - max) / sum over each row. */
function softmax(logits: Float32Array, classes: number): Float32Array {
  const result = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) {
    const row = logits.subarray(start, start + classes);
    const most = Math.max(...row);
    const powers = Array.from(row, (logit) => Math.exp(logit - most));
    const sum = powers.reduce((total, power) => total + power, 0);
    powers.forEach((power, at) => (result[start + at] = power / sum));
  }
  return result;
}
