import { parameterNames } from '../autodiff/parameters.js';
import type { Model } from '../onnx/types.js';

/** How many numbers training can change, the published "number of parameters": without running statistics of batch norms. */
export function parameterCount(model: Model): number {
  return parameterNames(model).reduce((sum, name) => {
    const dims = model.graph.initializers.get(name)?.dims ?? [];
    return sum + dims.reduce((product, dim) => product * dim, 1);
  }, 0);
}
