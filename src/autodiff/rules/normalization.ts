import type { Value } from '../../onnx/assembler.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import { int, ints, number } from '../../onnx/infer/support.js';
import { registerGradient, single } from '../rule.js';
import { divideOrZero, elementCount, fixedDim, range, rankOf, reshapeLike, shapeOf, sumTo } from '../shapes.js';

/** (C) to (C, 1, 1, ...), so that it broadcasts along axis 1 of a value of that rank. */
function perChannel(g: GraphBuilder, x: Value, rank: number): Value {
  return g.reshape(x, [-1, ...new Array<number>(rank - 2).fill(1)]);
}

/** sum over batch and space of a b, for each channel, without writing the product: one dot product an image and channel. */
function channelDots(g: GraphBuilder, a: Value, b: Value): Value {
  const row = g.reshape(a, [0, 0, 1, -1]);
  const column = g.transpose(g.reshape(b, [0, 0, 1, -1]), [0, 1, 3, 2]);
  return g.reduceSum(g.reshape(g.matmul(row, column), [0, 0]), [0], false);
}

/**
 * y = scale (x - mean) / sqrt(var + epsilon) + bias over the channel axis, https://arxiv.org/abs/1502.03167.
 * In training mode mean and var are the batch's own (outputs 1 and 2 when momentum is 0, as training steps arrange it), and with
 * h = (x - mean) / sqrt(var + epsilon): dx = scale / sqrt(var + epsilon) (dy - mean(dy) - h mean(dy h)).
 */
registerGradient('BatchNormalization', (context) => {
  const { g, node, inputs, outputs } = context;
  const { dy, x } = single(context);
  const [, scale, , mean, variance] = inputs;
  if (!scale || !mean || !variance) return [];
  const rank = rankOf(x);
  const epsilon = number(node, 'epsilon', 1e-5);
  const others = [0, ...range(rank - 2, 2)];
  const sumDy = g.reduceSum(dy, others, false);
  const wide = (value: Value): Value => perChannel(g, value, rank);
  const inverse = (of: Value): Value => g.reciprocal(g.sqrt(g.add(of, g.scalar(epsilon))));

  if (int(node, 'training_mode', 0) === 0) {
    const invStd = inverse(variance);
    const slope = g.mul(scale, invStd);
    const sumDyH = (): Value => g.mul(g.sub(channelDots(g, dy, x), g.mul(mean, sumDy)), invStd);
    return [
      context.needs(0) ? g.mul(dy, wide(slope)) : undefined,
      context.needs(1) ? sumDyH() : undefined,
      sumDy,
      context.needs(3) ? g.neg(g.mul(slope, sumDy)) : undefined,
      context.needs(4) ? g.mul(g.mul(g.mul(slope, invStd), sumDyH()), g.scalar(-0.5)) : undefined,
    ];
  }
  const [, batchMean, batchVariance] = outputs;
  if (!batchMean || !batchVariance)
    throw new RangeError(`BatchNormalization "${node.name}" in training mode needs its statistics outputs.`);
  const invStd = inverse(batchVariance);
  const sumDyH = g.mul(g.sub(channelDots(g, dy, x), g.mul(batchMean, sumDy)), invStd);
  if (!context.needs(0)) return [undefined, sumDyH, sumDy];
  const count = elementCount(g, x, others);
  const a = g.mul(scale, invStd);
  const slope = g.neg(g.div(g.mul(g.mul(a, invStd), sumDyH), count));
  const offset = g.neg(g.add(g.div(g.mul(a, sumDy), count), g.mul(slope, batchMean)));
  const dx = g.add(g.mul(dy, wide(a)), affine(g, x, slope, offset, context.target === 'cpu'));
  return [dx, sumDyH, sumDy];
});

/** slope[c] x + offset[c]: on the CPU as a 1x1 convolution of single channels, which makes one pass of it. */
function affine(g: GraphBuilder, x: Value, slope: Value, offset: Value, asConvolution: boolean): Value {
  const rank = rankOf(x);
  if (asConvolution && rank > 2 && typeof shapeOf(x)[1] === 'number') {
    const kernel = g.reshape(slope, [-1, 1, ...new Array<number>(rank - 2).fill(1)]);
    return g.conv(x, kernel, offset, { group: fixedDim(x, 1) });
  }
  return g.add(g.mul(x, perChannel(g, slope, rank)), perChannel(g, offset, rank));
}

/** Shared by layer, instance and group norm: h = (x - mean) / std over some axes, and the gradient of x from that of h. */
interface Standardized {
  readonly h: Value;
  /** dx = (dh - mean(dh) - h mean(dh h)) / std. */
  readonly backward: (dh: Value) => Value;
}

function standardize(g: GraphBuilder, x: Value, axes: readonly number[], epsilon: number): Standardized {
  const centered = g.sub(x, g.reduceMean(x, axes));
  const variance = g.reduceMean(g.mul(centered, centered), axes);
  const invStd = g.reciprocal(g.sqrt(g.add(variance, g.scalar(epsilon))));
  const h = g.mul(centered, invStd);
  return {
    h,
    backward: (dh) => g.mul(invStd, g.sub(g.sub(dh, g.reduceMean(dh, axes)), g.mul(h, g.reduceMean(g.mul(dh, h), axes)))),
  };
}

/** Normalises over the axes from `axis` on, https://arxiv.org/abs/1607.06450. */
registerGradient('LayerNormalization', (context) => {
  const { g, node, inputs } = context;
  const { dy, x } = single(context);
  const [, scale, bias] = inputs;
  if (!scale) return [];
  const rank = rankOf(x);
  const axis = number(node, 'axis', -1);
  const first = axis < 0 ? axis + rank : axis;
  const { h, backward } = standardize(g, x, range(rank - first, first), number(node, 'epsilon', 1e-5));
  return [
    context.needs(0) ? backward(g.mul(dy, scale)) : undefined,
    context.needs(1) ? sumTo(g, g.mul(dy, h), scale) : undefined,
    bias && context.needs(2) ? sumTo(g, dy, bias) : undefined,
  ];
});

/** Normalises every channel of every image over space, https://arxiv.org/abs/1607.08022. */
registerGradient('InstanceNormalization', (context) => {
  const { g, node, inputs } = context;
  const { dy, x } = single(context);
  const scale = inputs[1];
  if (!scale) return [];
  const rank = rankOf(x);
  const space = range(rank - 2, 2);
  const { h, backward } = standardize(g, x, space, number(node, 'epsilon', 1e-5));
  return [
    context.needs(0) ? backward(g.mul(dy, perChannel(g, scale, rank))) : undefined,
    context.needs(1) ? g.reduceSum(g.mul(dy, h), [0, ...space], false) : undefined,
    context.needs(2) ? g.reduceSum(dy, [0, ...space], false) : undefined,
  ];
});

/**
 * (x - mean) / (std + 1e-9) without scale or bias, over batch and space unless `axes` says otherwise. Where x is constant over the axes
 * the gradient is not finite, and ONNX Runtime's own result is NaN already.
 */
registerGradient('MeanVarianceNormalization', (context) => {
  const { g, node } = context;
  const { dy, x } = single(context);
  return [standardize(g, x, ints(node, 'axes') ?? [0, 2, 3], 0).backward(dy)];
});

/** Normalises groups of channels, https://arxiv.org/abs/1803.08494; scale and bias have one entry a group in opset 18 and one a channel from 21 on. */
registerGradient('GroupNormalization', (context) => {
  const { g, node, inputs } = context;
  const { dy, x } = single(context);
  const scale = inputs[1];
  if (!scale) return [];
  const groups = number(node, 'num_groups', 1);
  const channels = fixedDim(x, 1);
  const grouped = g.reshape(x, [0, groups, channels / groups, -1]);
  const { h, backward } = standardize(g, grouped, [2, 3], number(node, 'epsilon', 1e-5));
  const perGroup = fixedDim(scale, 0) === groups && groups !== channels;
  const wide = g.reshape(scale, perGroup ? [groups, 1, 1] : [groups, -1, 1]);
  const dyGrouped = g.reshape(dy, [0, groups, channels / groups, -1]);
  const sumOver = perGroup ? [0, 2, 3] : [0, 3];
  const perEntry = (value: Value): Value => g.reshape(g.reduceSum(value, sumOver, false), [-1]);
  return [
    context.needs(0) ? reshapeLike(g, backward(g.mul(dyGrouped, wide)), x) : undefined,
    context.needs(1) ? perEntry(g.mul(dyGrouped, h)) : undefined,
    context.needs(2) ? perEntry(dyGrouped) : undefined,
  ];
});

/**
 * Local response normalisation over neighbouring channels (Krizhevsky et al. 2012): y = x s^-beta with s = bias + alpha/size sum x^2.
 * The sum over neighbours is a 1x1 convolution with a band matrix, whose transpose serves the gradient.
 */
registerGradient('LRN', (context) => {
  const { g, node } = context;
  const { dy, x } = single(context);
  const channels = fixedDim(x, 1);
  const size = number(node, 'size', 1);
  const alpha = number(node, 'alpha', 1e-4);
  const beta = number(node, 'beta', 0.75);
  const before = Math.floor((size - 1) / 2);
  const after = size - 1 - before;
  const space = new Array<number>(rankOf(x) - 2).fill(1);
  const band = (low: number, high: number): Value => {
    const data = new Float32Array(channels * channels);
    for (let row = 0; row < channels; row++) {
      for (let column = Math.max(0, row - low); column <= Math.min(channels - 1, row + high); column++)
        data[row * channels + column] = 1;
    }
    return g.constant({ type: 'float32', dims: [channels, channels, ...space], data });
  };
  const squares = g.conv(g.mul(x, x), band(before, after));
  const s = g.add(g.mul(squares, g.scalar(alpha / size)), g.scalar(number(node, 'bias', 1)));
  const direct = g.mul(dy, g.pow(s, g.scalar(-beta)));
  const inner = g.conv(g.mul(g.mul(dy, x), g.pow(s, g.scalar(-beta - 1))), band(after, before));
  return [g.sub(direct, g.mul(g.mul(x, g.scalar((2 * alpha * beta) / size)), inner))];
});

/** y = x / |x| along an axis: dx = (dy - y sum(y dy)) / |x|, and 0 where the norm is 0. */
registerGradient('LpNormalization', (context) => {
  const { g, node } = context;
  const { dy, x, y } = single(context);
  const axis = number(node, 'axis', -1);
  const order = number(node, 'p', 2);
  const norm = g.reduce(order === 1 ? 'ReduceL1' : 'ReduceL2', x, [axis]);
  const along = order === 1 ? g.sign(x) : y;
  return [divideOrZero(g, g.sub(dy, g.mul(along, g.reduceSum(g.mul(dy, y), [axis]))), norm)];
});
