import { float32 } from '../tensors.js';
import type { Attribute, Node } from '../types.js';
import { floatsOf, floatOf, intOf, stringOf, type UpgradeContext } from './context.js';
import { helper, without, withAttributes, withInputs, type UpgradeRule } from './rule.js';

const int = (value: number): Attribute => ({ kind: 'int', value });
const string = (value: string): Attribute => ({ kind: 'string', value });

/** Operators that came to mean something else under the same name, or the same under another. */
export const semantics: readonly UpgradeRule[] = [
  { operators: ['Softmax', 'LogSoftmax', 'Hardmax'], before: 13, apply: upgradeSoftmax },
  { operators: ['BatchNormalization'], before: 14, apply: upgradeBatchNormalization },
  { operators: ['Upsample'], before: 17, apply: upgradeUpsample },
  { operators: ['Resize'], before: 11, apply: (node, context) => [resize(node, node.inputs[1] ?? '', context)] },
  { operators: ['RoiAlign'], before: 16, apply: upgradeRoiAlign },
  { operators: ['Scatter'], before: 17, apply: (node) => [{ ...node, opType: 'ScatterElements' }] },
];

/**
 * Before opset 13 softmax made a matrix of its input: all dimensions from `axis` on (1 unless told) were one row. The same as today where
 * that is the last dimension only.
 */
function upgradeSoftmax(node: Node, context: UpgradeContext): readonly Node[] {
  const [data = ''] = node.inputs;
  const axis = intOf(node, 'axis') ?? 1;
  const rank = context.rank(data);
  if (axis === -1 || (rank !== undefined && (axis === rank - 1 || rank === 1))) return [withAttributes(node, { axis: int(-1) })];
  const shape = helper(context, node, 'Shape', [data]);
  const flat = helper(context, node, 'Flatten', [data], { axis: int(axis) });
  const rows = helper(context, node, node.opType, [flat.output], { axis: int(-1) });
  return [
    shape.node,
    flat.node,
    rows.node,
    {
      name: node.name,
      opType: 'Reshape',
      domain: '',
      inputs: [rows.output, shape.output],
      outputs: node.outputs,
      attributes: {},
    },
  ];
}

/**
 * Before opset 14 named extra outputs asked for training mode, before 7 `is_test` decided too, and before 9 `spatial` = 0 meant statistics
 * of each single activation.
 */
function upgradeBatchNormalization(node: Node, context: UpgradeContext): readonly Node[] {
  const isFlat = context.rank(node.inputs[0] ?? '') === 2;
  if (intOf(node, 'spatial') === 0 && !isFlat) context.fail(node, 'spatial = 0 has no equal in opset 17');
  const plain = without(node, 'is_test', 'spatial');
  const extra = node.outputs.slice(1);
  if (intOf(node, 'is_test') === 1 || extra.every((name) => name === ''))
    return [{ ...plain, outputs: node.outputs.slice(0, 1) }];
  if (extra.slice(2).some((name) => context.names.isRead(name))) context.fail(node, 'its saved mean or variance is used');
  return [{ ...withAttributes(plain, { training_mode: int(1) }), outputs: node.outputs.slice(0, 3) }];
}

/** Upsample takes its scales from an input since opset 9, from `scales` since 7, and from two attributes in 1. */
function upgradeUpsample(node: Node, context: UpgradeContext): readonly Node[] {
  const height = floatOf(node, 'height_scale');
  const width = floatOf(node, 'width_scale');
  const scales = floatsOf(node, 'scales') ?? (height !== undefined && width !== undefined ? [1, 1, height, width] : undefined);
  const input = scales ? context.add(float32([scales.length], scales), node, 'scales') : (node.inputs[1] ?? '');
  const plain = without(node, 'scales', 'height_scale', 'width_scale');
  return [resize(plain, input, context)];
}

/** Resize as opset 10 and Upsample did it: pixel i comes from i / scale, rounded down where it grows and up where it shrinks. */
function resize(node: Node, scales: string, context: UpgradeContext): Node {
  const factors = context.constant(scales)?.data;
  const numbers = factors instanceof Float32Array ? [...factors] : [];
  const shrinks = numbers.some((factor) => factor < 1);
  const isNearest = (stringOf(node, 'mode') ?? 'nearest') === 'nearest';
  if (isNearest && shrinks && numbers.some((factor) => factor > 1)) {
    context.fail(node, 'it grows one dimension and shrinks another, nearest pixels taken');
  }
  return {
    ...withInputs(node, [node.inputs[0], undefined, scales]),
    opType: 'Resize',
    attributes: {
      mode: string(isNearest ? 'nearest' : 'linear'),
      coordinate_transformation_mode: string('asymmetric'),
      ...(isNearest ? { nearest_mode: string(shrinks ? 'ceil' : 'floor') } : {}),
    },
  };
}

function upgradeRoiAlign(node: Node): readonly Node[] {
  const key = 'coordinate_transformation_mode';
  return [key in node.attributes ? node : withAttributes(node, { [key]: string('output_half_pixel') })];
}
