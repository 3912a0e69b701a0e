import { MessierError } from '../../core/errors.js';
import type { Value } from '../../onnx/assembler.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import { number, text } from '../../onnx/infer/support.js';
import type { Node } from '../../onnx/types.js';
import { registerGradient, single } from '../rule.js';
import { range, rankOf, reshapeLike, shapeOf, sumTo } from '../shapes.js';

/** y = alpha A' B' + beta C, A' and B' perhaps transposed. */
registerGradient('Gemm', (context) => {
  const { g, node, inputs } = context;
  const { dy } = single(context);
  const [a, b, c] = inputs;
  if (!a || !b) return [];
  const transA = number(node, 'transA', 0) !== 0;
  const transB = number(node, 'transB', 0) !== 0;
  const alpha = number(node, 'alpha', 1);
  const beta = number(node, 'beta', 1);
  const scaled = c && beta !== 1 ? g.mul(dy, g.scalar(beta)) : dy;
  return [
    context.needs(0)
      ? transA
        ? g.gemm(b, dy, undefined, { transA: transB, transB: true, alpha })
        : g.gemm(dy, b, undefined, { transB: !transB, alpha })
      : undefined,
    context.needs(1)
      ? transB
        ? g.gemm(dy, a, undefined, { transA: true, transB: transA, alpha })
        : g.gemm(a, dy, undefined, { transA: !transA, alpha })
      : undefined,
    c && context.needs(2) ? sumTo(g, scaled, c) : undefined,
  ];
});

function transposeLast(g: GraphBuilder, x: Value): Value {
  const rank = rankOf(x);
  return g.transpose(x, [...range(rank - 2), rank - 1, rank - 2]);
}

/** Matrix product over the last two axes; batch axes broadcast, and vectors count as one row or one column. */
registerGradient('MatMul', (context) => {
  const { g, inputs } = context;
  const { dy } = single(context);
  const [a, b] = inputs;
  if (!a || !b) return [];
  const row = rankOf(a) === 1;
  const column = rankOf(b) === 1;
  const left = row ? g.unsqueeze(a, [0]) : a;
  const right = column ? g.unsqueeze(b, [1]) : b;
  let full = dy;
  if (column) full = g.unsqueeze(full, [rankOf(full)]);
  if (row) full = g.unsqueeze(full, [rankOf(full) - 1]);
  const da = context.needs(0) ? reshapeLike(g, sumTo(g, g.matmul(full, transposeLast(g, right)), left), a) : undefined;
  if (!context.needs(1)) return [da];
  const shared = rankOf(right) === 2 && rankOf(left) > 2;
  const db = shared ? sharedWeight(g, left, full, right) : sumTo(g, g.matmul(transposeLast(g, left), full), right);
  return [da, reshapeLike(g, db, b)];
});

/** One matrix used by a whole batch: fold the batch into the rows and sum in one product. */
function sharedWeight(g: GraphBuilder, left: Value, dy: Value, right: Value): Value {
  const [inner, outer] = shapeOf(right);
  if (typeof inner !== 'number' || typeof outer !== 'number') return sumTo(g, g.matmul(transposeLast(g, left), dy), right);
  return g.gemm(g.reshape(left, [-1, inner]), g.reshape(dy, [-1, outer]), undefined, { transA: true });
}

/**
 * Einsum: the gradient of an operand is the einsum of dy with the other operands, onto the operand's own letters. Letters that only
 * that operand has were summed away, so the result is spread along them.
 */
registerGradient('Einsum', (context) => {
  const { g, node, inputs } = context;
  const { dy } = single(context);
  const { terms, output } = parseEinsum(node);
  return inputs.map((input, index) => {
    const own = terms[index];
    if (!input || own === undefined || !context.needs(index)) return undefined;
    const others = terms.flatMap((term, other) => (other === index ? [] : [{ term, value: inputs[other] }]));
    const visible = new Set(letters(output + others.map(({ term }) => term).join('')));
    const kept = letters(own)
      .filter((letter) => visible.has(letter))
      .join('');
    const equation = `${[output, ...others.map(({ term }) => term)].join(',')}->${kept}`;
    const gradient = g.op('Einsum', [dy, ...others.map(({ value }) => value)], { equation });
    if (kept === own) return gradient;
    const missing = letters(own).flatMap((letter, axis) => (visible.has(letter) ? [] : [axis]));
    return g.expand(g.unsqueeze(gradient, missing), g.shapeOf(input));
  });
});

const letters = (term: string): string[] => term.split('');

function parseEinsum(node: Node): { readonly terms: readonly string[]; readonly output: string } {
  const equation = text(node, 'equation', '').replace(/\s/g, '');
  const [left = '', right] = equation.split('->');
  const terms = left.split(',');
  const repeated = terms.some((term) => new Set(term).size !== term.length);
  if (equation.includes('.') || repeated) {
    throw new MessierError(
      'autodiff/einsum',
      `Einsum "${node.name}": "${equation}" uses an ellipsis or takes a diagonal, whose gradient is not supported. Write the letters out, or use MatMul.`,
    );
  }
  const all = letters(left.replaceAll(',', ''));
  const once = all.filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter));
  const output = right ?? once.sort().join('');
  return { terms, output };
}
