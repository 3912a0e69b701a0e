import fc from 'fast-check';
import type { Value } from '../../../src/onnx/assembler.js';
import type { GraphBuilder } from '../../../src/onnx/builder.js';
import { drawn, each, operand, type CaseTable, type DrawnCase } from './cases.js';
import { between } from './samplers.js';

const size = fc.integer({ min: 1, max: 4 });
const weight = between(-0.75, 0.75);

/** Any direction, lengths of rows from 0, initial states, and any of the outputs. */
function recurrent(opType: 'LSTM' | 'GRU', gates: number): fc.Arbitrary<DrawnCase> {
  const states = opType === 'LSTM' ? 2 : 1;
  const shapes = fc.record({
    length: size,
    rows: size,
    inputs: size,
    hidden: size,
    direction: fc.constantFrom('forward', 'reverse', 'bidirectional'),
    bias: fc.boolean(),
    initial: fc.integer({ min: 0, max: states }),
    outputs: fc.subarray([0, 1, ...(states === 2 ? [2] : [])], { minLength: 1 }),
    resetsLast: fc.constantFrom(0, 1),
    hasLengths: fc.boolean(),
    isOpen: fc.boolean(),
  });
  const withLengths = shapes.chain(({ hasLengths, ...rest }) =>
    fc.record({
      rest: fc.constant(rest),
      lengths: hasLengths
        ? each(new Array<number>(rest.rows).fill(0), () => fc.integer({ min: 0, max: rest.length }))
        : fc.constant(undefined),
    }),
  );
  return drawn(withLengths, ({ rest, lengths }) => {
    const { length, rows, inputs, hidden, direction, bias, initial, outputs, resetsLast, isOpen } = rest;
    const directions = direction === 'bidirectional' ? 2 : 1;
    const state = operand([directions, rows, hidden], weight);
    const sequence = operand([length, rows, inputs], between(-2, 2));
    return {
      tolerance: 3e-3,
      // ONNX Runtime's kernels have sigmoids and hyperbolic tangents of their own.
      coarseness: 8,
      operands: [
        isOpen ? { ...sequence, declared: ['L', 'N', inputs] } : sequence,
        operand([directions, gates * hidden, inputs], weight),
        operand([directions, gates * hidden, hidden], weight),
        ...(bias ? [operand([directions, 2 * gates * hidden], weight)] : []),
        ...new Array<typeof state>(initial).fill(state),
      ],
      build: (g: GraphBuilder, [x, w, r, ...others]: readonly Value[]) => {
        const [b, ...begin] = bias ? others : [undefined, ...others];
        const ends = lengths && g.constant({ type: 'int32', dims: [rows], data: Int32Array.from(lengths) });
        const names = Array.from({ length: 1 + states }, (_, index) => (outputs.includes(index) ? g.unique(`out${index}`) : ''));
        const attributes = {
          hidden_size: hidden,
          direction,
          ...(opType === 'GRU' ? { linear_before_reset: resetsLast } : {}),
        };
        return g.node(opType, [x, w, r, b, ends, ...begin], attributes, { outputs: names }).filter(({ name }) => name !== '');
      },
    };
  });
}

/** Recurrent layers. */
export const recurrentCases: CaseTable = {
  GRU: recurrent('GRU', 3),
  LSTM: recurrent('LSTM', 4),
};
