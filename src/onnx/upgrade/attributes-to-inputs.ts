import { scalar } from '../tensors.js';
import type { Node } from '../types.js';
import { floatOf, intOf, intsOf, type UpgradeContext } from './context.js';
import { without, withInputs, type UpgradeRule } from './rule.js';

/** Attribute values that stand for "no bound" in Clip before opset 11. */
const NO_BOUND = 3.4028234663852886e38;

/** Operators whose attributes became inputs. */
export const attributesToInputs: readonly UpgradeRule[] = [
  { operators: ['Reshape'], before: 17, apply: (node, context) => [intsToInput(node, context, 'shape')] },
  {
    operators: ['Squeeze', 'Unsqueeze', 'ReduceSum'],
    before: 17,
    apply: (node, context) => [intsToInput(node, context, 'axes')],
  },
  { operators: ['Split'], before: 17, apply: upgradeSplit },
  { operators: ['Slice'], before: 17, apply: upgradeSlice },
  { operators: ['Pad'], before: 17, apply: upgradePad },
  { operators: ['Clip'], before: 17, apply: upgradeClip },
  { operators: ['TopK'], before: 17, apply: upgradeTopK },
  { operators: ['Dropout'], before: 12, apply: upgradeDropout },
  { operators: ['Tile'], before: 17, apply: upgradeTile },
];

function intsToInput(node: Node, context: UpgradeContext, name: string): Node {
  const values = intsOf(node, name);
  if (!values) return node;
  return withInputs(without(node, name), [node.inputs[0], context.addInts(values, node, name)]);
}

function upgradeSplit(node: Node, context: UpgradeContext): readonly Node[] {
  if (context.opset < 2 && node.inputs.length > 1) context.fail(node, 'its sizes are an input of the type of the data');
  return [intsToInput(node, context, 'split')];
}

function upgradeSlice(node: Node, context: UpgradeContext): readonly Node[] {
  const starts = intsOf(node, 'starts');
  const ends = intsOf(node, 'ends');
  if (!starts || !ends) return [node];
  const axes = intsOf(node, 'axes');
  const inputs = [
    node.inputs[0],
    context.addInts(starts, node, 'starts'),
    context.addInts(ends, node, 'ends'),
    axes && context.addInts(axes, node, 'axes'),
  ];
  return [withInputs(without(node, 'starts', 'ends', 'axes'), inputs)];
}

function upgradePad(node: Node, context: UpgradeContext): readonly Node[] {
  const pads = intsOf(node, 'pads') ?? intsOf(node, 'paddings');
  if (!pads) return [node];
  const [data = ''] = node.inputs;
  const value = floatOf(node, 'value') ?? 0;
  const inputs = [
    data,
    context.addInts(pads, node, 'pads'),
    value === 0 ? undefined : context.add(scalar(value, context.type(data)), node, 'value'),
  ];
  return [withInputs(without(node, 'pads', 'paddings', 'value'), inputs)];
}

function upgradeClip(node: Node, context: UpgradeContext): readonly Node[] {
  const [data = ''] = node.inputs;
  const bound = (name: string): string | undefined => {
    const value = floatOf(node, name);
    if (value === undefined || Math.abs(value) >= NO_BOUND) return undefined;
    return context.add(scalar(value, context.type(data)), node, name);
  };
  if (!('min' in node.attributes || 'max' in node.attributes)) return [node];
  return [withInputs(without(node, 'min', 'max'), [data, bound('min'), bound('max')])];
}

function upgradeTopK(node: Node, context: UpgradeContext): readonly Node[] {
  const k = intOf(node, 'k');
  if (k === undefined) return [node];
  return [withInputs(without(node, 'k'), [node.inputs[0], context.addInts([k], node, 'k')])];
}

/** Before opset 12 Dropout has its ratio as an attribute, before 7 `is_test` too; in a file for inference it passes data through. */
function upgradeDropout(node: Node, context: UpgradeContext): readonly Node[] {
  const [output = '', mask = ''] = node.outputs;
  if (context.opset < 10 && context.names.isRead(mask)) context.fail(node, 'its mask is used, which was of the type of the data');
  const ratio = context.add(scalar(floatOf(node, 'ratio') ?? 0.5), node, 'ratio');
  const outputs = context.names.isRead(mask) ? [output, mask] : [output];
  return [{ ...withInputs(without(node, 'ratio', 'is_test'), [node.inputs[0], ratio]), outputs }];
}

/** Before opset 6 Tile repeats along one axis: inputs (data, tiles, axis). */
function upgradeTile(node: Node, context: UpgradeContext): readonly Node[] {
  const [data = '', tiles = '', axis = ''] = node.inputs;
  if (axis === '') return [node];
  const rank = context.rank(data);
  const [count, along] = [tiles, axis].map((name) => Number(context.constant(name)?.data[0] ?? NaN));
  if (rank === undefined || !Number.isInteger(count) || !Number.isInteger(along))
    context.fail(node, 'tiles and axis are no constants');
  const repeats = Array.from({ length: rank }, (_, index) => (index === along ? (count ?? 1) : 1));
  return [withInputs(node, [data, context.addInts(repeats, node, 'repeats')])];
}
