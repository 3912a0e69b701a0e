import { dataTypeOf } from '../data-types.js';
import { float32, integers, int64 } from '../tensors.js';
import type { DataType, Node, Tensor } from '../types.js';

/** What is known of values before a graph runs. */
export interface Knowledge {
  rank(name: string): number | undefined;
  type(name: string): DataType | undefined;
  constant(name: string): Tensor | undefined;
}

type RankRule = (node: Node, known: Knowledge) => number | undefined;

const first: RankRule = (node, known) => known.rank(node.inputs[0] ?? '');
const two: RankRule = () => 2;
const one: RankRule = () => 1;

const highest: RankRule = (node, known) => {
  const ranks = node.inputs.map((input) => known.rank(input));
  return ranks.every((rank) => rank !== undefined) ? Math.max(0, ...ranks) : undefined;
};

const reduced: RankRule = (node, known) => {
  const rank = known.rank(node.inputs[0] ?? '');
  const keep = node.attributes['keepdims'];
  if (keep?.kind !== 'int' || keep.value !== 0) return rank;
  const axes = axesOf(node, known);
  return rank === undefined || axes === undefined ? undefined : rank - (axes.length || rank);
};

const lengthOf =
  (input: number): RankRule =>
  (node, known) =>
    known.constant(node.inputs[input] ?? '')?.dims[0];

/** Rank of what an operator of opset 17 makes. Operators that are not listed keep the rank of their first input. */
const rankRules = new Map<string, RankRule>([
  ...['Gemm', 'Flatten', 'NonZero'].map((op): [string, RankRule] => [op, two]),
  ['Shape', one],
  ['Size', () => 0],
  ...[
    'Add',
    'Sub',
    'Mul',
    'Div',
    'Pow',
    'Mod',
    'And',
    'Or',
    'Xor',
    'Equal',
    'Greater',
    'Less',
    'Max',
    'Min',
    'Sum',
    'Mean',
    'Where',
  ].map((op): [string, RankRule] => [op, highest]),
  ...['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare'].map((op): [string, RankRule] => [
    `Reduce${op}`,
    reduced,
  ]),
  ['ArgMax', reduced],
  ['ArgMin', reduced],
  ['MatMul', (node, known) => (node.inputs.some((input) => (known.rank(input) ?? 0) < 2) ? undefined : highest(node, known))],
  ['Reshape', lengthOf(1)],
  ['ConstantOfShape', lengthOf(0)],
  ['Expand', (node, known) => atLeast(first(node, known), lengthOf(1)(node, known))],
  ['Squeeze', (node, known) => changed(node, known, -1)],
  ['Unsqueeze', (node, known) => changed(node, known, 1)],
  [
    'Gather',
    (node, known) => {
      const [data, indices] = node.inputs.map((input) => known.rank(input));
      return data === undefined || indices === undefined ? undefined : data + indices - 1;
    },
  ],
]);

/** Operators whose outputs need not be like their first input in rank or type: nothing is concluded about them. */
const opaque = new Set([
  'If',
  'Loop',
  'Scan',
  'GatherND',
  'Einsum',
  'OneHot',
  'TopK',
  'LSTM',
  'GRU',
  'RNN',
  'Unique',
  'Range',
  'Compress',
]);

function isOpaque(node: Node): boolean {
  return node.domain !== '' || opaque.has(node.opType) || node.opType.startsWith('Sequence') || node.opType.includes('Random');
}

/** Rank of the node's outputs, which are of one rank each. */
export function outputRank(node: Node, known: Knowledge): number | undefined {
  if (isOpaque(node) || node.opType === 'Constant') return undefined;
  return (rankRules.get(node.opType) ?? first)(node, known);
}

const bools = new Set(['And', 'Or', 'Xor', 'Not', 'Equal', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual', 'IsNaN', 'IsInf']);
const indices = new Set(['Shape', 'Size', 'ArgMax', 'ArgMin', 'NonZero', 'NonMaxSuppression']);

/** Type of the node's first output. */
export function outputType(node: Node, known: Knowledge): DataType | undefined {
  if (isOpaque(node)) return undefined;
  if (bools.has(node.opType)) return 'bool';
  if (indices.has(node.opType)) return 'int64';
  const { to, value } = node.attributes;
  if (node.opType === 'Cast') return to?.kind === 'int' ? dataTypeOf(to.value) : undefined;
  if (node.opType === 'ConstantOfShape') return value?.kind === 'tensor' ? value.value.type : 'float32';
  return known.type(node.inputs[node.opType === 'Where' ? 1 : 0] ?? '');
}

/** The value of a Constant node, where it is a tensor or numbers. */
export function constantOutput(node: Node): Tensor | undefined {
  if (node.opType !== 'Constant' || node.domain !== '') return undefined;
  for (const attribute of Object.values(node.attributes)) {
    if (attribute.kind === 'tensor') return attribute.value;
    if (attribute.kind === 'ints') return int64(attribute.value);
    if (attribute.kind === 'int') return { ...int64([attribute.value]), dims: [] };
    if (attribute.kind === 'floats') return float32([attribute.value.length], attribute.value);
    if (attribute.kind === 'float') return float32([], [attribute.value]);
  }
  return undefined;
}

function axesOf(node: Node, known: Knowledge): readonly number[] | undefined {
  const { axes, axis } = node.attributes;
  if (axes?.kind === 'ints') return axes.value;
  if (node.opType.startsWith('Arg')) return [axis?.kind === 'int' ? axis.value : 0];
  const [, input = ''] = node.inputs;
  if (input === '') return [];
  const tensor = known.constant(input);
  return tensor && integers(tensor);
}

function changed(node: Node, known: Knowledge, sign: number): number | undefined {
  const rank = first(node, known);
  const axes = axesOf(node, known);
  // Squeeze without axes removes whatever is 1, which only the shape tells.
  return rank === undefined || axes === undefined || axes.length === 0 ? undefined : rank + sign * axes.length;
}

function atLeast(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.max(a, b);
}
