import { MessierError } from '../../core/errors.js';
import { inferGraph } from '../infer/graph.js';
import { inferShapes } from '../infer/index.js';
import { opsetOf } from '../infer/opset.js';
import { elements } from '../infer/support.js';
import { int64 } from '../tensors.js';
import { isTensorInfo, type Graph, type Model, type Node, type OpaqueValueInfo, type Tensor, type ValueInfo } from '../types.js';
import { ownInitializers } from './own-initializers.js';

type Info = ValueInfo | OpaqueValueInfo;

/**
 * The model with a batch of any size `N` where the file fixes one (older exports fix 1): the first axis of the data inputs, and of every
 * `Reshape` target that repeats it. A model whose batch has a name already stays as it is.
 *
 * @throws MessierError `onnx/batch` where the batch's size is part of the graph in another way
 */
export function symbolicBatch(given: Model): Model {
  const model = ownInitializers(given);
  const { graph } = model;
  const data = graph.inputs.filter(isTensorInfo).filter((input) => (input.shape?.length ?? 0) > 1);
  const size = data[0]?.shape?.[0];
  if (typeof size !== 'number') return model;
  const name = data.some((input) => input.shape?.includes('N')) ? 'batch' : 'N';
  const opened = <T extends Info>(info: T): T =>
    isTensorInfo(info) && info.shape && info.shape.length > 1 && info.shape[0] === size
      ? { ...info, shape: [name, ...info.shape.slice(1)] }
      : info;
  const { nodes, targets } = openReshapes(model, size);
  const open: Model = {
    ...model,
    graph: {
      ...graph,
      nodes,
      inputs: graph.inputs.map(opened),
      outputs: graph.outputs.map(opened),
      values: new Map([...graph.values].map(([value, info]) => [value, opened(info)])),
      initializers: new Map([...graph.initializers, ...targets]),
    },
  };
  const result = inferred(open, size);
  checkOutputs(result.graph, inferShapes(model).graph, size);
  return result;
}

/** Reshapes of a tensor that begins with the batch to a shape that does too: 0 there means "as before", whatever the batch's size. */
function openReshapes(model: Model, size: number): { readonly nodes: readonly Node[]; readonly targets: Map<string, Tensor> } {
  const known = inferGraph(model.graph, opsetOf(model));
  const targets = new Map<string, Tensor>();
  const nodes = model.graph.nodes.map((node): Node => {
    const [input = '', shape = ''] = node.inputs;
    const target = node.opType === 'Reshape' && node.domain === '' && shape !== '' ? elements(known.get(shape)) : undefined;
    if (target?.[0] !== size || known.get(input)?.shape?.[0] !== size || node.attributes['allowzero']) return node;
    const rest = target.slice(1);
    if (!rest.every((dim) => typeof dim === 'number')) return node;
    let name = `${node.outputs[0] ?? node.name}/shape`;
    while (known.has(name) || targets.has(name)) name += '_';
    targets.set(name, int64([0, ...rest]));
    return { ...node, inputs: [input, name] };
  });
  return { nodes, targets };
}

function inferred(model: Model, size: number): Model {
  try {
    return inferShapes(model);
  } catch (error) {
    if (!(error instanceof MessierError)) throw error;
    throw fixed(size, error.message, error);
  }
}

/** Outputs that began with the batch must still do. */
function checkOutputs(graph: Graph, before: Graph, size: number): void {
  for (const [index, output] of graph.outputs.entries()) {
    const old = before.outputs[index];
    if (!isTensorInfo(output) || !old || !isTensorInfo(old) || old.shape?.[0] !== size) continue;
    if (typeof output.shape?.[0] === 'number') throw fixed(size, `Output "${output.name}" has it whatever comes in.`);
  }
}

function fixed(size: number, where: string, cause?: Error): MessierError {
  return new MessierError(
    'onnx/batch',
    `The batch of ${String(size)} is part of the graph: ${where} Cut the model before that, or export it with a dynamic batch.`,
    { cause },
  );
}
