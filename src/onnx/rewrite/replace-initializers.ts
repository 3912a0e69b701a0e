import { MessierError } from '../../core/errors.js';
import type { Model, Tensor } from '../types.js';
import { nearest } from './cut.js';

/**
 * The model with new values in named parameters.
 *
 * @throws MessierError `onnx/absent-value` for a name that is no initializer, `onnx/shape` for other dimensions, `onnx/data-type` for another type
 */
export function replaceInitializers(model: Model, tensors: ReadonlyMap<string, Tensor>): Model {
  const { initializers } = model.graph;
  const replaced = new Map(initializers);
  for (const [name, tensor] of tensors) {
    const before = initializers.get(name);
    if (!before) {
      const near = nearest(name, [...initializers.keys()], 5).map((candidate) => `"${candidate}"`);
      throw new MessierError(
        'onnx/absent-value',
        `No parameter "${name}" in the graph. Nearest: ${near.join(', ') || 'there are none'}.`,
      );
    }
    if (before.dims.length !== tensor.dims.length || before.dims.some((dim, axis) => dim !== tensor.dims[axis])) {
      throw new MessierError(
        'onnx/shape',
        `Parameter "${name}": (${before.dims.join(', ')}) expected, (${tensor.dims.join(', ')}) received. Reshape the new value.`,
      );
    }
    if (before.type !== tensor.type) {
      throw new MessierError(
        'onnx/data-type',
        `Parameter "${name}": ${before.type} expected, ${tensor.type} received. Convert the new value.`,
      );
    }
    replaced.set(name, tensor);
  }
  return { ...model, graph: { ...model.graph, initializers: replaced } };
}
