import { dataTypeCode } from '../data-types.js';
import { filled, float32, integers } from '../tensors.js';
import type { Attribute, DataType, Node } from '../types.js';
import { floatOf, floatsOf, intOf, intsOf, stringOf, typeOf, type UpgradeContext } from './context.js';
import { helper, without, withAttributes, withInputs, type UpgradeRule } from './rule.js';

/** Attributes that changed their type, default or presence, and experimental operators that have gone. */
export const spelling: readonly UpgradeRule[] = [
  { operators: ['Cast'], before: 17, apply: upgradeCast },
  { operators: ['Concat'], before: 17, apply: (node) => [defaults(node, { axis: { kind: 'int', value: 1 } })] },
  {
    operators: ['Selu'],
    before: 6,
    apply: (node) => [defaults(node, { alpha: { kind: 'float', value: 1.6732 }, gamma: { kind: 'float', value: 1.0507 } })],
  },
  { operators: ['LpPool', 'GlobalLpPool'], before: 17, apply: upgradeLpPool },
  { operators: ['RNN', 'GRU', 'LSTM'], before: 17, apply: (node) => [without(node, 'output_sequence')] },
  { operators: ['ConstantFill'], before: 17, apply: upgradeConstantFill },
  { operators: ['Affine'], before: 17, apply: upgradeAffine },
  { operators: ['ImageScaler'], before: 17, apply: upgradeImageScaler },
  {
    operators: ['ATen', 'Crop', 'DynamicSlice', 'GivenTensorFill', 'GRUUnit', 'ParametricSoftplus', 'Scale', 'ScaledTanh'],
    before: 17,
    apply: (node, context) => context.fail(node, 'the operator was experimental and was removed'),
  },
  {
    operators: ['Scan'],
    before: 9,
    apply: (node, context) => context.fail(node, 'it scans a batch, with a length for each sequence'),
  },
];

/** The node with attributes that it lacks. */
function defaults(node: Node, attributes: Readonly<Record<string, Attribute>>): Node {
  return { ...node, attributes: { ...attributes, ...node.attributes } };
}

/** Names of element types in `to` before opset 6, where they differ from ours. */
const typeNames: Readonly<Record<string, DataType>> = { float: 'float32', double: 'float64' };

function upgradeCast(node: Node, context: UpgradeContext): readonly Node[] {
  const name = stringOf(node, 'to');
  if (name === undefined) return [node];
  const to = name.toLowerCase();
  const known: readonly DataType[] = [
    'bool',
    'float16',
    'int8',
    'int16',
    'int32',
    'int64',
    'uint8',
    'uint16',
    'uint32',
    'uint64',
    'string',
  ];
  const type = typeNames[to] ?? known.find((each) => each === to);
  if (!type) context.fail(node, `"${name}" is no element type`);
  return [withAttributes(node, { to: { kind: 'int', value: dataTypeCode(type) } })];
}

function upgradeLpPool(node: Node): readonly Node[] {
  const p = floatOf(node, 'p');
  return [p === undefined ? node : withAttributes(node, { p: { kind: 'int', value: p } })];
}

/** ConstantFill: a tensor of one value, its shape in an attribute or, with `input_as_shape`, in a constant input. */
function upgradeConstantFill(node: Node, context: UpgradeContext): readonly Node[] {
  const type = typeOf(node, 'dtype') ?? 'float32';
  const value = filled([1], floatOf(node, 'value') ?? 0, type);
  const [input = ''] = node.inputs;
  const known = input === '' ? undefined : context.constant(input);
  const given =
    intOf(node, 'input_as_shape') === 1 ? known && integers(known) : input === '' ? (intsOf(node, 'shape') ?? []) : undefined;
  if (!given) context.fail(node, 'its shape is no constant');
  const shape = context.addInts([...given, ...(intsOf(node, 'extra_shape') ?? [])], node, 'shape');
  return [{ ...node, opType: 'ConstantOfShape', inputs: [shape], attributes: { value: { kind: 'tensor', value } } }];
}

/** Affine: alpha * x + beta. */
function upgradeAffine(node: Node, context: UpgradeContext): readonly Node[] {
  return scaleAndShift(node, float32([], [floatOf(node, 'alpha') ?? 1]), float32([], [floatOf(node, 'beta') ?? 0]), context);
}

/** ImageScaler: scale * x + bias of each channel, x being NCHW. */
function upgradeImageScaler(node: Node, context: UpgradeContext): readonly Node[] {
  const bias = floatsOf(node, 'bias') ?? [0];
  return scaleAndShift(node, float32([], [floatOf(node, 'scale') ?? 1]), float32([bias.length, 1, 1], bias), context);
}

function scaleAndShift(
  node: Node,
  scale: ReturnType<typeof float32>,
  shift: ReturnType<typeof float32>,
  context: UpgradeContext,
): Node[] {
  const scaled = helper(context, node, 'Mul', [node.inputs[0] ?? '', context.add(scale, node, 'scale')]);
  const add = withInputs({ ...node, opType: 'Add', attributes: {} }, [scaled.output, context.add(shift, node, 'shift')]);
  return [scaled.node, add];
}
