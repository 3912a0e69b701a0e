import { MessierError } from '../core/errors.js';
import { checkTensor } from './tensors.js';
import { namesReadBy, subgraphsOf } from './subgraphs.js';
import {
  isTensorInfo,
  type Attribute,
  type Graph,
  type Model,
  type Node,
  type OpaqueValueInfo,
  type ValueInfo,
} from './types.js';
import { newestOpset, oldestOpset } from './versions.js';

/**
 * Holds a model to the rules that every other part of the package relies on: each name is defined once and before its use, tensors
 * have the bytes that their dimensions claim, the standard's opset is one of 1 to 21.
 *
 * @throws MessierError `onnx/absent-value`, `onnx/cycle` (a value used before it is made: sort first, see sortGraph),
 * `onnx/duplicate-name`, `onnx/negative-dim`, `onnx/tensor-size`, `onnx/data-type`, `onnx/limit`, `onnx/opset`, `onnx/malformed`.
 */
export function validateModel(model: Model): void {
  const opset = model.opsets[''];
  if (opset !== undefined && !(Number.isInteger(opset) && opset >= oldestOpset && opset <= newestOpset)) {
    throw new MessierError(
      'onnx/opset',
      `Opsets ${oldestOpset} to ${newestOpset} are read, this model uses ${opset}. Export it again with opset_version=17.`,
    );
  }
  const standardNode = model.graph.nodes.find((node) => node.domain === '');
  if (opset === undefined && standardNode) {
    throw new MessierError(
      'onnx/opset',
      `Node ${describe(standardNode)} is of the standard opset, but the model names no version of it.`,
    );
  }
  validateGraph(model.graph, undefined);
}

/** Names that a graph may use, and those of the graphs around it. */
interface Names {
  readonly own: Set<string>;
  readonly outer: Names | undefined;
}

function isKnown(names: Names | undefined, name: string): boolean {
  for (let scope = names; scope; scope = scope.outer) if (scope.own.has(name)) return true;
  return false;
}

function validateGraph(graph: Graph, outer: Names | undefined): void {
  const names: Names = { own: new Set(), outer };
  for (const input of graph.inputs) define(input.name, names, 'the graph inputs');
  // Before IR 4 every initializer was an input too: its default value.
  for (const [name, tensor] of graph.initializers) {
    if (name === '') throw new MessierError('onnx/malformed', 'An initializer has no name.');
    checkTensor(tensor, name);
    names.own.add(name);
  }
  for (const info of [...graph.inputs, ...graph.outputs, ...graph.values.values()]) checkShape(info);
  const made = new Set(graph.nodes.flatMap((node) => node.outputs));
  for (const node of graph.nodes) validateNode(node, names, made);
  for (const output of graph.outputs) {
    if (!isKnown(names, output.name)) throw absent(`Graph output "${output.name}" is made by no node.`);
  }
}

function validateNode(node: Node, names: Names, made: ReadonlySet<string>): void {
  if (node.opType === '') throw new MessierError('onnx/malformed', `Node "${node.name}" names no operator.`);
  for (const name of namesReadBy(node)) {
    if (isKnown(names, name)) continue;
    if (made.has(name)) {
      throw new MessierError(
        'onnx/cycle',
        `${describe(node)} uses "${name}" before it is made. Sort the nodes, or break the cycle.`,
      );
    }
    throw absent(`${describe(node)} needs "${name}", which is no input, no initializer and no node's output.`);
  }
  for (const attribute of Object.values(node.attributes)) checkAttribute(attribute, node);
  for (const graph of subgraphsOf(node)) validateGraph(graph, names);
  for (const output of node.outputs) if (output !== '') define(output, names, 'the values');
}

function checkAttribute(attribute: Attribute, node: Node): void {
  if (attribute.kind === 'tensor') checkTensor(attribute.value, describe(node));
  else if (attribute.kind === 'tensors') for (const tensor of attribute.value) checkTensor(tensor, describe(node));
}

function checkShape(info: ValueInfo | OpaqueValueInfo): void {
  for (const dim of (isTensorInfo(info) ? info.shape : undefined) ?? []) {
    if (typeof dim === 'string' || (Number.isSafeInteger(dim) && dim >= 0)) continue;
    throw new MessierError(
      'onnx/negative-dim',
      `Value "${info.name}" has dimension ${dim}; dimensions are whole numbers from 0 up.`,
    );
  }
}

function define(name: string, names: Names, what: string): void {
  if (name === '') throw new MessierError('onnx/malformed', `One of ${what} has no name.`);
  if (!names.own.has(name)) {
    names.own.add(name);
    return;
  }
  throw new MessierError(
    'onnx/duplicate-name',
    `Two of ${what} are called "${name}"; each value of a graph needs a name of its own.`,
  );
}

function describe(node: Node): string {
  return `${node.opType} "${node.name || (node.outputs[0] ?? '')}"`;
}

function absent(problem: string): MessierError {
  return new MessierError('onnx/absent-value', `${problem} The file is damaged, or was cut in the wrong place.`);
}
