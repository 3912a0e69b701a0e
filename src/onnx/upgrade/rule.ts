import type { Attribute, Node } from '../types.js';
import type { UpgradeContext } from './context.js';

/**
 * How an operator of an older opset is said in opset 17. A rule whose old form shows in the node itself (an attribute that became an input)
 * looks at the node and not at the declared version, because files exist that declare a newer opset than they use.
 */
export interface UpgradeRule {
  readonly operators: readonly string[];
  /** Models of this opset and later are left alone. */
  readonly before: number;
  /** The nodes that replace the node, in order; the node itself where nothing is to do. Helpers among them are in the form of opset 17. */
  readonly apply: (node: Node, context: UpgradeContext) => readonly Node[];
}

/** The node without some attributes. */
export function without(node: Node, ...names: readonly string[]): Node {
  if (names.every((name) => !(name in node.attributes))) return node;
  return { ...node, attributes: Object.fromEntries(Object.entries(node.attributes).filter(([name]) => !names.includes(name))) };
}

/** The node with more attributes. */
export function withAttributes(node: Node, attributes: Readonly<Record<string, Attribute>>): Node {
  return { ...node, attributes: { ...node.attributes, ...attributes } };
}

/** The node with other inputs; omitted ones at the end are cut off. */
export function withInputs(node: Node, inputs: readonly (string | undefined)[]): Node {
  const names = inputs.map((input) => input ?? '');
  while (names.at(-1) === '') names.pop();
  return { ...node, inputs: names };
}

/** A helper node with one output, named after the node it helps. */
export function helper(
  context: UpgradeContext,
  node: Node,
  opType: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): { readonly node: Node; readonly output: string } {
  const output = context.names.unique(`${node.name || (node.outputs[0] ?? node.opType)}:${opType.toLowerCase()}`);
  return { node: { name: output, opType, domain: '', inputs, outputs: [output], attributes }, output };
}
