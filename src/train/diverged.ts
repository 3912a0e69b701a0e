import type { TrainingStep } from '../autodiff/training-step.js';
import { MessierError } from '../core/errors.js';
import type { Tensor } from '../onnx/types.js';

/** The error of a run whose numbers ran away. */
export function diverged(what: string, value: number, step: number, rate: number): MessierError {
  return new MessierError(
    'train/diverged',
    `Training diverged: ${what} is ${value} at step ${step}, at a learning rate of ${rate}. Start anew in another folder with a lower rate, or with clipNorm: 1. The last checkpoint is from before.`,
  );
}

/** Weights that are no numbers any more give a bad loss only at the next step: a checkpoint of them must not replace a good one. */
export function checkWeights(tensors: ReadonlyMap<string, Tensor>, { state }: TrainingStep, step: number, rate: number): void {
  for (const { name, role } of state) {
    if (role !== 'parameter' && role !== 'statistic') continue;
    for (const value of tensors.get(name)?.data as Float32Array) {
      if (!Number.isFinite(value)) throw diverged(`a value of "${name}"`, value, step, rate);
    }
  }
}
