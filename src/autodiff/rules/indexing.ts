import type { Value } from '../../onnx/assembler.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import { int, text } from '../../onnx/infer/support.js';
import { MessierError } from '../../core/errors.js';
import type { Shape } from '../../onnx/types.js';
import { registerGradient, single, type RuleContext } from '../rule.js';
import { expandLike, fixedDim, fixedShape, range, rankOf, reshapeLike, shapeOf, targetShape, zerosLike } from '../shapes.js';

/**
 * Zeros of the shape of `table` with rows (count, ...) added at indices (count); rows of one index add up. ONNX Runtime's ScatterND adds
 * from several threads at once on the CPU and loses sums, so that ScatterElements, which does not, serves there.
 */
function addRows({ g, target }: RuleContext, table: Value, indices: Value, rows: Value): Value {
  const column = g.unsqueeze(indices, range(rankOf(rows) - 1, 1));
  if (target !== 'cpu') return g.op('ScatterND', [table, g.unsqueeze(indices, [1]), rows], { reduction: 'add' });
  return g.op('ScatterElements', [table, expandLike(g, column, rows), rows], { axis: 0, reduction: 'add' });
}

/** Merges the leading axes of a value into one, so that it has the axes of `shape` after that. */
function mergeLeading(g: GraphBuilder, x: Value, shape: Shape): Value {
  const leading = fixedShape(shapeOf(x).slice(0, rankOf(x) - shape.length));
  const count = leading?.reduce((product, dim) => product * dim, 1) ?? '?';
  const known = targetShape([count, ...shape]);
  if (known) return g.reshape(x, known);
  const rest = g.slice(g.shapeOf(x), { starts: [rankOf(x) - shape.length], ends: [rankOf(x)], axes: [0] });
  return g.reshape(x, g.concat([g.ints([-1]), rest], 0));
}

/** Rows of a table by index; rows asked for more than once add up. */
registerGradient('Gather', (context) => {
  const { g, node, inputs } = context;
  const { dy, x } = single(context);
  const indices = inputs[1];
  if (!indices) return [];
  const rank = rankOf(x);
  const raw = int(node, 'axis', 0);
  const axis = raw < 0 ? raw + rank : raw;
  const many = rankOf(indices);
  const others = range(rank).filter((other) => other !== axis);
  const shape = shapeOf(x);
  const front = g.transpose(dy, [...range(many, axis), ...range(axis), ...range(rank - axis - 1, axis + many)]);
  const rows = mergeLeading(
    g,
    front,
    others.map((other) => shape[other] ?? 1),
  );
  const summed = addRows(
    context,
    g.transpose(zerosLike(g, x), [axis, ...others]),
    g.reshape(g.cast(indices, 'int64'), [-1]),
    rows,
  );
  const back = range(rank).map((position) => (position === axis ? 0 : others.indexOf(position) + 1));
  return [g.transpose(summed, back)];
});

registerGradient('GatherElements', (context) => {
  const { g, node, inputs } = context;
  const { dy, x } = single(context);
  return [g.op('ScatterElements', [zerosLike(g, x), inputs[1], dy], { axis: int(node, 'axis', 0), reduction: 'add' })];
});

/** Indices (..., k) address the first k axes. */
registerGradient('GatherND', (context) => {
  const { g, node, inputs } = context;
  const { dy, x } = single(context);
  if (int(node, 'batch_dims', 0) !== 0) {
    throw new MessierError(
      'autodiff/indexing',
      `GatherND "${node.name}": batch_dims has no gradient here. Use GatherElements, or freeze everything below.`,
    );
  }
  const indices = inputs[1];
  const depth = indices && fixedDim(indices, -1);
  if (!indices || depth === undefined) return [];
  // Addresses in the first axes become numbers of rows.
  const strides = range(depth).map((axis) =>
    range(depth - axis - 1, axis + 1).reduce((product, other) => product * fixedDim(x, other), 1),
  );
  const sizes = g.slice(g.shapeOf(x), { starts: [0], ends: [depth], axes: [0] });
  const positions = g.reduceSum(g.mul(g.op('Mod', [g.cast(indices, 'int64'), sizes]), g.ints(strides)), [-1], false);
  const rest = shapeOf(x).slice(depth);
  const summed = addRows(context, mergeLeading(g, zerosLike(g, x), rest), g.reshape(positions, [-1]), mergeLeading(g, dy, rest));
  return [reshapeLike(g, summed, x)];
});

/** What replaces an element takes its gradient; what is added shares it. */
function scattered(
  context: RuleContext,
  gather: (dy: Value) => Value,
  clear: (dy: Value, zeros: Value) => Value,
): (Value | undefined)[] {
  const { g, node, inputs } = context;
  const { dy } = single(context);
  const updates = inputs[2];
  const reduction = text(node, 'reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add') {
    throw new MessierError(
      'autodiff/indexing',
      `${node.opType} "${node.name}": reduction "${reduction}" has no gradient here. Use none or add, or freeze everything below.`,
    );
  }
  if (!updates) return [];
  return [
    context.needs(0) ? (reduction === 'add' ? dy : clear(dy, zerosLike(g, updates))) : undefined,
    undefined,
    context.needs(2) ? gather(dy) : undefined,
  ];
}

registerGradient('ScatterElements', (context) => {
  const { g, node, inputs } = context;
  const axis = int(node, 'axis', 0);
  return scattered(
    context,
    (dy) => g.op('GatherElements', [dy, inputs[1]], { axis }),
    (dy, zeros) => g.op('ScatterElements', [dy, inputs[1], zeros], { axis }),
  );
});

registerGradient('ScatterND', (context) => {
  const { g, inputs } = context;
  return scattered(
    context,
    (dy) => g.op('GatherND', [dy, inputs[1]]),
    (dy, zeros) => g.op('ScatterND', [dy, inputs[1], zeros]),
  );
});

/** The chosen elements take the gradient of their values. */
registerGradient('TopK', (context) => {
  const { g, node, inputs } = context;
  const { dy, x } = single(context);
  const indices = context.outputs[1] ?? g.node('TopK', inputs, node.attributes, { outputs: 2 })[1];
  return [g.op('ScatterElements', [zerosLike(g, x), indices, dy], { axis: int(node, 'axis', -1) })];
});
