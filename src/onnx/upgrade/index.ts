import { subgraphsOf } from '../subgraphs.js';
import type { Attribute, Graph, Model, Node } from '../types.js';
import { irVersionOf, workingOpset } from '../versions.js';
import { attributesToInputs } from './attributes-to-inputs.js';
import { broadcasting } from './broadcasting.js';
import { ModelNames, UpgradeContext } from './context.js';
import { without, type UpgradeRule } from './rule.js';
import { semantics } from './semantics.js';
import { spelling } from './spelling.js';

/** Every operator whose meaning or spelling changed before opset 17, by name. Operators that are not listed mean today what they meant. */
export const upgradeRules: ReadonlyMap<string, UpgradeRule> = new Map(
  [...attributesToInputs, ...broadcasting, ...semantics, ...spelling].flatMap((rule) =>
    rule.operators.map((operator): [string, UpgradeRule] => [operator, rule]),
  ),
);

/**
 * Rewrites a model of opset 1 to 16 in opset 17; newer ones keep theirs. Initializers that old files list among the inputs leave that list.
 * Bodies of model-local functions, which name opsets of their own, stay as they are.
 *
 * @throws MessierError `onnx/upgrade`, naming node, operator and opset, for what opset 17 has no words for.
 */
export function upgradeModel(model: Model): Model {
  const opset = model.opsets[''];
  const isOld = opset !== undefined && opset < workingOpset;
  const graph = isOld ? upgradeGraph(model.graph, opset, namesOf(model.graph), undefined) : model.graph;
  const opsets = isOld ? { ...model.opsets, '': workingOpset } : model.opsets;
  const irVersion = Math.max(model.irVersion, irVersionOf(opsets[''] ?? workingOpset));
  return { ...model, irVersion, opsets, graph: withoutDefaults(graph) };
}

function upgradeGraph(graph: Graph, opset: number, names: ModelNames, outer: UpgradeContext | undefined): Graph {
  const context = new UpgradeContext(graph, opset, names, outer);
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    for (const upgraded of upgradeNode(node, context)) {
      context.learn(upgraded);
      nodes.push(upgraded);
    }
  }
  return { ...graph, nodes, initializers: new Map([...graph.initializers, ...context.added]) };
}

function upgradeNode(node: Node, context: UpgradeContext): readonly Node[] {
  if (node.domain !== '') return [node];
  // Until opset 5 nodes listed which inputs they may overwrite.
  const plain = upgradeSubgraphs(without(node, 'consumed_inputs'), context);
  const rule = upgradeRules.get(plain.opType);
  return rule && context.opset < rule.before ? rule.apply(plain, context) : [plain];
}

function upgradeSubgraphs(node: Node, context: UpgradeContext): Node {
  if (subgraphsOf(node).length === 0) return node;
  const inside = (graph: Graph): Graph => upgradeGraph(graph, context.opset, context.names, context);
  const upgraded = (attribute: Attribute): Attribute => {
    if (attribute.kind === 'graph') return { kind: 'graph', value: inside(attribute.value) };
    if (attribute.kind === 'graphs') return { kind: 'graphs', value: attribute.value.map(inside) };
    return attribute;
  };
  const attributes = Object.entries(node.attributes).map(([name, attribute]): [string, Attribute] => [name, upgraded(attribute)]);
  return { ...node, attributes: Object.fromEntries(attributes) };
}

/** Until IR 3 initializers had to be inputs too. As inputs they could be overridden, and no optimizer may fold them. */
function withoutDefaults(graph: Graph): Graph {
  if (!graph.inputs.some((input) => graph.initializers.has(input.name))) return graph;
  return { ...graph, inputs: graph.inputs.filter((input) => !graph.initializers.has(input.name)) };
}

function namesOf(graph: Graph): ModelNames {
  const taken = new Set<string>();
  const read = new Set<string>();
  const visit = (each: Graph): void => {
    for (const name of each.initializers.keys()) taken.add(name);
    for (const input of each.inputs) taken.add(input.name);
    for (const output of each.outputs) read.add(output.name);
    for (const node of each.nodes) {
      taken.add(node.name);
      for (const name of node.inputs) read.add(name);
      for (const name of node.outputs) taken.add(name);
      subgraphsOf(node).forEach(visit);
    }
  };
  visit(graph);
  return new ModelNames(taken, read);
}
