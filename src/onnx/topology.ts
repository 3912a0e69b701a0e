import { MessierError } from '../core/errors.js';
import { namesReadBy, subgraphsOf } from './subgraphs.js';
import type { Attribute, Graph, Node } from './types.js';

/**
 * The graph with its nodes, and those of its subgraphs, in topological order; the same object where they are already.
 * Nodes keep their order otherwise (Kahn, Topological sorting of large networks, CACM 5 (1962)).
 *
 * @throws MessierError `onnx/cycle` where a node waits for its own result.
 */
export function sortGraph(graph: Graph): Graph {
  const inner = graph.nodes.map(sortSubgraphs);
  const producers = producersOf(inner, new Set([...graph.initializers.keys(), ...graph.inputs.map((input) => input.name)]));
  const nodes = isSorted(inner, producers) ? inner : sorted(inner, producers);
  const isSame = nodes.length === graph.nodes.length && nodes.every((node, index) => node === graph.nodes[index]);
  return isSame ? graph : { ...graph, nodes };
}

function sortSubgraphs(node: Node): Node {
  if (subgraphsOf(node).length === 0) return node;
  const attributes = Object.entries(node.attributes).map(([key, attribute]): [string, Attribute] => [key, sortInside(attribute)]);
  const isSame = attributes.every(([key, attribute]) => attribute === node.attributes[key]);
  return isSame ? node : { ...node, attributes: Object.fromEntries(attributes) };
}

function sortInside(attribute: Attribute): Attribute {
  if (attribute.kind === 'graph') {
    const value = sortGraph(attribute.value);
    return value === attribute.value ? attribute : { kind: 'graph', value };
  }
  if (attribute.kind !== 'graphs') return attribute;
  const value = attribute.value.map(sortGraph);
  return value.every((graph, index) => graph === attribute.value[index]) ? attribute : { kind: 'graphs', value };
}

/** Which node makes a value that is not there from the start. */
type Producers = ReadonlyMap<string, number>;

function producersOf(nodes: readonly Node[], given: ReadonlySet<string>): Producers {
  const producers = new Map<string, number>();
  for (const [index, node] of nodes.entries()) {
    for (const output of node.outputs) if (output !== '' && !given.has(output)) producers.set(output, index);
  }
  return producers;
}

function isSorted(nodes: readonly Node[], producers: Producers): boolean {
  return nodes.every((node, index) => [...namesReadBy(node)].every((name) => (producers.get(name) ?? -1) < index));
}

function sorted(nodes: readonly Node[], producers: Producers): Node[] {
  const waitsFor = nodes.map(() => 0);
  const followers = nodes.map((): number[] => []);
  for (const [index, node] of nodes.entries()) {
    const before = new Set<number>();
    for (const name of namesReadBy(node)) {
      const producer = producers.get(name);
      if (producer !== undefined) before.add(producer);
    }
    waitsFor[index] = before.size;
    for (const producer of before) followers[producer]?.push(index);
  }
  // A stack that holds the earliest nodes on top keeps a chain together, near the order of the file.
  const ready = [...nodes.keys()].filter((index) => waitsFor[index] === 0).reverse();
  const order: Node[] = [];
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    const node = nodes[index];
    if (node) order.push(node);
    for (const follower of followers[index]?.toReversed() ?? []) {
      const left = (waitsFor[follower] ?? 0) - 1;
      waitsFor[follower] = left;
      if (left === 0) ready.push(follower);
    }
  }
  if (order.length === nodes.length) return order;
  const stuck = nodes.find((_, index) => (waitsFor[index] ?? 0) > 0);
  throw new MessierError(
    'onnx/cycle',
    `Graphs have no cycles, but ${stuck?.opType ?? ''} "${stuck?.name ?? ''}" waits for its own result (output "${stuck?.outputs[0] ?? ''}").`,
  );
}
