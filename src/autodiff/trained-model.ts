import { MessierError } from '../core/errors.js';
import { pruneDeadNodes, storeWeights } from '../onnx/rewrite/index.js';
import { weightMakers } from '../onnx/rewrite/store-weights.js';
import type { Model, Tensor } from '../onnx/types.js';

/**
 * The model with the parameters and statistics of a training state in place of its own (or of the nodes that made them); with
 * `averages`, the moving averages where there are some. Throws `autodiff/state` for a state that is not this model's.
 */
export function trainedModel(
  model: Model,
  state: ReadonlyMap<string, Tensor>,
  options: { readonly averages?: boolean } = {},
): Model {
  const trained = (name: string): Tensor | undefined =>
    (options.averages ? state.get(`${name}/average`) : undefined) ?? state.get(name);
  const initializers = new Map(model.graph.initializers);
  const made = model.graph.nodes.some(({ opType, outputs: [name = ''] }) => weightMakers.includes(opType) && state.has(name));
  const own = made ? storeWeights(model).graph.initializers : model.graph.initializers;
  if (![...own.keys()].some(trained)) {
    throw new MessierError(
      'autodiff/state',
      `None of the ${String(state.size)} tensors of the state (${[...state.keys()].slice(0, 3).join(', ')} ...) is a parameter of the model. Pass the model that was trained.`,
    );
  }
  for (const [name, tensor] of own) {
    const next = trained(name);
    if (next) checkState(name, next, tensor);
  }
  for (const [name, tensor] of initializers) {
    const next = trained(name);
    if (next) initializers.set(name, { ...tensor, data: next.data });
  }
  const nodes = model.graph.nodes.filter(({ opType, domain, outputs: [name = ''] }) => {
    const next = domain === '' && weightMakers.includes(opType) ? trained(name) : undefined;
    if (next) initializers.set(name, next);
    return !next;
  });
  const after = { ...model, graph: { ...model.graph, nodes, initializers } };
  return nodes.length < model.graph.nodes.length ? pruneDeadNodes(after) : after;
}

function checkState(name: string, { dims, data }: Tensor, own: Tensor): void {
  if (dims.join() === own.dims.join() && data.length === own.data.length) return;
  throw new MessierError(
    'autodiff/state',
    `"${name}" is [${own.dims.join(', ')}] in the model and [${dims.join(', ')}] with ${String(data.length)} elements in the state. Pass the model that was trained.`,
  );
}
