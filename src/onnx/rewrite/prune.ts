import { namesReadBy } from '../subgraphs.js';
import type { Graph, Model, Node } from '../types.js';

/**
 * The model without nodes, initializers and value infos that no output needs. Graph inputs stay: they are the model's signature
 * (except the default values of older files, inputs that are initializers too).
 */
export function pruneDeadNodes(model: Model): Model {
  return { ...model, graph: pruneGraph(model.graph) };
}

/** {@link pruneDeadNodes} on a graph. */
export function pruneGraph(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map((output) => output.name));
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => output !== '' && needed.has(output))) continue;
    nodes.push(node);
    for (const name of namesReadBy(node)) needed.add(name);
  }
  nodes.reverse();
  const made = new Set(nodes.flatMap((node) => node.outputs));
  return {
    ...graph,
    nodes,
    inputs: graph.inputs.filter((input) => needed.has(input.name) || !graph.initializers.has(input.name)),
    initializers: new Map([...graph.initializers].filter(([name]) => needed.has(name))),
    values: new Map([...graph.values].filter(([name]) => made.has(name))),
  };
}
