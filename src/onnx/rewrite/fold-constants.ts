import { evaluateNode } from '../evaluate/index.js';
import { inferGraph } from '../infer/graph.js';
import { opsetOf } from '../infer/opset.js';
import type { Model, Node, Tensor } from '../types.js';
import { ownInitializers } from './own-initializers.js';
import { pruneGraph } from './prune.js';

/** Bounds of {@link foldConstants}. */
export interface FoldOptions {
  /** Largest input or result in elements, and a 32nd of all results together; 2^22 unless told. */
  readonly maxElements?: number | undefined;
  /**
   * Largest result in elements that has more of them than its inputs together; 2^16 unless told, because a table of zeros is better made
   * than stored. Raise both limits for files that make their weights with ConstantOfShape, as the ONNX project's test models do.
   */
  readonly maxGrown?: number | undefined;
  /** Types of the operators to fold; all unless told. */
  readonly operators?: readonly string[] | undefined;
}

/**
 * The model with every node that is known before the graph runs replaced by an initializer: Constant nodes, arithmetic on constants and
 * `Shape` of static shapes. Nodes that make a graph output stay.
 *
 * @throws MessierError `onnx/shape` where the graph contradicts itself
 */
export function foldConstants(given: Model, options: FoldOptions = {}): Model {
  const model = ownInitializers(given);
  const { graph } = model;
  const opset = opsetOf(model);
  const known = inferGraph(graph, opset);
  // An initializer that is an input too is only a default.
  const isInput = new Set(graph.inputs.map((input) => input.name));
  const isOutput = new Set(graph.outputs.map((output) => output.name));
  const constants = new Map([...graph.initializers].filter(([name]) => !isInput.has(name)));
  const initializers = new Map(graph.initializers);
  const nodes: Node[] = [];
  let left = 32 * (options.maxElements ?? 2 ** 22);
  for (const node of graph.nodes) {
    const [name = '', ...others] = node.outputs;
    const single = name !== '' && others.every((output) => output === '');
    const wanted = single && (options.operators?.includes(node.opType) ?? true);
    const result = wanted ? (known.get(name)?.constant ?? evaluate(node, constants, opset, options, left)) : undefined;
    if (result) {
      constants.set(name, result);
      left -= result.data.length;
    }
    if (!result || isOutput.has(name)) nodes.push(node);
    else initializers.set(name, result);
  }
  return { ...model, graph: pruneGraph({ ...graph, nodes, initializers }) };
}

function evaluate(
  node: Node,
  constants: ReadonlyMap<string, Tensor>,
  opset: number,
  options: FoldOptions,
  left: number,
): Tensor | undefined {
  const inputs: (Tensor | undefined)[] = [];
  let received = 0;
  for (const name of node.inputs) {
    const tensor = constants.get(name);
    if (name !== '' && !tensor) return undefined;
    received += tensor?.data.length ?? 0;
    inputs.push(tensor);
  }
  const { maxElements = 2 ** 22, maxGrown = 2 ** 16 } = options;
  return evaluateNode(node, inputs, { opset, maxElements: Math.min(maxElements, left, Math.max(received, maxGrown)) })?.[0];
}
