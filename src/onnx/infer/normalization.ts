import type { InferenceContext, Known, ShapeRule, ShapeRules } from './context.js';
import { dataTypeOf } from '../data-types.js';
import { fail, formatShape, fresh, int, likeFirst, normalizeAxis, required, unify } from './support.js';

/** Checks that inputs `indices` hold one entry a channel. */
function checkChannels(context: InferenceContext, indices: readonly number[]): void {
  const { shape } = required(context, 0);
  const channels = shape?.[1] ?? 1;
  for (const index of indices) {
    const given = context.inputs[index]?.shape;
    if (shape && given && (given.length !== 1 || unify(given[0] ?? 0, channels) === undefined)) {
      fail(
        context.node,
        `input ${index} needs one entry for each of the ${channels} channels of ${formatShape(shape)}, ${formatShape(given)} received.`,
      );
    }
  }
}

/** Running (and before opset 14, saved) statistics have one entry a channel. */
const batchNormalization: ShapeRule = (context) => {
  checkChannels(context, [1, 2, 3, 4]);
  const { type, shape } = required(context, 0);
  const statistics = (index: number): Known => {
    const input = context.inputs[index];
    return { type: input?.type ?? type, shape: input?.shape };
  };
  return [{ type, shape }, statistics(3), statistics(4), statistics(3), statistics(4)];
};

/** The normalised value, its mean and its inverse standard deviation; the latter two keep the normalised axes at 1. */
const layerNormalization: ShapeRule = (context) => {
  const { node } = context;
  const { type, shape } = required(context, 0);
  const stash = dataTypeOf(int(node, 'stash_type', 1)) ?? 'float32';
  if (!shape) return [{ type }, { type: stash }, { type: stash }];
  const axis = normalizeAxis(node, int(node, 'axis', -1), shape.length);
  for (const index of [1, 2]) {
    const given = context.inputs[index]?.shape;
    const tail = given ? shape.slice(-Math.max(given.length, 1)) : [];
    if (given && (given.length > shape.length || given.some((dim, at) => dim !== 1 && unify(dim, tail[at] ?? 0) === undefined))) {
      fail(
        node,
        `input ${index} of ${formatShape(given)} does not fit the normalised axes ${formatShape(shape.slice(axis))} of ${formatShape(shape)}.`,
      );
    }
  }
  const statistics = { type: stash, shape: shape.map((dim, index) => (index < axis ? dim : 1)) };
  return [{ type, shape }, statistics, statistics];
};

const instanceNormalization: ShapeRule = (context) => {
  checkChannels(context, [1, 2]);
  return likeFirst(context);
};

/** Scale and bias hold one entry a channel from opset 21 on, one a group before. */
const groupNormalization: ShapeRule = (context) => {
  const { node, opset } = context;
  const channels = required(context, 0).shape?.[1] ?? fresh(context, 1);
  const groups = int(node, 'num_groups', 1);
  if (groups < 1 || (typeof channels === 'number' && channels % groups !== 0)) {
    fail(node, `${channels} channels do not divide into ${groups} groups. Change "num_groups".`);
  }
  const expected = opset < 21 ? groups : channels;
  for (const index of [1, 2]) {
    const given = context.inputs[index]?.shape;
    if (given && (given.length !== 1 || unify(given[0] ?? 0, expected) === undefined)) {
      fail(
        node,
        `input ${index} of (${expected}) expected in opset ${opset}, ${formatShape(given)} received. Opset 21 wants one entry a channel.`,
      );
    }
  }
  return likeFirst(context);
};

export const normalizationRules: ShapeRules = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  RMSNormalization: likeFirst,
};

/** com.microsoft. */
export const fusedNormalizationRules: ShapeRules = {
  SkipLayerNormalization: (context) => {
    const { type, shape } = required(context, 0);
    const statistics = { type: 'float32', shape: shape?.map((dim, axis) => (axis === shape.length - 1 ? 1 : dim)) } as const;
    return [{ type, shape }, statistics, statistics, { type, shape }];
  },
  SimplifiedLayerNormalization: layerNormalization,
};
