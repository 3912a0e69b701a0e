import { MessierError } from '../../core/errors.js';
import type { Value } from '../../onnx/assembler.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import { int, number, text } from '../../onnx/infer/support.js';
import type { Node } from '../../onnx/types.js';
import { registerGradient, type RuleContext } from '../rule.js';
import { fixedDim, shapeOf, zerosLike } from '../shapes.js';
import { split, type Direction, type DirectionGradients } from './recurrent-direction.js';
import { gruGradients, gruResetFirstGradients } from './recurrent-gru.js';
import { lstmGradients } from './recurrent-lstm.js';

/**
 * LSTM and GRU in any direction, with rows of any lengths: what lies behind the end of a row is zero in the output and takes no gradient;
 * the last states of a row are those at its end. A row of length 0 gives zeros and takes nothing.
 */
function recurrent(context: RuleContext, differentiate: (direction: Direction) => DirectionGradients): (Value | undefined)[] {
  const { g, node, inputs, gradients } = context;
  const [x, w, r, bias, lengths, hidden, cell] = inputs;
  if (!x || !w || !r) throw new MessierError('autodiff/arity', `${node.opType} "${node.name}" lacks its sequence or a weight.`);
  const [dy, dLast, dLastCell] = gradients;
  const count = fixedDim(w, 0);
  const reads = text(node, 'direction', 'forward');
  const ends = lengths && rowEnds(g, x, lengths);
  const whole = sequenceOutput(context);

  const each = (value: Value | undefined, axis = 0): readonly (Value | undefined)[] =>
    value ? split(g, value, new Array<number>(count).fill(1), axis).map((part) => g.squeeze(part, [axis])) : [];
  const [ws, rs, ys, dys] = [each(w), each(r), each(whole, 1), each(dy, 1)];
  const biases = each(bias);
  const [hiddens, cells, dLasts, dLastCells] = [each(hidden), each(cell), each(dLast), each(dLastCell)];

  const found = ws.map((_, index): DirectionGradients => {
    const isReversed = reads === 'reverse' || index === 1;
    const turned = (value: Value): Value => (isReversed ? reversed(g, value, lengths) : value);
    const own = ys[index];
    const [ownW, ownR] = [ws[index], rs[index]];
    if (!own || !ownW || !ownR) throw new RangeError(`Direction ${index} has no weights.`);
    const y = turned(own);
    const zeros = zerosLike(g, g.squeeze(g.slice(y, { starts: [0], ends: [1], axes: [0] }), [0]));
    const atEnd = (value: Value | undefined): Value | undefined =>
      value && ends && g.where(ends.isLast, g.unsqueeze(value, [0]), g.scalar(0));
    const later = dys[index] && turned(dys[index]);
    const [dEnd, dEndCell] = [dLasts[index], dLastCells[index]];
    const [input, again] = biases[index] ? split(g, biases[index], [shapeHalf(biases[index]), shapeHalf(biases[index])], 0) : [];
    const gradient = differentiate({
      g,
      x: turned(x),
      w: ownW,
      r: ownR,
      bias: input && again && { input, recurrent: again },
      initial: { hidden: hiddens[index], cell: cells[index] },
      y,
      dy: sum(g, later && ends ? g.where(ends.isInside, later, g.scalar(0)) : later, atEnd(dEnd)),
      dcs: atEnd(dEndCell),
      last: ends ? { hidden: zeros, cell: zeros } : { hidden: dEnd ?? zeros, cell: dEndCell ?? zeros },
      zeros,
      needs: { x: context.needs(0), w: context.needs(1), r: context.needs(2), bias: context.needs(3) },
    });
    return { ...gradient, x: gradient.x && turned(gradient.x) };
  });

  const stacked = (input: number, part: (gradient: DirectionGradients) => Value | undefined): Value | undefined => {
    const parts = context.needs(input) ? found.flatMap((gradient) => part(gradient) ?? []) : [];
    return parts.length === 0
      ? undefined
      : g.concat(
          parts.map((value) => g.unsqueeze(value, [0])),
          0,
        );
  };
  return [
    context.needs(0) ? sum(g, found[0]?.x, found[1]?.x) : undefined,
    stacked(1, (gradient) => gradient.w),
    stacked(2, (gradient) => gradient.r),
    stacked(3, (gradient) => gradient.bias),
    undefined,
    stacked(5, (gradient) => gradient.hidden),
    stacked(6, (gradient) => gradient.cell),
  ];
}

registerGradient('LSTM', (context) => {
  refuse(context.node, ['Sigmoid', 'Tanh', 'Tanh'], context.inputs[7]);
  return recurrent(context, lstmGradients);
});

registerGradient('GRU', (context) => {
  refuse(context.node, ['Sigmoid', 'Tanh']);
  return recurrent(context, int(context.node, 'linear_before_reset', 0) === 0 ? gruResetFirstGradients : gruGradients);
});

/** Stops with `autodiff/recurrent` at what these rules don't know. */
function refuse(node: Node, activations: readonly string[], peepholes?: Value): void {
  const given = node.attributes['activations'];
  const names = given?.kind === 'strings' ? given.value : [];
  const problem = peepholes
    ? 'peephole weights have'
    : names.some((name, index) => name.toLowerCase() !== activations[index % activations.length]?.toLowerCase())
      ? `activations other than ${activations.join(', ')} have`
      : number(node, 'clip', 0) !== 0
        ? 'clip has'
        : int(node, 'input_forget', 0) !== 0
          ? 'input_forget has'
          : int(node, 'layout', 0) !== 0
            ? 'layout 1 has'
            : undefined;
  if (problem === undefined) return;
  throw new MessierError(
    'autodiff/recurrent',
    `${node.opType} "${node.name}": ${problem} no gradient here. Export the model without it, or freeze everything below.`,
  );
}

/** Y (L, directions, N, H), from the operator once more where the graph left it out. */
function sequenceOutput({ g, node, inputs, outputs }: RuleContext): Value {
  const [y] = outputs;
  if (y) return y;
  return g.op(node.opType, inputs, node.attributes, { name: `${node.name}/again` });
}

interface RowEnds {
  /** bool (L, N, 1): places before the end of their row. */
  readonly isInside: Value;
  /** bool (L, N, 1): the last place of each row. */
  readonly isLast: Value;
}

function rowEnds(g: GraphBuilder, x: Value, lengths: Value): RowEnds {
  const [length] = shapeOf(x);
  const counted =
    typeof length === 'number'
      ? g.ints(Array.from({ length }, (_, place) => place))
      : g.op('Range', [g.int(0), g.gather(g.shapeOf(x), g.int(0), 0), g.int(1)]);
  const places = g.unsqueeze(counted, [1, 2]);
  const row = g.unsqueeze(g.cast(lengths, 'int64'), [0, 2]);
  return { isInside: g.less(places, row), isLast: g.equal(places, g.sub(row, g.int(1))) };
}

/** A sequence (L, N, ...) from its end to its beginning; of rows with lengths, only what lies before their end. */
function reversed(g: GraphBuilder, x: Value, lengths: Value | undefined): Value {
  if (!lengths) return g.slice(x, { starts: [-1], ends: [-(2 ** 31)], axes: [0], steps: [-1] });
  return g.op('ReverseSequence', [x, g.cast(lengths, 'int64')], { time_axis: 0, batch_axis: 1 });
}

function shapeHalf(bias: Value): number {
  return fixedDim(bias, 0) / 2;
}

function sum(g: GraphBuilder, a: Value | undefined, b: Value | undefined): Value | undefined {
  return a && b ? g.add(a, b) : (a ?? b);
}
