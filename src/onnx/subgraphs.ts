import type { Graph, Node } from './types.js';

/** The graphs in a node's attributes: branches of If, bodies of Loop and Scan. */
export function subgraphsOf(node: Node): readonly Graph[] {
  const graphs: Graph[] = [];
  for (const attribute of Object.values(node.attributes)) {
    if (attribute.kind === 'graph') graphs.push(attribute.value);
    else if (attribute.kind === 'graphs') graphs.push(...attribute.value);
  }
  return graphs;
}

/** Every name that a node reads: its own inputs, and what its subgraphs take from around them. */
export function namesReadBy(node: Node): ReadonlySet<string> {
  const names = new Set(node.inputs);
  names.delete('');
  for (const graph of subgraphsOf(node)) for (const name of outerNames(graph)) names.add(name);
  return names;
}

/** Names that a graph uses and does not define. */
export function outerNames(graph: Graph): ReadonlySet<string> {
  const own = new Set<string>(graph.initializers.keys());
  for (const input of graph.inputs) own.add(input.name);
  for (const node of graph.nodes) for (const output of node.outputs) own.add(output);
  const used = new Set<string>(graph.outputs.map((output) => output.name));
  for (const node of graph.nodes) for (const name of namesReadBy(node)) used.add(name);
  return new Set([...used].filter((name) => !own.has(name)));
}
