import type { Value } from '../onnx/assembler.js';
import type { GraphBuilder } from '../onnx/builder.js';
import type { Attribute, Graph, Model, Node, OpaqueValueInfo, ValueInfo } from '../onnx/types.js';

/**
 * Adds a whole model to a graph, every name of it behind a prefix: `member1/` makes `conv1.weight` into `member1/conv1.weight`.
 *
 * @param feeds A value of the graph for each of the model's inputs. Others are left aside.
 * @returns The value that stands for a name of the model.
 * @throws MessierError `onnx/absent-value` for an input without a feed; `onnx/duplicate-name` where the prefix was used before.
 *
 * @example
 * const first = embed(g, model, 'member1/', { image });
 * g.output(first('probabilities'), 'probabilities');
 */
export function embed(
  g: GraphBuilder,
  { graph }: Model,
  prefix: string,
  feeds: Readonly<Record<string, Value>>,
): (name: string) => Value {
  const fed = new Map(graph.inputs.flatMap(({ name }) => (feeds[name] ? [[name, feeds[name].name] as const] : [])));
  const rename = (name: string): string => (name === '' ? '' : (fed.get(name) ?? prefix + name));
  for (const [name, tensor] of graph.initializers) g.parameter(rename(name), tensor);
  for (const node of graph.nodes) g.append(renamed(node, rename));
  return (name) => g.value(rename(name));
}

type Rename = (name: string) => string;

function renamed(node: Node, rename: Rename): Node {
  return {
    ...node,
    name: rename(node.name),
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes: Object.fromEntries(Object.entries(node.attributes).map(([key, value]) => [key, inside(value, rename)])),
  };
}

/** Branches and loop bodies read values of the graph around them. */
function inside(attribute: Attribute, rename: Rename): Attribute {
  if (attribute.kind === 'graph') return { kind: 'graph', value: renamedGraph(attribute.value, rename) };
  if (attribute.kind === 'graphs') return { kind: 'graphs', value: attribute.value.map((one) => renamedGraph(one, rename)) };
  return attribute;
}

function renamedGraph(graph: Graph, rename: Rename): Graph {
  const info = <Info extends ValueInfo | OpaqueValueInfo>(one: Info): Info => ({ ...one, name: rename(one.name) });
  return {
    ...graph,
    nodes: graph.nodes.map((node) => renamed(node, rename)),
    inputs: graph.inputs.map(info),
    outputs: graph.outputs.map(info),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [rename(name), tensor])),
    values: new Map([...graph.values].map(([name, one]) => [rename(name), info(one)])),
  };
}
