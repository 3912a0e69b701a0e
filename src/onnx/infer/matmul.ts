import type { Dim, Shape } from '../types.js';
import type { InferenceContext, Known, ShapeRule, ShapeRules } from './context.js';
import { broadcast, fail, formatShape, int, required, text, unify } from './support.js';

/** Numpy's matmul: a vector on the left gains a leading 1 that is dropped again, one on the right a trailing 1. */
export function matmulShape(context: InferenceContext, a: Shape, b: Shape): Shape {
  if (a.length === 0 || b.length === 0)
    fail(context.node, `operands of rank 1 or more expected, ${formatShape(a)} and ${formatShape(b)} received.`);
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const [inner, outer] = [left.at(-1) ?? 0, right.at(-2) ?? 0];
  if (unify(inner, outer) === undefined) {
    fail(
      context.node,
      `${inner} columns of ${formatShape(a)} meet ${outer} rows of ${formatShape(b)}. Make them equal, or transpose one operand.`,
    );
  }
  const batch = broadcast(context.node, [left.slice(0, -2), right.slice(0, -2)]);
  return [...batch, ...(a.length === 1 ? [] : [left.at(-2) ?? 0]), ...(b.length === 1 ? [] : [right.at(-1) ?? 0])];
}

function product(context: InferenceContext, a: Known, b: Known): Shape | undefined {
  return a.shape && b.shape && matmulShape(context, a.shape, b.shape);
}

/** alpha op(A) op(B) + beta C, with A and B of rank 2. */
const gemm: ShapeRule = (context) => {
  const [a, b, c] = [required(context, 0), required(context, 1), context.inputs[2]];
  if (!a.shape || !b.shape) return [{ type: a.type }];
  if (a.shape.length !== 2 || b.shape.length !== 2) {
    fail(
      context.node,
      `two matrices expected, ${formatShape(a.shape)} and ${formatShape(b.shape)} received. Flatten the input first.`,
    );
  }
  const left = int(context.node, 'transA', 0) === 0 ? a.shape : [...a.shape].reverse();
  const right = int(context.node, 'transB', 0) === 0 ? b.shape : [...b.shape].reverse();
  const shape = matmulShape(context, left, right);
  if (c?.shape) {
    const sum = broadcast(context.node, [shape, c.shape]);
    if (sum.length > 2 || sum.some((dim, axis) => unify(dim, shape[axis] ?? 0) === undefined)) {
      fail(context.node, `the addend ${formatShape(c.shape)} does not broadcast to the product ${formatShape(shape)}.`);
    }
  }
  return [{ type: a.type, shape }];
};

const matmul: ShapeRule = (context) => [
  { type: required(context, 0).type, shape: product(context, required(context, 0), required(context, 1)) },
];

/** com.microsoft: either matrix may be transposed, or its batch axes moved inwards. */
const fusedMatmul: ShapeRule = (context) => {
  const [a, b] = [required(context, 0), required(context, 1)];
  const shapeOf = (known: Known, side: 'A' | 'B'): Shape | undefined => {
    let { shape } = known;
    if (!shape || shape.length < 2) return shape;
    if (int(context.node, `transBatch${side}`, 0) === 1) shape = [...shape.slice(1, -1), shape[0] ?? 0, shape.at(-1) ?? 0];
    return int(context.node, `trans${side}`, 0) === 1 ? [...shape.slice(0, -2), shape.at(-1) ?? 0, shape.at(-2) ?? 0] : shape;
  };
  const [left, right] = [shapeOf(a, 'A'), shapeOf(b, 'B')];
  return [{ type: a.type, shape: left && right && matmulShape(context, left, right) }];
};

/** Labels of one operand, with `...` spread over the axes it stands for (as `.0`, `.1`, counted from the right). */
function labelsOf(context: InferenceContext, term: string, rank: number): string[] {
  const [before = '', after] = term.split('...');
  const named = before.length + (after?.length ?? 0);
  if (after === undefined ? named !== rank : named > rank) {
    fail(context.node, `"${term}" names ${named} axes and its operand has ${rank}. Check the equation.`);
  }
  const hidden = Array.from({ length: rank - named }, (_, index) => `.${String(rank - named - 1 - index)}`);
  return [...Array.from(before), ...hidden, ...Array.from(after ?? '')];
}

/** Sizes by label; without `->` the output holds the labels that occur once, in alphabetical order. */
const einsum: ShapeRule = (context) => {
  const { node } = context;
  const first = required(context, 0);
  const equation = text(node, 'equation', '').replaceAll(/\s/g, '');
  const [left = '', right] = equation.split('->');
  const terms = left.split(',');
  if (terms.length !== context.inputs.length) {
    fail(node, `equation "${equation}" has ${terms.length} operands and the node ${context.inputs.length}. Make them equal.`);
  }
  const sizes = new Map<string, Dim>();
  const counts = new Map<string, number>();
  for (const [index, term] of terms.entries()) {
    const shape = required(context, index).shape;
    if (!shape) return [{ type: first.type }];
    for (const [axis, label] of labelsOf(context, term, shape.length).entries()) {
      const [dim, before] = [shape[axis] ?? 0, sizes.get(label)];
      const joined = before === undefined || before === 1 ? dim : dim === 1 ? before : unify(before, dim);
      if (joined === undefined) fail(node, `label "${label}" of "${equation}" is ${before} and ${dim}. Make them equal.`);
      sizes.set(label, joined);
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
  }
  const hidden = [...sizes.keys()]
    .filter((label) => label.startsWith('.'))
    .sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)));
  const once = [...counts].filter(([label, count]) => count === 1 && !label.startsWith('.')).map(([label]) => label);
  const [before = '', after] = (right ?? '').split('...');
  const labels =
    right === undefined
      ? [...hidden, ...once.sort()]
      : [...Array.from(before), ...(after === undefined ? [] : [...hidden, ...Array.from(after)])];
  const shape = labels.map(
    (label) => sizes.get(label) ?? fail(node, `output label "${label}" of "${equation}" names no input axis.`),
  );
  return [{ type: first.type, shape }];
};

export const matmulRules: ShapeRules = {
  Gemm: gemm,
  MatMul: matmul,
  Einsum: einsum,
  Det: (context) => [{ type: required(context, 0).type, shape: required(context, 0).shape?.slice(0, -2) }],
  MatMulInteger: (context) => [{ type: 'int32', shape: product(context, required(context, 0), required(context, 1)) }],
  QLinearMatMul: (context) => [
    {
      type: context.inputs[7]?.type ?? required(context, 0).type,
      shape: product(context, required(context, 0), required(context, 3)),
    },
  ],
};

/** com.microsoft. */
export const fusedMatmulRules: ShapeRules = {
  FusedMatMul: fusedMatmul,
  FusedGemm: gemm,
  TransposeMatMul: fusedMatmul,
};
