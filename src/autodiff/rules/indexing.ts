import type { Value } from '../../onnx/assembler.js';
import { int, text } from '../../onnx/infer/support.js';
import { MessierError } from '../../core/errors.js';
import { registerGradient, single, type RuleContext } from '../rule.js';
import { range, rankOf, zerosLike } from '../shapes.js';

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
  const toFront = [...range(many, axis), ...range(axis), ...range(rank - axis - 1, axis + many)];
  const rows = g.transpose(dy, toFront);
  const others = range(rank).filter((other) => other !== axis);
  const zeros = g.transpose(zerosLike(g, x), [axis, ...others]);
  const summed = g.op('ScatterND', [zeros, g.unsqueeze(g.cast(indices, 'int64'), [many]), rows], { reduction: 'add' });
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
  return [g.op('ScatterND', [zerosLike(g, x), inputs[1], dy], { reduction: 'add' })];
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
