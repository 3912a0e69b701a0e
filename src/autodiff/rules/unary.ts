import { MessierError } from '../../core/errors.js';
import type { Value } from '../../onnx/assembler.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import { number, text } from '../../onnx/infer/support.js';
import type { Node } from '../../onnx/types.js';
import { registerGradient, single } from '../rule.js';
import { sumTo } from '../shapes.js';

/** What a pointwise derivative may be written in. */
export interface Pointwise {
  readonly g: GraphBuilder;
  readonly node: Node;
  readonly x: Value;
  readonly y: Value;
  readonly dy: Value;
  /** A float32 constant. */
  readonly c: (value: number) => Value;
  /** dy where the condition holds, else 0. */
  readonly pass: (condition: Value) => Value;
}

/** Registers y = f(x), elementwise, by a formula for dL/dx. */
export function pointwise(opType: string, gradient: (p: Pointwise) => Value, domain = ''): void {
  registerGradient(
    opType,
    (context) => {
      const { g, node } = context;
      const { dy, x, y } = single(context);
      const c = (value: number): Value => g.scalar(value);
      // A cast and a product are faster than Where on the CPU provider, whose Where runs at a third of their speed.
      const pass = (condition: Value): Value => g.mul(dy, g.cast(condition, 'float32'));
      return [gradient({ g, node, x, y, dy, c, pass })];
    },
    domain,
  );
}

pointwise('Relu', ({ g, y, c, pass }) => pass(g.greater(y, c(0))));
pointwise('Abs', ({ g, x, dy }) => g.mul(dy, g.sign(x)));
pointwise('Exp', ({ g, y, dy }) => g.mul(dy, y));
pointwise('Log', ({ g, x, dy }) => g.div(dy, x));
pointwise('Sqrt', ({ g, y, dy, c }) => g.div(g.mul(dy, c(0.5)), y));
pointwise('Reciprocal', ({ g, y, dy }) => g.neg(g.mul(dy, g.mul(y, y))));
pointwise('Sigmoid', ({ g, y, dy, c }) => g.mul(dy, g.mul(y, g.sub(c(1), y))));
pointwise('Tanh', ({ g, y, dy, c }) => g.mul(dy, g.sub(c(1), g.mul(y, y))));

/** erf'(x) = 2/sqrt(pi) exp(-x^2) = exp(ln(2/sqrt(pi)) - x^2). */
pointwise('Erf', ({ g, x, dy, c }) => g.mul(dy, g.exp(g.sub(c(Math.log(2 / Math.sqrt(Math.PI))), g.mul(x, x)))));

/** softplus' = sigmoid. */
pointwise('Softplus', ({ g, x, dy }) => g.mul(dy, g.sigmoid(x)));
pointwise('Softsign', ({ g, x, dy, c }) => {
  const reciprocal = g.reciprocal(g.add(c(1), g.abs(x)));
  return g.mul(dy, g.mul(reciprocal, reciprocal));
});

pointwise('LeakyRelu', ({ g, node, x, dy, c }) => g.mul(dy, g.where(g.less(x, c(0)), c(number(node, 'alpha', 0.01)), c(1))));

/** y = alpha (e^x - 1) below 0, where the slope is y + alpha. */
pointwise('Elu', ({ g, node, x, y, dy, c }) =>
  g.mul(dy, g.where(g.greater(x, c(0)), c(1), g.add(y, c(number(node, 'alpha', 1))))),
);

/** y = gamma x above 0 and gamma alpha (e^x - 1) below, https://arxiv.org/abs/1706.02515. */
pointwise('Selu', ({ g, node, x, y, dy, c }) => {
  const alpha = number(node, 'alpha', 1.67326319217681884765625);
  const gamma = number(node, 'gamma', 1.05070102214813232421875);
  return g.mul(dy, g.where(g.greater(x, c(0)), c(gamma), g.add(y, c(alpha * gamma))));
});

/** y = max(0, x) + min(0, alpha (e^(x/alpha) - 1)), https://arxiv.org/abs/1704.07483. */
pointwise('Celu', ({ g, node, x, dy, c }) => {
  const alpha = number(node, 'alpha', 1);
  return g.mul(dy, g.where(g.greater(x, c(0)), c(1), g.exp(g.div(x, c(alpha)))));
});
/** y = x beyond the threshold, moved by the bias, and 0 within it. */
pointwise('Shrink', ({ g, node, x, c, pass }) => pass(g.greater(g.abs(x), c(number(node, 'lambd', 0.5)))));
pointwise('ThresholdedRelu', ({ g, node, x, c, pass }) => pass(g.greater(x, c(number(node, 'alpha', 1)))));

/** The slope inside 0 < y < 1. */
function insideUnit({ g, y, c }: Pointwise): Value {
  return g.and(g.greater(y, c(0)), g.less(y, c(1)));
}
pointwise('HardSigmoid', (p) => p.g.mul(p.pass(insideUnit(p)), p.c(number(p.node, 'alpha', 0.2))));

/** y = x clip(x/6 + 1/2, 0, 1): slope 0 below -3, 1 above 3, x/3 + 1/2 between. */
pointwise('HardSwish', ({ g, x, dy, c }) => {
  const middle = g.add(g.mul(x, c(1 / 3)), c(0.5));
  return g.mul(dy, g.where(g.less(x, c(-3)), c(0), g.where(g.greater(x, c(3)), c(1), middle)));
});

/** y = x tanh(softplus(x)), https://arxiv.org/abs/1908.08681: y' = t + x (1 - t^2) sigmoid(x). */
pointwise('Mish', ({ g, x, dy, c }) => {
  const t = g.tanh(g.op('Softplus', [x]));
  return g.mul(dy, g.add(t, g.mul(x, g.mul(g.sub(c(1), g.mul(t, t)), g.sigmoid(x)))));
});

/** y = x Phi(x): y' = Phi(x) + x phi(x), with Phi the normal distribution and phi its density. */
function geluSlope(g: GraphBuilder, x: Value): Value {
  const phi = g.mul(g.exp(g.mul(g.mul(x, x), g.scalar(-0.5))), g.scalar(1 / Math.sqrt(2 * Math.PI)));
  const distribution = g.mul(g.scalar(0.5), g.add(g.scalar(1), g.erf(g.mul(x, g.scalar(Math.SQRT1_2)))));
  return g.add(distribution, g.mul(x, phi));
}

/** y = x/2 (1 + t), t = tanh(u), u = k (x + 0.044715 x^3), k = sqrt(2/pi). */
function geluTanhSlope(g: GraphBuilder, x: Value): Value {
  const k = Math.sqrt(2 / Math.PI);
  const square = g.mul(x, x);
  const t = g.tanh(g.mul(g.mul(x, g.add(g.mul(square, g.scalar(0.044715)), g.scalar(1))), g.scalar(k)));
  const du = g.mul(g.add(g.mul(square, g.scalar(3 * 0.044715)), g.scalar(1)), g.scalar(k));
  const inner = g.mul(g.mul(x, g.sub(g.scalar(1), g.mul(t, t))), du);
  return g.mul(g.scalar(0.5), g.add(g.add(g.scalar(1), t), inner));
}
pointwise('Gelu', ({ g, node, x, dy }) =>
  g.mul(dy, text(node, 'approximate', 'none') === 'tanh' ? geluTanhSlope(g, x) : geluSlope(g, x)),
);
pointwise('Gelu', ({ g, x, dy }) => g.mul(dy, geluSlope(g, x)), 'com.microsoft');

/** y = gelu(x + b), exact or by tanh; the bias is a vector along the last axis. */
function biasedGelu(opType: string, slope: (g: GraphBuilder, x: Value) => Value): void {
  registerGradient(
    opType,
    (context) => {
      const { g, inputs } = context;
      const { dy, x } = single(context);
      const bias = inputs[1];
      const dx = g.mul(dy, slope(g, bias ? g.add(x, bias) : x));
      return [dx, bias && context.needs(1) ? sumTo(g, dx, bias) : undefined];
    },
    'com.microsoft',
  );
}
biasedGelu('BiasGelu', geluSlope);
biasedGelu('FastGelu', geluTanhSlope);

/** y = x s, s = sigmoid(alpha x): y' = s + alpha y (1 - s). */
pointwise(
  'QuickGelu',
  ({ g, node, x, y, dy, c }) => {
    const alpha = c(number(node, 'alpha', 1.702));
    const s = g.sigmoid(g.mul(x, alpha));
    return g.mul(dy, g.add(s, g.mul(g.mul(alpha, y), g.sub(c(1), s))));
  },
  'com.microsoft',
);

/** Passes the gradient strictly between the bounds. Only the result is read, so that the operand need not be kept until then. */
registerGradient('Clip', (context) => {
  const { g, inputs } = context;
  const { dy, y } = single(context);
  const [, low, high] = inputs;
  const above = low && g.greater(y, low);
  const below = high && g.less(y, high);
  const inside = above && below ? g.and(above, below) : (above ?? below);
  const outside = (bound: Value | undefined, within: Value | undefined): Value | undefined =>
    bound && within && sumTo(g, g.mul(dy, g.cast(g.not(within), 'float32')), bound);
  return [
    inside ? g.mul(dy, g.cast(inside, 'float32')) : dy,
    context.needs(1) ? outside(low, above) : undefined,
    context.needs(2) ? outside(high, below) : undefined,
  ];
});

/** y = slope x below 0; the slope's gradient is summed over what it was broadcast along. */
registerGradient('PRelu', (context) => {
  const { g, inputs } = context;
  const { dy, x } = single(context);
  const slope = inputs[1];
  if (!slope) return [];
  const below = g.less(x, g.scalar(0));
  return [
    context.needs(0) ? g.mul(dy, g.where(below, slope, g.scalar(1))) : undefined,
    context.needs(1) ? sumTo(g, g.mul(dy, g.where(below, x, g.scalar(0))), slope) : undefined,
  ];
});

/** y = softmax(x): dx = y (dy - sum(y dy)). */
registerGradient('Softmax', (context) => {
  const { g, node } = context;
  const { dy, y } = single(context);
  const axis = number(node, 'axis', -1);
  return [g.mul(y, g.sub(dy, g.reduceSum(g.mul(dy, y), [axis])))];
});

/** y = log softmax(x): dx = dy - e^y sum(dy). */
registerGradient('LogSoftmax', (context) => {
  const { g, node } = context;
  const { dy, y } = single(context);
  const axis = number(node, 'axis', -1);
  return [g.sub(dy, g.mul(g.exp(y), g.reduceSum(dy, [axis])))];
});

/** Inference-mode dropout is the identity; training steps replace the node by a product with a mask. */
registerGradient('Dropout', (context) => {
  const [, , training] = context.inputs;
  const active = training && Number(context.g.constantOf(training)?.data[0] ?? 1) !== 0;
  if (!active) return [single(context).dy];
  throw new MessierError(
    'autodiff/dropout',
    `Dropout "${context.node.name}" draws its own random mask, which can't be repeated after a resume. Differentiate through trainingStep, which feeds the mask.`,
  );
});
