import fc from 'fast-check';
import { float } from '../../../src/onnx/assembler.js';
import { axesOf, axisOf, broadcastable, dims, drawn, nodeCase, operand, type CaseTable, type DrawnCase } from './cases.js';
import { anything, distinct, nonZero, positive, type Sampler } from './samplers.js';

const size = fc.integer({ min: 1, max: 4 });
const eighths = fc.integer({ min: -16, max: 16 }).map((value) => float(value / 8));

/** y = alpha A' B' + beta C with C of any shape that broadcasts. */
const gemm = drawn(
  fc.record({
    m: size,
    k: size,
    n: size,
    transA: fc.boolean(),
    transB: fc.boolean(),
    alpha: fc.option(eighths, { nil: undefined }),
    beta: fc.option(eighths, { nil: undefined }),
    bias: fc.constantFrom('none', 'full', 'row', 'column', 'vector', 'scalar'),
  }),
  ({ m, k, n, transA, transB, alpha, beta, bias }) => {
    const shapes: Readonly<Record<string, readonly number[]>> = {
      full: [m, n],
      row: [1, n],
      column: [m, 1],
      vector: [n],
      scalar: [],
    };
    const c = shapes[bias];
    return nodeCase(
      'Gemm',
      [
        operand(transA ? [k, m] : [m, k], anything),
        operand(transB ? [n, k] : [k, n], anything),
        ...(c ? [operand(c, anything)] : []),
      ],
      { transA: transA ? 1 : 0, transB: transB ? 1 : undefined, alpha, beta },
    );
  },
);

/** Matrices, vectors, and batches that broadcast. */
const matMul = drawn(
  fc.record({
    m: size,
    k: size,
    n: size,
    batch: broadcastable(2, { from: 0, to: 2 }),
    row: fc.boolean(),
    column: fc.boolean(),
    plain: fc.boolean(),
  }),
  ({ m, k, n, batch, row, column, plain }) => {
    const [left = [], right = []] = batch;
    return nodeCase('MatMul', [
      operand(row ? [k] : [...left, m, k], anything),
      operand(column ? [k] : plain ? [k, n] : [...right, k, n], anything),
    ]);
  },
);

const equations = [
  ...[
    'i->i',
    'ij->ji',
    'ij->i',
    'ij->',
    'ij->j',
    'ij',
    'i,i->',
    'i,j->ij',
    'ij,jk->ik',
    'ij,jk',
    'ij,kj->ik',
    'bij,bjk->bik',
    'ij,ij->',
  ],
  ...[
    'bij,jk->bik',
    'bhqd,bhkd->bhqk',
    'bhqk,bhkd->bhqd',
    'ij,ij->ij',
    'i,ij,j->',
    'ij,jk,kl->il',
    'ab,c->a',
    'bchw,oc->bohw',
    'aBc,cB->aB',
  ],
];
const einsum = drawn(
  fc.record({
    equation: fc.constantFrom(...equations),
    sizes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 52, maxLength: 52 }),
  }),
  ({ equation, sizes }) => {
    const sizeOf = (letter: string): number => sizes[letter.charCodeAt(0) % 52]!;
    const terms = equation.split('->')[0]!.split(',');
    return nodeCase(
      'Einsum',
      terms.map((term) => operand(term.split('').map(sizeOf), anything)),
      { equation },
    );
  },
);

/** Axes as an attribute up to opset 17 (a sum's as an input), as an input from 18 on; none stands for all. */
function reduction(opType: string, sample: Sampler, most = 4): fc.Arbitrary<DrawnCase> {
  return drawn(
    dims({ from: 1, to: 4 }, most).chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        axes: fc.option(axesOf(shape.length), { nil: undefined }),
        keepdims: fc.constantFrom(0, 1, undefined),
        noop: fc.boolean(),
        opset: fc.constantFrom(17, 18, 21),
      }),
    ),
    ({ shape, axes, keepdims, noop, opset }) => ({
      opset,
      operands: [operand(shape, sample)],
      build: (g, [x]) => {
        if (opset < 18 && opType !== 'ReduceSum') return g.op(opType, [x], { axes, keepdims });
        return g.op(opType, [x, axes && g.ints(axes)], {
          keepdims,
          noop_with_empty_axes: noop && opType === 'ReduceSum' ? 1 : undefined,
        });
      },
    }),
  );
}

const cumSum = drawn(
  dims({ from: 1, to: 3 }).chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      axis: axisOf(shape.length),
      exclusive: fc.constantFrom(0, 1),
      reverse: fc.constantFrom(0, 1),
    }),
  ),
  ({ shape, axis, exclusive, reverse }) => ({
    operands: [operand(shape, anything)],
    build: (g, [x]) => g.op('CumSum', [x, g.int(axis)], { exclusive, reverse }),
  }),
);

/** Matrix products and reductions. */
export const linearCases: CaseTable = {
  CumSum: cumSum,
  Einsum: einsum,
  Gemm: gemm,
  MatMul: matMul,
  ReduceL1: reduction('ReduceL1', nonZero),
  ReduceL2: reduction('ReduceL2', nonZero),
  ReduceLogSum: reduction('ReduceLogSum', positive),
  ReduceLogSumExp: reduction('ReduceLogSumExp', anything),
  ReduceMax: reduction('ReduceMax', distinct),
  ReduceMean: reduction('ReduceMean', anything),
  ReduceMin: reduction('ReduceMin', distinct),
  ReduceProd: reduction('ReduceProd', nonZero, 2),
  ReduceSum: reduction('ReduceSum', anything),
  ReduceSumSquare: reduction('ReduceSumSquare', anything),
};
