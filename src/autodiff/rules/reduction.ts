import type { Value } from '../../onnx/assembler.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import { int, ints } from '../../onnx/infer/support.js';
import { MessierError } from '../../core/errors.js';
import { registerGradient, single, type RuleContext } from '../rule.js';
import { divideOrZero, elementCount, expandLike, normalizeAxes, range, rankOf } from '../shapes.js';

/** The axes of a reduction, from the attribute or from the constant input that replaced it. */
function axesOf({ g, node, inputs }: RuleContext, rank: number): readonly number[] {
  const input = inputs[1];
  const constant = input && g.constantOf(input);
  if (input && !constant) {
    throw new MessierError(
      'autodiff/axes',
      `${node.opType} "${node.name}": axes are computed at run time; the gradient needs them as a constant.`,
    );
  }
  const axes = ints(node, 'axes') ?? (constant && Array.from(constant.data, Number));
  if (axes && axes.length > 0) return normalizeAxes(axes, rank);
  return int(node, 'noop_with_empty_axes', 0) === 1 ? [] : range(rank);
}

interface Reduced {
  readonly g: GraphBuilder;
  readonly x: Value;
  /** dy and y with the reduced axes kept at size 1. */
  readonly dy: Value;
  readonly y: Value;
  readonly axes: readonly number[];
}

/** Registers a reduction by the gradient of its input in terms of values that broadcast to it. */
function reduction(opType: string, gradient: (r: Reduced) => Value): void {
  registerGradient(opType, (context) => {
    const { g, node } = context;
    const { dy, x, y } = single(context);
    const axes = axesOf(context, rankOf(x));
    const kept = int(node, 'keepdims', 1) === 1 || axes.length === 0;
    const keep = (value: Value): Value => (kept ? value : g.unsqueeze(value, axes));
    return [expandLike(g, gradient({ g, x, dy: keep(dy), y: keep(y), axes }), x)];
  });
}

reduction('ReduceSum', ({ dy }) => dy);
reduction('ReduceMean', ({ g, x, dy, axes }) => (axes.length === 0 ? dy : g.div(dy, elementCount(g, x, axes))));
reduction('ReduceSumSquare', ({ g, x, dy }) => g.mul(g.mul(x, g.scalar(2)), dy));
reduction('ReduceL1', ({ g, x, dy }) => g.mul(g.sign(x), dy));
reduction('ReduceLogSum', ({ g, y, dy }) => g.div(dy, g.exp(y)));
reduction('ReduceLogSumExp', ({ g, x, y, dy }) => g.mul(g.exp(g.sub(x, y)), dy));

/** x / |x|, and 0 where the norm is 0, as in PyTorch. */
reduction('ReduceL2', ({ g, x, y, dy }) => g.mul(x, divideOrZero(g, dy, y)));

/** The product of the others is y / x; inputs must not be 0. */
reduction('ReduceProd', ({ g, x, y, dy }) => g.div(g.mul(dy, y), x));

/** Elements that tie for the extreme share the gradient equally. */
function shareOfExtreme({ g, x, y, dy, axes }: Reduced): Value {
  const reached = g.cast(g.equal(x, y), 'float32');
  return g.mul(reached, g.div(dy, g.reduceSum(reached, axes)));
}
reduction('ReduceMax', shareOfExtreme);
reduction('ReduceMin', shareOfExtreme);

/** Sums up to each position; the gradient sums from each position on. */
registerGradient('CumSum', (context) => {
  const { g, node, inputs } = context;
  const { dy } = single(context);
  const reverse = int(node, 'reverse', 0);
  return [g.op('CumSum', [dy, inputs[1]], { exclusive: int(node, 'exclusive', 0), reverse: 1 - reverse })];
});
