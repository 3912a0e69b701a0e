import { MessierError } from '../../core/errors.js';
import type { Value } from '../../onnx/assembler.js';
import { int, ints, number, text } from '../../onnx/infer/support.js';
import type { Node } from '../../onnx/types.js';
import { registerGradient, single, type RuleContext } from '../rule.js';
import { fixedDim, range, rankOf, sameShape } from '../shapes.js';
import { applyAlong } from './movement.js';

function unsupported(node: Node, what: string): never {
  throw new MessierError(
    'autodiff/resize',
    `Resize "${node.name}": ${what} has no gradient here. Use mode nearest, linear or cubic without it, or freeze everything below.`,
  );
}

/** Where output position p samples the input, https://onnx.ai/onnx/operators/onnx__Resize.html. */
function sourceOf(node: Node, p: number, from: number, to: number, scale: number): number {
  const mode = text(node, 'coordinate_transformation_mode', 'half_pixel');
  switch (mode) {
    case 'half_pixel':
      return (p + 0.5) / scale - 0.5;
    case 'pytorch_half_pixel':
      return to > 1 ? (p + 0.5) / scale - 0.5 : 0;
    case 'align_corners':
      return to === 1 ? 0 : (p * (from - 1)) / (to - 1);
    case 'asymmetric':
      return p / scale;
    case 'half_pixel_symmetric': {
      const adjustment = to / (from * scale);
      return (from / 2) * (1 - adjustment) + (p + 0.5) / scale - 0.5;
    }
    default:
      return unsupported(node, `coordinate_transformation_mode "${mode}"`);
  }
}

function nearest(node: Node, position: number): number {
  switch (text(node, 'nearest_mode', 'round_prefer_floor')) {
    case 'floor':
      return Math.floor(position);
    case 'ceil':
      return Math.ceil(position);
    case 'round_prefer_ceil':
      return Math.floor(position + 0.5);
    default:
      return Math.ceil(position - 0.5);
  }
}

/** Weights of the four neighbours of a cubic kernel (Keys 1981) at fraction t. */
function cubicWeights(t: number, a: number): readonly number[] {
  const near = (d: number): number => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number): number => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}

/** The (to, from) matrix by which Resize maps one axis. */
function samplingMatrix(node: Node, from: number, to: number, scale: number): number[][] {
  const mode = text(node, 'mode', 'nearest');
  const clamp = (index: number): number => Math.min(Math.max(index, 0), from - 1);
  return range(to).map((p) => {
    const row = new Array<number>(from).fill(0);
    const put = (index: number, weight: number): void => {
      row[clamp(index)] = (row[clamp(index)] ?? 0) + weight;
    };
    const position = sourceOf(node, p, from, to, scale);
    if (mode === 'nearest') put(nearest(node, position), 1);
    else if (mode === 'linear') {
      const low = Math.floor(position);
      put(low, 1 - (position - low));
      put(low + 1, position - low);
    } else {
      const low = Math.floor(position);
      cubicWeights(position - low, number(node, 'cubic_coeff_a', -0.75)).forEach((weight, index) => {
        put(low - 1 + index, weight);
      });
    }
    return row;
  });
}

/** The scale of an axis as the operator takes it: given, or the quotient of the sizes; `undefined` where the axis stays as it is. */
function scaleOf({ g, node, inputs }: RuleContext, x: Value, y: Value, axis: number): number | undefined {
  if (node.attributes['keep_aspect_ratio_policy']) unsupported(node, 'keep_aspect_ratio_policy');
  const rank = rankOf(x);
  const position = (ints(node, 'axes')?.map((raw) => (raw < 0 ? raw + rank : raw)) ?? range(rank)).indexOf(axis);
  if (position < 0) return undefined;
  const scales = inputs[2] && g.constantOf(inputs[2]);
  const given = scales && scales.data.length > 0 ? Number(scales.data[position]) : undefined;
  if (x.shape?.[axis] === y.shape?.[axis] && (given ?? 1) === 1) return undefined;
  return given ?? fixedDim(y, axis) / fixedDim(x, axis);
}

/** Resize is linear and acts on one axis after another, so its gradient multiplies each axis by its transposed matrix. */
registerGradient('Resize', (context) => {
  const { g, node } = context;
  const { dy, x, y } = single(context);
  if (int(node, 'antialias', 0) === 1) unsupported(node, 'antialias');
  if (int(node, 'exclude_outside', 0) === 1) unsupported(node, 'exclude_outside');
  // ONNX Runtime copies where no size changes, whatever the scales.
  if (sameShape(x.shape, y.shape)) return [dy];
  let gradient = dy;
  for (const axis of range(rankOf(x))) {
    const scale = scaleOf(context, x, y, axis);
    if (scale === undefined) continue;
    const from = fixedDim(x, axis);
    const matrix = samplingMatrix(node, from, fixedDim(y, axis), scale);
    const transposed = range(from).map((column) => matrix.map((row) => row[column] ?? 0));
    gradient = applyAlong(g, gradient, axis, transposed);
  }
  return [gradient];
});
