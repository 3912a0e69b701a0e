import type { Value } from '../../onnx/assembler.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import { ints } from '../../onnx/infer/support.js';
import { productForm, productInputGradient, productWeightGradient } from '../convolution-product.js';
import { convolveBack } from '../convolve-back.js';
import { registerGradient, single, type RuleContext } from '../rule.js';
import { fixedDim, range, rankOf } from '../shapes.js';
import { groupsOf, spatialSize, spatialSizes, windowOf, type Window } from '../window.js';
import { weightGradient } from './convolution-weight.js';

/**
 * Convolution y = w * x + b. dL/dx is the transposed convolution of dL/dy, written for unit strides as a plain convolution
 * with the flipped kernel, which ONNX Runtime runs faster; dL/dw correlates x with dL/dy.
 */
registerGradient('Conv', (context) => {
  const { g, node, inputs } = context;
  const { dy, x } = single(context);
  const weight = inputs[1];
  if (!weight) return [];
  const bias = inputs[2] && context.needs(2) ? biasGradient(g, dy) : undefined;
  const kernel = range(rankOf(weight) - 2).map((axis) => fixedDim(weight, axis + 2));
  const window = windowOf(node, x, kernel);
  const groups = groupsOf(node);
  const form = productForm(node, x, weight, context.target);
  const viaProduct = form && context.needs(0) ? productInputGradient(g, dy, weight, form) : undefined;
  const dw = (): Value =>
    form
      ? productWeightGradient(g, x, dy, weight, form)
      : weightGradient(g, { node, input: x, gradient: dy, weight, window, groups, target: context.target });
  return [
    context.needs(0) ? (viaProduct ?? inputGradient(context, dy, weight, window, groups)) : undefined,
    context.needs(1) ? dw() : undefined,
    bias,
  ];
});

/** db[c] = sum of dy over batch and space. */
function biasGradient(g: GraphBuilder, dy: Value): Value {
  return g.reduceSum(dy, [0, ...range(rankOf(dy) - 2, 2)], false);
}

function inputGradient(
  { g, node, inputs, target }: RuleContext,
  dy: Value,
  weight: Value,
  window: Window,
  groups: number,
): Value {
  const x = inputs[0];
  if (!x) throw new RangeError(`${node.opType} lacks its input.`);
  return convolveBack(g, dy, { weight, groups, window, sizes: spatialSizes(node, x), target });
}

/** Transposed convolution: the roles of input and output of Conv are exchanged. */
registerGradient('ConvTranspose', (context) => {
  const { g, node, inputs } = context;
  const { dy, x } = single(context);
  const weight = inputs[1];
  if (!weight) return [];
  const kernel = range(rankOf(weight) - 2).map((axis) => fixedDim(weight, axis + 2));
  const window = transposedWindow(context, kernel);
  const groups = groupsOf(node);
  const { strides, dilations, begin, end } = window;
  return [
    context.needs(0)
      ? g.conv(cropped(g, dy, window), weight, undefined, {
          strides,
          dilations,
          pads: atLeast0([...begin, ...end]),
          group: groups,
        })
      : undefined,
    context.needs(1)
      ? weightGradient(g, { node, input: dy, gradient: x, weight, window, groups, target: context.target })
      : undefined,
    inputs[2] && context.needs(2) ? biasGradient(g, dy) : undefined,
  ];
});

const atLeast0 = (pads: readonly number[]): readonly number[] => pads.map((pad) => Math.max(0, pad));

/** Cuts off what negative padding leaves out: Conv itself takes none. */
function cropped(g: GraphBuilder, dy: Value, { begin, end }: Window): Value {
  const negative = (pads: readonly number[]): readonly number[] => [0, 0, ...pads.map((pad) => Math.min(0, pad))];
  return g.pad(dy, [...negative(begin), ...negative(end)]);
}

/** The window of the convolution that maps dy back to x: its padding follows from the sizes, whatever attribute set them. */
function transposedWindow(context: RuleContext, kernel: readonly number[]): Window {
  const { node } = context;
  const { x, y } = single(context);
  const window = windowOf(
    { ...node, attributes: { ...node.attributes, auto_pad: { kind: 'string', value: 'NOTSET' } } },
    x,
    kernel,
  );
  const padding = ints(node, 'output_padding');
  const totals = kernel.map((size, axis) => {
    const full = (spatialSize(node, x, axis) - 1) * (window.strides[axis] ?? 1) + (size - 1) * (window.dilations[axis] ?? 1) + 1;
    return full - spatialSize(node, y, axis);
  });
  const upper = context.node.attributes['auto_pad']?.value === 'SAME_UPPER';
  const explicit = ints(node, 'pads');
  const begin = totals.map((total, axis) => {
    if (explicit) return explicit[axis] ?? 0;
    const spread = total + (padding?.[axis] ?? 0);
    return upper ? Math.floor(spread / 2) : Math.ceil(spread / 2);
  });
  return { ...window, begin, end: totals.map((total, axis) => total - (begin[axis] ?? 0)) };
}
