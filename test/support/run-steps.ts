import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { TrainingStep } from '../../src/autodiff/index.js';
import type { Tensor } from '../../src/onnx/types.js';
import { writeModel } from '../../src/onnx/write.js';

/** What one step fed by hand gave. */
export interface StepResult {
  readonly scalars: Readonly<Record<string, number>>;
  readonly prediction: Float32Array;
  /** The state after the step, by name. */
  readonly state: ReadonlyMap<string, Float32Array>;
}

/** Runs a training step on ONNX Runtime directly, once for each learning rate, with the same batch and noise each time. */
export async function runSteps(
  step: TrainingStep,
  rates: readonly number[],
  batch: Readonly<Record<string, Tensor>>,
  noise: Readonly<Record<string, Tensor>> = {},
): Promise<StepResult[]> {
  const session = await InferenceSession.create(writeModel(step.model), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  try {
    const fixed = Object.entries({ ...batch, ...noise }).map(([name, tensor]): [string, OrtTensor] => [name, toOrt(tensor)]);
    let state = step.state.map(({ name, initial }): [string, OrtTensor] => [name, toOrt(initial)]);
    const results: StepResult[] = [];
    for (const rate of rates) {
      const feeds = Object.fromEntries([...fixed, ...state, [step.rate, new OrtTensor('float32', [rate], [])] as const]);
      const outputs = await session.run(feeds);
      const floats = (name: string): Float32Array => outputs[name]!.data as Float32Array;
      state = step.state.map(({ name, next }): [string, OrtTensor] => [name, outputs[next]!]);
      results.push({
        scalars: Object.fromEntries(step.scalars.map((name) => [name, floats(name)[0]!])),
        prediction: floats(step.prediction),
        state: new Map(step.state.map(({ name, next }) => [name, floats(next)])),
      });
    }
    return results;
  } finally {
    await session.release();
  }
}

function toOrt({ type, dims, data }: Tensor): OrtTensor {
  if (type === 'float32' && data instanceof Float32Array) return new OrtTensor(type, data, dims);
  if (type === 'int64' && data instanceof BigInt64Array) return new OrtTensor(type, data, dims);
  throw new TypeError(`A training step takes float32 and int64, not ${type}.`);
}

/** Largest difference of two lists, relative to the largest magnitude of the second (1e-6 at least). */
export function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  const scale = Math.max(1e-6, ...Array.from(expected, Math.abs));
  return Math.max(0, ...Array.from(expected, (value, index) => Math.abs(found[index]! - value))) / scale;
}
