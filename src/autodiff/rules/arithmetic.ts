import type { Value } from '../../onnx/assembler.js';
import { registerConstant, registerGradient, single, type RuleContext } from '../rule.js';
import { sumTo } from '../shapes.js';
import { addAll } from '../sum.js';

/** Gradients of a binary operator: each factor is formed only where it is needed, then summed to the shape of its input. */
function binary(
  context: RuleContext,
  left: (dy: Value) => Value | undefined,
  right: (dy: Value) => Value,
): (Value | undefined)[] {
  const { g, inputs, gradients } = context;
  const dy = gradients[0];
  return [left, right].map((form, index) => {
    const input = inputs[index];
    const gradient = dy && input && context.needs(index) ? form(dy) : undefined;
    return gradient && input && sumTo(g, gradient, input);
  });
}

function operands(context: RuleContext): readonly [Value, Value] {
  const [a, b] = context.inputs;
  if (!a || !b) throw new RangeError(`${context.node.opType} needs two inputs.`);
  return [a, b];
}

registerGradient('Add', (context) =>
  binary(
    context,
    (dy) => dy,
    (dy) => dy,
  ),
);
registerGradient('Sub', (context) =>
  binary(
    context,
    (dy) => dy,
    (dy) => context.g.neg(dy),
  ),
);

registerGradient('Mul', (context) => {
  const { g } = context;
  const [a, b] = operands(context);
  return binary(
    context,
    (dy) => g.mul(dy, b),
    (dy) => g.mul(dy, a),
  );
});

/** d(a/b) = da / b - (a/b) db / b. */
registerGradient('Div', (context) => {
  const { g } = context;
  const [, b] = operands(context);
  const { y } = single(context);
  return binary(
    context,
    (dy) => g.div(dy, b),
    (dy) => g.neg(g.div(g.mul(dy, y), b)),
  );
});

/** d(a^b) = b a^(b-1) da + a^b ln(a) db, as in PyTorch: the first term is 0 where b is 0, the second where a is 0. */
registerGradient('Pow', (context) => {
  const { g } = context;
  const [a, b] = operands(context);
  const { y } = single(context);
  const exponent = g.constantOf(b);
  const fixed = exponent?.data.length === 1 ? Number(exponent.data[0]) : undefined;
  const power = b.type === a.type ? b : g.cast(b, a.type);
  return binary(
    context,
    (dy) => {
      if (fixed === 2) return g.mul(dy, g.mul(a, g.scalar(2)));
      if (fixed === 1) return dy;
      if (fixed === 0) return undefined;
      const slope = g.mul(power, g.pow(a, g.sub(power, g.scalar(1))));
      return g.mul(dy, fixed === undefined ? g.where(g.equal(power, g.scalar(0)), g.scalar(0), slope) : slope);
    },
    (dy) => {
      const zero = g.scalar(0);
      const isZero = g.equal(a, zero);
      const log = g.where(isZero, zero, g.log(g.where(isZero, g.scalar(1), a)));
      return g.mul(dy, g.mul(y, log));
    },
  );
});

/** The sum of any number of inputs. */
registerGradient('Sum', (context) => {
  const { g, inputs } = context;
  const { dy } = single(context);
  return inputs.map((input, index) => (input && context.needs(index) ? sumTo(g, dy, input) : undefined));
});

registerGradient('Mean', (context) => {
  const { g, inputs } = context;
  const { dy } = single(context);
  const share = g.mul(dy, g.scalar(1 / inputs.length));
  return inputs.map((input, index) => (input && context.needs(index) ? sumTo(g, share, input) : undefined));
});

/** Max and Min hand the gradient to whoever reached the extreme, in equal parts where several did. */
function extreme(context: RuleContext): (Value | undefined)[] {
  const { g, inputs } = context;
  const { dy, y } = single(context);
  const present = inputs.filter((input) => input !== undefined);
  if (present.length === 1) return [dy];
  const reached = present.map((input) => g.cast(g.equal(input, y), 'float32'));
  const [first, ...rest] = reached;
  if (!first) return [];
  const share = g.div(dy, addAll(g, context.target, first, ...rest));
  return present.map((input, index) => {
    const mask = reached[index];
    return mask && context.needs(index) ? sumTo(g, g.mul(mask, share), input) : undefined;
  });
}
registerGradient('Max', extreme);
registerGradient('Min', extreme);

registerGradient('Where', (context) => {
  const { g, inputs } = context;
  const { dy } = single(context);
  const [condition, a, b] = inputs;
  if (!condition) return [];
  const zero = g.scalar(0);
  return [
    undefined,
    a && context.needs(1) ? sumTo(g, g.where(condition, dy, zero), a) : undefined,
    b && context.needs(2) ? sumTo(g, g.where(condition, zero, dy), b) : undefined,
  ];
});

/** mod(a, b) = a - q b with a whole quotient q (fmod 1), so d mod(a, b) = da - q db. */
registerGradient('Mod', (context) => {
  const { g } = context;
  const [a, b] = operands(context);
  const { y } = single(context);
  return binary(
    context,
    (dy) => dy,
    (dy) => g.mul(dy, g.div(g.sub(y, a), b)),
  );
});

registerGradient('Identity', ({ gradients: [dy] }) => [dy]);
registerGradient('Neg', ({ g, gradients: [dy] }) => [dy && g.neg(dy)]);
registerGradient('Cast', (context) => {
  const { dy, x } = single(context);
  return [context.g.cast(dy, x.type)];
});
registerGradient('CastLike', (context) => {
  const { dy, x } = single(context);
  return [context.g.cast(dy, x.type)];
});

/** start, start + delta, ...: each input takes the gradient of its own part; the limit only sets how many there are. */
registerGradient('Range', (context) => {
  const { g, inputs } = context;
  const { dy, x: start, y } = single(context);
  const delta = inputs[2];
  const positions = (step: Value): Value => g.div(g.sub(y, start), step);
  return [
    context.needs(0) ? g.reduceSum(dy, [0], false) : undefined,
    undefined,
    delta && context.needs(2) ? g.reduceSum(g.mul(dy, positions(delta)), [0], false) : undefined,
  ];
});

registerConstant(
  ...['Shape', 'Size', 'Constant', 'ConstantOfShape', 'EyeLike', 'OneHot', 'NonZero', 'ArgMax', 'ArgMin', 'Hardmax'],
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Not', 'Xor', 'IsNaN', 'IsInf', 'BitShift'],
  ...['Floor', 'Ceil', 'Round', 'Sign', 'RandomUniform', 'RandomNormal', 'RandomUniformLike', 'RandomNormalLike', 'Bernoulli'],
);
