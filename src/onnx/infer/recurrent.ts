import type { Dim } from '../types.js';
import type { InferenceContext, ShapeRule, ShapeRules } from './context.js';
import { fail, formatShape, fresh, int, required, text } from './support.js';

/**
 * X (sequence, batch, features), W (directions, gates * hidden, features), R (directions, gates * hidden, hidden) to
 * Y (sequence, directions, batch, hidden), Y_h (directions, batch, hidden) and for LSTM Y_c like Y_h.
 * With `layout` 1 the batch comes first.
 */
function recurrent(gates: number): ShapeRule {
  return (context) => {
    const { node } = context;
    const { type, shape } = required(context, 0);
    if (shape && shape.length !== 3) fail(node, `an input (sequence, batch, features) expected, ${formatShape(shape)} received.`);
    const batchFirst = int(node, 'layout', 0) === 1;
    const [first, second] = shape ?? [fresh(context, 0), fresh(context, 1)];
    const [sequence, batch] = (batchFirst ? [second, first] : [first, second]) as [Dim, Dim];
    const directions = text(node, 'direction', 'forward') === 'bidirectional' ? 2 : 1;
    const hidden = hiddenSize(context, gates);
    const last = { type, shape: batchFirst ? [batch, directions, hidden] : [directions, batch, hidden] };
    return [
      { type, shape: batchFirst ? [batch, sequence, directions, hidden] : [sequence, directions, batch, hidden] },
      last,
      last,
    ];
  };
}

function hiddenSize(context: InferenceContext, gates: number): Dim {
  const rows = required(context, 2).shape?.[1];
  const given = int(context.node, 'hidden_size', undefined);
  const own = required(context, 2).shape?.[2] ?? (typeof rows === 'number' ? rows / gates : undefined);
  if (given !== undefined && typeof own === 'number' && own !== given) {
    fail(context.node, `attribute "hidden_size" is ${given} and the recurrence weight holds ${own}. Make them equal.`);
  }
  return given ?? own ?? fresh(context, 3);
}

export const recurrentRules: ShapeRules = {
  RNN: recurrent(1),
  GRU: recurrent(3),
  LSTM: recurrent(4),
};
