import { parameterNames } from '../autodiff/parameters.js';
import { MessierError } from '../core/errors.js';
import { storeWeights } from '../onnx/rewrite/index.js';
import type { TrainOptions } from './types.js';

/** Which parameters learn in which epoch. */
export class Learners {
  private readonly names: readonly string[];

  /** @throws MessierError `train/options` for an epoch in which nothing learns. */
  constructor(private readonly options: Pick<TrainOptions, 'model' | 'trainable' | 'epochs' | 'batches'>) {
    this.names = parameterNames(storeWeights(options.model));
    if (!options.trainable || this.names.length === 0) return;
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      if (this.names.some(this.at(epoch))) continue;
      throw new MessierError(
        'train/options',
        `trainable: at least one of ${this.names.length} parameters must learn in each epoch, and none does in epoch ${epoch + 1}. They are ${this.names.slice(0, 3).join(', ')} ...`,
      );
    }
  }

  at(epoch: number): (name: string) => boolean {
    const { trainable } = this.options;
    return (name) => trainable?.(name, epoch) ?? true;
  }

  areSame(epoch: number, other: number): boolean {
    const [now, then] = [this.at(epoch), this.at(other)];
    return this.names.every((name) => now(name) === then(name));
  }

  /** Steps before an epoch in which a parameter did not learn. */
  skippedSteps(name: string, epoch: number): number {
    let skipped = 0;
    for (let earlier = 0; earlier < epoch; earlier++) if (!this.at(earlier)(name)) skipped++;
    return skipped * this.options.batches.steps;
  }
}
