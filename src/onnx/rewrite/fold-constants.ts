import { evaluateNode } from '../evaluate/index.js';
import { inferGraph } from '../infer/graph.js';
import { opsetOf } from '../infer/opset.js';
import type { Model, Node, Tensor } from '../types.js';
import { pruneGraph } from './prune.js';

/** Bounds of {@link foldConstants}. */
export interface FoldOptions {
  /** Largest result in elements; 2^22 unless told. */
  readonly maxElements?: number | undefined;
}

/** A result larger than its inputs together is folded up to this many elements: a table of zeros is better made than stored. */
const mostGrown = 2 ** 16;

/**
 * The model with every node that is known before the graph runs replaced by an initializer: Constant nodes, arithmetic on constants and
 * `Shape` of static shapes. Nodes that make a graph output stay.
 *
 * @throws MessierError `onnx/shape` where the graph contradicts itself
 */
export function foldConstants(model: Model, options: FoldOptions = {}): Model {
  const { graph } = model;
  const opset = opsetOf(model);
  const known = inferGraph(graph, opset);
  // An initializer that is an input too is only a default.
  const isInput = new Set(graph.inputs.map((input) => input.name));
  const isOutput = new Set(graph.outputs.map((output) => output.name));
  const constants = new Map([...graph.initializers].filter(([name]) => !isInput.has(name)));
  const initializers = new Map(graph.initializers);
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const [name = '', ...others] = node.outputs;
    const single = name !== '' && others.every((output) => output === '');
    const result = single ? (known.get(name)?.constant ?? evaluate(node, constants, opset, options)) : undefined;
    if (result && name !== '') constants.set(name, result);
    if (!result || isOutput.has(name)) nodes.push(node);
    else initializers.set(name, result);
  }
  return { ...model, graph: pruneGraph({ ...graph, nodes, initializers }) };
}

function evaluate(node: Node, constants: ReadonlyMap<string, Tensor>, opset: number, options: FoldOptions): Tensor | undefined {
  const inputs: (Tensor | undefined)[] = [];
  let received = 0;
  for (const name of node.inputs) {
    const tensor = constants.get(name);
    if (name !== '' && !tensor) return undefined;
    received += tensor?.data.length ?? 0;
    inputs.push(tensor);
  }
  const { maxElements = 2 ** 22 } = options;
  const [result] = evaluateNode(node, inputs, { opset, maxElements }) ?? [];
  const grows = result && result.data.length > received && node.opType !== 'Constant';
  return grows && result.data.length > mostGrown ? undefined : result;
}
