import { isTensorInfo, type Graph, type Model, type OpaqueValueInfo, type Shape, type ValueInfo } from '../types.js';
import type { Known } from './context.js';
import { opsetOf } from './opset.js';
import { inferNode } from './node.js';
import { knownTensor } from './sources.js';
import { isInvented } from './support.js';

/** What is known of every value of a graph, by name. `outer` answers for values around a subgraph. */
export function inferGraph(
  graph: Graph,
  opset: number,
  outer: (name: string) => Known | undefined = () => undefined,
): Map<string, Known> {
  const known = new Map<string, Known>();
  const scope = (name: string): Known | undefined => known.get(name) ?? outer(name);
  for (const input of graph.inputs) if (isTensorInfo(input)) known.set(input.name, { type: input.type, shape: input.shape });
  for (const [name, tensor] of graph.initializers) known.set(name, knownTensor(tensor));
  const inferSubgraph = (inner: Graph): Known[] => {
    const inside = inferGraph(inner, opset, scope);
    return inner.outputs.map(({ name }) => inside.get(name) ?? scope(name) ?? { type: 'float32' });
  };
  const declared = new Map(graph.values);
  for (const output of graph.outputs) if (isTensorInfo(output)) declared.set(output.name, output);
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) =>
      name === '' ? undefined : (scope(name) ?? declared.get(name) ?? { type: 'float32' as const }),
    );
    const outputs = inferNode({ node, inputs, opset, inferSubgraph });
    for (const [index, name] of node.outputs.entries()) {
      if (name !== '') known.set(name, merge(outputs[index], declared.get(name)));
    }
  }
  return known;
}

/** The inferred knowledge, completed from what the file declares. */
function merge(inferred: Known | undefined, declared: ValueInfo | undefined): Known {
  if (!inferred) return { type: declared?.type ?? 'float32', shape: declared?.shape };
  if (inferred.shape) return { ...inferred, shape: refine(inferred.shape, declared?.shape) };
  return { ...inferred, type: declared?.type ?? inferred.type, shape: declared?.shape };
}

/** Sizes that inference had to invent names for, as the file declares them. */
function refine(shape: Shape, declared: Shape | undefined): Shape {
  if (declared?.length !== shape.length || !shape.some(isInvented)) return shape;
  return shape.map((dim, axis) => (isInvented(dim) ? (declared[axis] ?? dim) : dim));
}

/**
 * The model with a type and a shape on every value that inference reaches, in `graph.values` and on the outputs.
 * What the file declares fills in what inference cannot know.
 *
 * @throws MessierError `onnx/shape` where the graph contradicts itself
 */
export function inferShapes(model: Model): Model {
  const { graph } = model;
  const known = inferGraph(graph, opsetOf(model));
  const outputs = graph.outputs.map((output) => withKnown(output, known.get(output.name)));
  const outer = new Set([...graph.inputs, ...graph.outputs].map((info) => info.name));
  const values = new Map<string, ValueInfo>();
  for (const node of graph.nodes) {
    for (const name of node.outputs) {
      const found = known.get(name);
      if (found && !outer.has(name)) values.set(name, { name, type: found.type, shape: found.shape });
    }
  }
  return { ...model, graph: { ...graph, outputs, values } };
}

function withKnown(output: ValueInfo | OpaqueValueInfo, known: Known | undefined): ValueInfo | OpaqueValueInfo {
  return isTensorInfo(output) && known ? { name: output.name, type: known.type, shape: known.shape } : output;
}
