import { MessierError } from '../../core/errors.js';
import type { Attribute, DataType, Dim, Node, Shape, Tensor } from '../types.js';
import type { InferenceContext, Known } from './context.js';

/** Most elements of a shape, an axis list or an index list that inference follows. */
export const longestValue = 1024;
/** Most axes of a shape that inference follows. */
export const highestRank = 64;

/** `Conv "stem"`, or the first output where the node has no name. */
export function describe(node: Node): string {
  return `${node.opType} "${node.name === '' ? (node.outputs[0] ?? '') : node.name}"`;
}

/** `(N, 3, 224, 224)`. */
export function formatShape(shape: Shape): string {
  return `(${shape.join(', ')})`;
}

/** Stops with `onnx/shape`: the rule, the values received and the way out. */
export function fail(node: Node, message: string): never {
  throw new MessierError('onnx/shape', `${describe(node)}: ${message}`);
}

/** The input at `index`; its absence is an error. */
export function required(context: InferenceContext, index: number): Known {
  const known = context.inputs[index];
  if (known) return known;
  return fail(context.node, `input ${index} is required and ${context.inputs.length} inputs were given. Connect it.`);
}

/** A name for a size that no expression describes: unique to that axis of that output, with the leading `?` of sizes that files leave unnamed. */
export function fresh(context: InferenceContext, axis: number, output = 0): string {
  const stem = context.node.outputs[output] ?? context.node.name;
  return `?${stem.replaceAll(/[\s()*+-]/g, '_')}.${axis}`;
}

/** A shape of that rank of which nothing else is known. */
export function freshShape(context: InferenceContext, rank: number, output = 0): Dim[] {
  return Array.from({ length: rank }, (_, axis) => fresh(context, axis, output));
}

function wrongKind(node: Node, name: string, wanted: string, got: Attribute): never {
  return fail(
    node,
    `attribute "${name}" must be ${wanted}, ${got.kind.toUpperCase()} received. Repair the file that holds the node.`,
  );
}

/** An INT attribute. */
export function int<T extends number | undefined>(node: Node, name: string, otherwise: T): number | T {
  const attribute = node.attributes[name];
  if (attribute === undefined) return otherwise;
  return attribute.kind === 'int' ? attribute.value : wrongKind(node, name, 'INT', attribute);
}

/** A FLOAT attribute; an INT passes for one. */
export function number<T extends number | undefined>(node: Node, name: string, otherwise: T): number | T {
  const attribute = node.attributes[name];
  if (attribute === undefined) return otherwise;
  return attribute.kind === 'int' || attribute.kind === 'float' ? attribute.value : wrongKind(node, name, 'FLOAT', attribute);
}

/** A STRING attribute. */
export function text(node: Node, name: string, otherwise: string): string {
  const attribute = node.attributes[name];
  if (attribute === undefined) return otherwise;
  return attribute.kind === 'string' ? attribute.value : wrongKind(node, name, 'STRING', attribute);
}

/** An INTS attribute. */
export function ints(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name];
  if (attribute === undefined) return undefined;
  return attribute.kind === 'ints' ? attribute.value : wrongKind(node, name, 'INTS', attribute);
}

/** A FLOATS attribute; INTS pass for one. */
export function numbers(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name];
  if (attribute === undefined) return undefined;
  return attribute.kind === 'ints' || attribute.kind === 'floats' ? attribute.value : wrongKind(node, name, 'FLOATS', attribute);
}

/** An INTS attribute with one entry an axis, each at least `least`. */
export function intsOf(node: Node, name: string, length: number, otherwise: number, least: number): readonly number[] {
  const values = ints(node, name) ?? Array.from({ length }, () => otherwise);
  if (values.length !== length) fail(node, `attribute "${name}" needs ${length} entries, ${values.length} received.`);
  const low = values.find((value) => value < least);
  if (low !== undefined) fail(node, `attribute "${name}" needs entries of at least ${least}, ${low} received.`);
  return values;
}

/** An axis as an index from the front. `rank` counts the positions allowed. */
export function normalizeAxis(node: Node, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(axis) && positive >= 0 && positive < rank) return positive;
  return fail(node, `axis ${axis} lies outside a rank of ${rank}. Use -${rank} to ${String(rank - 1)}.`);
}

/** Axes as a set of indices from the front; a repeated one is an error. */
export function normalizeAxes(node: Node, axes: readonly number[], rank: number): ReadonlySet<number> {
  const set = new Set(axes.map((axis) => normalizeAxis(node, axis, rank)));
  if (set.size !== axes.length) fail(node, `an axis is given twice: ${axes.join(', ')}. Give each once.`);
  return set;
}

const integerTypes: ReadonlySet<DataType> = new Set([
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
]);

/** Elements of a small integer tensor of rank 0 or 1, as far as they are known. */
export function elements(known: Known | undefined): readonly (Dim | undefined)[] | undefined {
  if (!known) return undefined;
  if (known.value) return known.value;
  const { constant } = known;
  if (!constant || constant.dims.length > 1 || !integerTypes.has(constant.type) || constant.data.length > longestValue)
    return undefined;
  return Array.from(constant.data, Number);
}

/** The elements of an integer tensor where all of them are known numbers. */
export function wholeNumbers(known: Known | undefined): readonly number[] | undefined {
  const values = elements(known);
  return values?.every((value) => typeof value === 'number') ? values : undefined;
}

/** The elements of a small float tensor. */
export function realNumbers(tensor: Tensor | undefined): readonly number[] | undefined {
  if (tensor?.type !== 'float32' && tensor?.type !== 'float64') return undefined;
  return tensor.data.length > longestValue ? undefined : Array.from(tensor.data, Number);
}

/**
 * Integers given as an attribute in older opsets and as an input in newer ones.
 * `undefined`: given nowhere; `'unknown'`: an input whose elements are not known.
 */
export function attributeOrInput(
  context: InferenceContext,
  name: string,
  index: number,
): readonly number[] | 'unknown' | undefined {
  const given = ints(context.node, name);
  if (given) return given;
  const input = context.inputs[index];
  return input ? (wholeNumbers(input) ?? 'unknown') : undefined;
}

/**
 * One dimension out of two that must be equal when the graph runs; `undefined` where they never are. A number wins over a name, a name over
 * an invented one.
 */
export function unify(a: Dim, b: Dim): Dim | undefined {
  if (a === b) return a;
  if (typeof b === 'string') return isInvented(a) ? b : a;
  return typeof a === 'string' ? b : undefined;
}

/** Is this the name of a size of which nothing is known? See {@link fresh}. */
export function isInvented(dim: Dim): boolean {
  return typeof dim === 'string' && dim.startsWith('?');
}

/** Numpy broadcasting of any number of shapes, https://github.com/onnx/onnx/blob/main/docs/Broadcasting.md. */
export function broadcast(node: Node, shapes: readonly Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result: Dim[] = new Array<Dim>(rank).fill(1);
  for (const shape of shapes) {
    for (const [index, dim] of shape.entries()) {
      const axis = rank - shape.length + index;
      const before = result[axis] ?? 1;
      const joined = before === 1 ? dim : dim === 1 ? before : unify(before, dim);
      if (joined === undefined) {
        fail(
          node,
          `shapes ${shapes.map(formatShape).join(' and ')} do not broadcast: ${before} meets ${dim}. Make them equal, or one of them 1.`,
        );
      }
      result[axis] = joined;
    }
  }
  return result;
}

/** Broadcasting of inputs some of which may have no known shape. */
export function broadcastKnown(node: Node, inputs: readonly (Known | undefined)[]): Shape | undefined {
  const shapes: Shape[] = [];
  for (const input of inputs) {
    if (!input) continue;
    if (!input.shape) return undefined;
    shapes.push(input.shape);
  }
  return broadcast(node, shapes);
}

/** Same type and shape as the first input: most of the standard's one-input operators. */
export function likeFirst(context: InferenceContext): readonly Known[] {
  const { type, shape } = required(context, 0);
  return [{ type, shape }];
}
