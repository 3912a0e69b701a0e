import { pointwise } from './unary.js';

pointwise('Sin', ({ g, x, dy }) => g.mul(dy, g.op('Cos', [x])));
pointwise('Cos', ({ g, x, dy }) => g.neg(g.mul(dy, g.op('Sin', [x]))));
/** tan' = 1 + tan^2. */
pointwise('Tan', ({ g, y, dy, c }) => g.mul(dy, g.add(c(1), g.mul(y, y))));
/** asin' = 1 / sqrt(1 - x^2) = -acos'. */
pointwise('Asin', ({ g, x, dy, c }) => g.div(dy, g.sqrt(g.sub(c(1), g.mul(x, x)))));
pointwise('Acos', ({ g, x, dy, c }) => g.neg(g.div(dy, g.sqrt(g.sub(c(1), g.mul(x, x))))));
/** atan' = 1 / (1 + x^2). */
pointwise('Atan', ({ g, x, dy, c }) => g.div(dy, g.add(c(1), g.mul(x, x))));

pointwise('Sinh', ({ g, x, dy }) => g.mul(dy, g.op('Cosh', [x])));
pointwise('Cosh', ({ g, x, dy }) => g.mul(dy, g.op('Sinh', [x])));
/** asinh' = 1 / sqrt(x^2 + 1), acosh' = 1 / sqrt(x^2 - 1), atanh' = 1 / (1 - x^2). */
pointwise('Asinh', ({ g, x, dy, c }) => g.div(dy, g.sqrt(g.add(g.mul(x, x), c(1)))));
pointwise('Acosh', ({ g, x, dy, c }) => g.div(dy, g.sqrt(g.sub(g.mul(x, x), c(1)))));
pointwise('Atanh', ({ g, x, dy, c }) => g.div(dy, g.sub(c(1), g.mul(x, x))));
