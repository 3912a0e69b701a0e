import { parameterNames } from '../autodiff/parameters.js';
import type { Model } from '../onnx/types.js';

/**
 * How many numbers training can change, the published "number of parameters": without running statistics of batch norms; of the parameters
 * that `counts` says yes to, all unless told.
 */
export function parameterCount(model: Model, counts: (name: string) => boolean = () => true): number {
  const sizes = parameterNames(model)
    .filter(counts)
    .map((name) => (model.graph.initializers.get(name)?.dims ?? []).reduce((product, dim) => product * dim, 1));
  return sizes.reduce((sum, size) => sum + size, 0);
}
