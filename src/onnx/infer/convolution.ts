import type { Dim, Shape } from '../types.js';
import type { InferenceContext, Known, ShapeRule, ShapeRules } from './context.js';
import { addDims, multiplyDims } from './dims.js';
import { fail, formatShape, fresh, freshShape, int, ints, intsOf, required, unify } from './support.js';
import { readWindow, slide } from './windows.js';

/** Input (N, C, ...) and weight shapes of a convolution, with the rank checked. */
function operands(context: InferenceContext, input: Known, weight: Known): { data: Shape; filter: Shape } | undefined {
  if (!input.shape) return undefined;
  const data = input.shape;
  if (data.length < 3)
    fail(context.node, `an input (batch, channels, space...) expected, ${formatShape(data)} received. Add the missing axes.`);
  const kernel = ints(context.node, 'kernel_shape');
  const filter = weight.shape ?? (kernel && [fresh(context, 1), fresh(context, 1), ...kernel]);
  if (!filter) return undefined;
  if (filter.length !== data.length) {
    fail(
      context.node,
      `the weight ${formatShape(filter)} needs the rank of the input ${formatShape(data)}. Reshape one of them.`,
    );
  }
  return { data, filter };
}

/** Sizes of the kernel: the weight's own, which the attribute must repeat where it is given. */
function kernelOf(context: InferenceContext, filter: Shape): readonly number[] | undefined {
  const given = ints(context.node, 'kernel_shape');
  const own = filter.slice(2);
  if (given?.some((size, axis) => own.length !== given.length || unify(own[axis] ?? size, size) === undefined)) {
    fail(
      context.node,
      `attribute "kernel_shape" is ${formatShape(given)} and the weight is ${formatShape(filter)}. Remove the attribute.`,
    );
  }
  const sizes = given ?? own;
  return sizes.every((size) => typeof size === 'number') ? sizes : undefined;
}

function groupsOf(context: InferenceContext): number {
  const groups = int(context.node, 'group', 1);
  return groups >= 1 ? groups : fail(context.node, `attribute "group" must be at least 1, ${groups} received.`);
}

function checkBias(context: InferenceContext, index: number, channels: Dim): void {
  const shape = context.inputs[index]?.shape;
  if (shape && (shape.length !== 1 || unify(shape[0] ?? 0, channels) === undefined)) {
    fail(context.node, `a bias (${channels}) expected, ${formatShape(shape)} received. Give one entry an output channel.`);
  }
}

/** y[n, m] = b[m] + sum over c of x[n, c] * w[m, c], windows sliding over the spatial axes. */
function convolve(context: InferenceContext, input: Known, weight: Known, bias: number | undefined): Shape | undefined {
  const { node } = context;
  const pair = operands(context, input, weight);
  if (!pair) return input.shape && freshShape(context, input.shape.length);
  const { data, filter } = pair;
  const groups = groupsOf(context);
  const [batch, channels, ...spatial] = data as [Dim, Dim, ...Dim[]];
  const [outputs, share] = filter as [Dim, Dim, ...Dim[]];
  const expected = multiplyDims(share, groups);
  if (expected !== undefined && unify(expected, channels) === undefined) {
    const way =
      channels === 1
        ? 'Grayscale input? Repeat its channel or give a weight for 1 channel.'
        : 'Check the weight, its layout (NCHW) and "group".';
    fail(
      node,
      `${expected} input channels expected by the weight ${formatShape(filter)}${groups > 1 ? ` in ${groups} groups` : ''}, ${channels} received. ${way}`,
    );
  }
  if (typeof outputs === 'number' && outputs % groups !== 0) {
    fail(
      node,
      `${outputs} output channels do not divide into ${groups} groups. Change "group" or the weight ${formatShape(filter)}.`,
    );
  }
  if (bias !== undefined) checkBias(context, bias, outputs);
  const kernel = kernelOf(context, filter);
  if (!kernel) return [batch, outputs, ...freshShape(context, data.length).slice(2)];
  return [batch, outputs, ...slide(context, spatial, readWindow(context, kernel))];
}

const conv: ShapeRule = (context) => {
  const input = required(context, 0);
  return [{ type: input.type, shape: convolve(context, input, required(context, 1), 2) }];
};

/** Size = stride (input - 1) + output_padding + dilation (kernel - 1) + 1 - pads; `output_shape` overrules it. */
const convTranspose: ShapeRule = (context) => {
  const { node } = context;
  const input = required(context, 0);
  const pair = operands(context, input, required(context, 1));
  if (!pair) return [{ type: input.type, shape: input.shape && freshShape(context, input.shape.length) }];
  const { data, filter } = pair;
  const groups = groupsOf(context);
  const [batch, channels, ...spatial] = data as [Dim, Dim, ...Dim[]];
  if (unify(filter[0] ?? 0, channels) === undefined) {
    fail(
      node,
      `${String(filter[0])} input channels expected by the weight ${formatShape(filter)} (inputs first), ${channels} received.`,
    );
  }
  const outputs = multiplyDims(filter[1] ?? 1, groups) ?? fresh(context, 1);
  checkBias(context, 2, outputs);
  const rank = spatial.length;
  const kernel = kernelOf(context, filter);
  const given = ints(node, 'output_shape');
  if (given)
    return [{ type: input.type, shape: [batch, outputs, ...intsOf(node, 'output_shape', given.length, 0, 1).slice(-rank)] }];
  if (!kernel) return [{ type: input.type, shape: [batch, outputs, ...freshShape(context, data.length).slice(2)] }];
  const { strides, dilations, pads, autoPad } = readWindow(context, kernel);
  const extra = intsOf(node, 'output_padding', rank, 0, 0);
  const sizes = spatial.map((size, axis) => {
    const stride = strides[axis] ?? 1;
    const scaled = multiplyDims(size, stride);
    if (scaled === undefined) return fresh(context, axis + 2);
    const extent = ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
    // "Same" pads down to stride * input, and never adds.
    if (autoPad.startsWith('SAME') && extent + (extra[axis] ?? 0) >= stride) return scaled;
    const total = addDims(scaled, extent + (extra[axis] ?? 0) - stride - (pads[axis] ?? 0) - (pads[axis + rank] ?? 0));
    if (typeof total === 'number' && total < 1) fail(node, `output size ${total} on spatial axis ${axis}. Reduce "pads".`);
    return total ?? fresh(context, axis + 2);
  });
  return [{ type: input.type, shape: [batch, outputs, ...sizes] }];
};

/** Deformable convolution has the weight's geometry. */
const deformConv: ShapeRule = (context) => {
  const input = required(context, 0);
  return [{ type: input.type, shape: convolve(context, input, required(context, 1), 3) }];
};

export const convolutionRules: ShapeRules = {
  Conv: conv,
  ConvTranspose: convTranspose,
  DeformConv: deformConv,
  ConvInteger: (context) => [{ type: 'int32', shape: convolve(context, required(context, 0), required(context, 1), undefined) }],
  QLinearConv: (context) => [
    {
      type: context.inputs[7]?.type ?? required(context, 0).type,
      shape: convolve(context, required(context, 0), required(context, 3), 8),
    },
  ],
};

/** com.microsoft: convolution with an activation, and an optional addend of the output's shape. */
export const fusedConvolutionRules: ShapeRules = { FusedConv: conv };
