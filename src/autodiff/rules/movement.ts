import { MessierError } from '../../core/errors.js';
import type { Value } from '../../onnx/assembler.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import { int, ints, text } from '../../onnx/infer/support.js';
import { registerGradient, single, type RuleContext } from '../rule.js';
import { fixedDim, range, rankOf, reshapeLike, shapeOf, sumTo, targetShape, zerosLike } from '../shapes.js';
import { stretch } from '../stretch.js';

/** Integers of an operand that the gradient must know now. */
function constantInts({ g, node, inputs }: RuleContext, index: number): readonly number[] | undefined {
  const input = inputs[index];
  if (!input) return undefined;
  const constant = g.constantOf(input);
  if (constant) return Array.from(constant.data, Number);
  const value = g.knowledgeOf(input)?.value;
  if (value?.every((item) => typeof item === 'number')) return value;
  throw new MessierError(
    'autodiff/operand',
    `${node.opType} "${node.name}": input ${String(index)} ("${input.name}") is computed at run time; the gradient needs it as a constant. Fold constants or give fixed shapes.`,
  );
}

for (const opType of ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']) {
  registerGradient(opType, (context) => {
    const { dy, x } = single(context);
    return [reshapeLike(context.g, dy, x)];
  });
}

registerGradient('Transpose', (context) => {
  const { dy, x } = single(context);
  const rank = rankOf(x);
  const permutation = ints(context.node, 'perm') ?? range(rank).toReversed();
  return [
    context.g.transpose(
      dy,
      range(rank).map((axis) => permutation.indexOf(axis)),
    ),
  ];
});

registerGradient('Concat', (context) => {
  const { g, node, inputs } = context;
  const { dy } = single(context);
  const axis = int(node, 'axis', 0);
  let start = 0;
  return inputs.map((input, index) => {
    if (!input) return undefined;
    const end = start + fixedDim(input, axis);
    const part = context.needs(index) ? g.slice(dy, { starts: [start], ends: [end], axes: [axis] }) : undefined;
    start = end;
    return part;
  });
});

registerGradient('Split', (context) => {
  const { g, node, gradients, outputs } = context;
  const parts = outputs.flatMap((output, index) => (output ? [gradients[index] ?? zerosLike(g, output)] : []));
  return [g.concat(parts, int(node, 'axis', 0))];
});

/** Puts dy back where it was cut: zeros between for steps, zeros around for the rest. */
registerGradient('Slice', (context) => {
  const { g } = context;
  const { dy, x } = single(context);
  const rank = rankOf(x);
  const starts = constantInts(context, 1) ?? [];
  const axes = constantInts(context, 3) ?? range(starts.length);
  const steps = constantInts(context, 4) ?? starts.map(() => 1);
  let value = dy;
  const before = new Array<number>(rank).fill(0);
  const after = new Array<number>(rank).fill(0);
  axes.forEach((raw, position) => {
    const axis = raw < 0 ? raw + rank : raw;
    const size = shapeOf(x)[axis];
    const step = steps[position] ?? 1;
    const start = starts[position] ?? 0;
    if (size === shapeOf(dy)[axis] && step > 0) return;
    const length = fixedDim(x, axis);
    const count = fixedDim(dy, axis);
    const from = start < 0 ? Math.max(start + length, 0) : Math.min(start, step > 0 ? length : length - 1);
    const lowest = step > 0 ? from : from + (count - 1) * step;
    if (step < 0) value = g.slice(value, { starts: [-1], ends: [Number.MIN_SAFE_INTEGER], axes: [axis], steps: [-1] });
    value = stretch(g, value, axis, Math.abs(step));
    before[axis] = lowest;
    after[axis] = length - lowest - ((count - 1) * Math.abs(step) + 1);
  });
  return [g.pad(value, [...before, ...after])];
});

/** Constant padding is cut off; reflected and repeated edges add to the elements they copy. */
registerGradient('Pad', (context) => {
  const { g, node, inputs } = context;
  const { dy, x } = single(context);
  const rank = rankOf(x);
  const given = constantInts(context, 1) ?? [];
  const some = constantInts(context, 3) ?? range(rank);
  const pads = new Array<number>(2 * rank).fill(0);
  some.forEach((raw, position) => {
    const axis = raw < 0 ? raw + rank : raw;
    pads[axis] = given[position] ?? 0;
    pads[axis + rank] = given[position + some.length] ?? 0;
  });
  const mode = text(node, 'mode', 'constant');
  if (mode === 'constant') {
    const inner = g.pad(
      dy,
      pads.map((pad) => -pad),
    );
    const fill = inputs[2];
    if (!fill || !context.needs(2)) return [inner];
    const total = (of: Value): Value => g.reduceSum(g.reshape(of, [-1]), [0]);
    return [inner, undefined, reshapeLike(g, g.sub(total(dy), total(inner)), fill)];
  }
  let value = dy;
  for (const axis of range(rank)) {
    const before = pads[axis] ?? 0;
    const after = pads[axis + rank] ?? 0;
    if (before === 0 && after === 0) continue;
    value = applyAlong(g, value, axis, copies(fixedDim(x, axis), before, after, mode));
  }
  return [value];
});

/** (size, padded) matrix with a 1 where a padded position copies an element. */
function copies(size: number, before: number, after: number, mode: string): readonly (readonly number[])[] {
  const sourceOf = (position: number): number => {
    if (mode === 'edge') return Math.min(Math.max(position, 0), size - 1);
    if (mode === 'wrap') return ((position % size) + size) % size;
    const period = Math.max(1, 2 * (size - 1));
    const inPeriod = ((position % period) + period) % period;
    return inPeriod < size ? inPeriod : period - inPeriod;
  };
  const sources = range(before + size + after, -before).map(sourceOf);
  return range(size).map((element) => sources.map((source) => (source === element ? 1 : 0)));
}

/** Multiplies one axis by a (to, from) matrix. */
export function applyAlong(g: GraphBuilder, x: Value, axis: number, matrix: readonly (readonly number[])[]): Value {
  const rank = rankOf(x);
  const to = matrix.length;
  const from = matrix[0]?.length ?? 0;
  const last = rank - 1;
  if (axis === last - 1) return g.matmul(g.floats([to, from], matrix.flat()), x);
  if (axis === last) {
    const transposed = range(from).flatMap((column) => matrix.map((row) => row[column] ?? 0));
    return g.matmul(x, g.floats([from, to], transposed));
  }
  const order = [...range(rank).filter((other) => other !== axis), axis];
  const moved = applyAlong(g, g.transpose(x, order), last, matrix);
  return g.transpose(
    moved,
    range(rank).map((position) => order.indexOf(position)),
  );
}

registerGradient('Expand', (context) => {
  const { dy, x } = single(context);
  return [sumTo(context.g, dy, x)];
});

registerGradient('Tile', (context) => {
  const { g, node } = context;
  const { dy, x } = single(context);
  const repeats = constantInts(context, 1) ?? [];
  if (repeats.every((count) => count === 1)) return [dy];
  const split = targetShape(shapeOf(x).flatMap((dim, axis) => [repeats[axis] ?? 1, dim]));
  if (!split)
    throw new MessierError(
      'autodiff/shape',
      `Tile "${node.name}": the gradient needs all sizes but one; give the inputs fixed shapes.`,
    );
  return [
    g.reduceSum(
      g.reshape(dy, split),
      range(repeats.length).map((axis) => 2 * axis),
      false,
    ),
  ];
});

registerGradient('DepthToSpace', (context) => {
  const { g, node } = context;
  const { dy, x } = single(context);
  const block = int(node, 'blocksize', 1);
  if (text(node, 'mode', 'DCR') === 'DCR') return [g.op('SpaceToDepth', [dy], { blocksize: block })];
  const parted = g.reshape(dy, [0, -1, fixedDim(x, 2), block, fixedDim(x, 3), block]);
  return [reshapeLike(g, g.transpose(parted, [0, 1, 3, 5, 2, 4]), x)];
});

registerGradient('SpaceToDepth', (context) => {
  const { dy } = single(context);
  return [context.g.op('DepthToSpace', [dy], { blocksize: int(context.node, 'blocksize', 1) })];
});

/** A triangle of each matrix. */
registerGradient('Trilu', (context) => {
  const { node, inputs } = context;
  return [context.g.op('Trilu', [single(context).dy, inputs[1]], node.attributes)];
});

/** Reversing twice changes nothing. */
registerGradient('ReverseSequence', (context) => {
  const { node, inputs } = context;
  return [context.g.op('ReverseSequence', [single(context).dy, inputs[1]], node.attributes)];
});
