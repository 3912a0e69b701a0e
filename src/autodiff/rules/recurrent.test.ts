import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runModel } from '../../../test/support/onnx-cases.js';
import { pattern } from '../../../test/support/pattern.js';
import { relativeError } from '../../../test/support/run-steps.js';
import { float, type AttributeInput, type Value } from '../../onnx/assembler.js';
import { GraphBuilder } from '../../onnx/builder.js';
import type { Tensor } from '../../onnx/types.js';
import { writeModel } from '../../onnx/write.js';
import { gradients } from '../reverse.js';

/** A case of test/golden/recurrent.json, made with torch's nn.LSTM and nn.GRU; see recurrent.py. */
interface GoldenCase {
  readonly name: string;
  readonly kind: 'LSTM' | 'GRU';
  readonly length: number;
  readonly lengths: readonly number[] | null;
  readonly directions: 1 | 2;
  readonly initial: boolean;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}
const golden = JSON.parse(readFileSync(new URL('../../../test/golden/recurrent.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly GoldenCase[];
};
const [rows, size, units] = [3, 4, 3];

describe('outputs and gradients are those of PyTorch', () => {
  test.each(golden.cases)('$name', async ({ name, kind, length, lengths, directions, initial, ...expected }) => {
    const gates = kind === 'LSTM' ? 4 : 3;
    const state = [directions, rows, units];
    const shapes: Readonly<Record<string, readonly number[]>> = {
      x: [length, rows, size],
      W: [directions, gates * units, size],
      R: [directions, gates * units, units],
      B: [directions, 2 * gates * units],
      ...(initial ? { h0: state, ...(kind === 'LSTM' ? { c0: state } : {}) } : {}),
    };
    const g = new GraphBuilder();
    const leaves = new Map(Object.entries(shapes).map(([leaf, dims]) => [leaf, g.input(leaf, 'float32', dims)]));
    const ends = lengths ? g.constant({ type: 'int32', dims: [rows], data: Int32Array.from(lengths) }) : undefined;
    const given = ['x', 'W', 'R', 'B', 'lengths', 'h0', 'c0'].map((leaf) => (leaf === 'lengths' ? ends : leaves.get(leaf)));
    const outputs = g.node(
      kind,
      given,
      {
        hidden_size: units,
        direction: directions === 2 ? 'bidirectional' : 'forward',
        ...(kind === 'GRU' ? { linear_before_reset: 1 } : {}),
      },
      { outputs: kind === 'LSTM' ? ['Y', 'Y_h', 'Y_c'] : ['Y', 'Y_h'] },
    );
    const parts = outputs.map((output) => {
      const dims = (output.shape ?? []).map(Number);
      const weight = g.floats(dims, Array.from(pattern(`recurrent/d${output.name}`, dims)));
      return g.reduceSum(g.reshape(g.mul(output, weight), [-1]), [0], false);
    });
    const byName = gradients(g, { loss: g.sum(parts[0]!, ...parts.slice(1)), wrt: [...leaves.keys()] });
    // Sequences of 200 places are not among the golden numbers.
    for (const output of Object.keys(expected.outputs)) g.output(g.value(output));
    for (const leaf of Object.keys(expected.gradients)) g.output(byName.get(leaf)!, `d${leaf}`);
    const tensors = Object.entries(shapes).map(([leaf, dims]): Tensor => {
      const data = leaf === 'x' ? pattern('recurrent/x', dims) : pattern(`recurrent/${name}/${leaf}`, dims, 0.5);
      return { type: 'float32', dims, data };
    });
    const found = await runModel(writeModel(g.build()), tensors);
    const wanted = [...Object.values(expected.outputs), ...Object.values(expected.gradients)];
    expect(found).toHaveLength(wanted.length);
    for (const [index, values] of wanted.entries())
      expect(relativeError(found[index]!.data as Float32Array, Float32Array.from(values)), String(index)).toBeLessThan(2e-6);
  });
});

describe('what has no gradient is refused', () => {
  const attempt = (opType: 'LSTM' | 'GRU', attributes: Readonly<Record<string, AttributeInput>>, peephole = false): void => {
    const g = new GraphBuilder();
    const gates = opType === 'LSTM' ? 4 : 3;
    const x = g.input('x', 'float32', [2, 3, 4]);
    const inputs: (Value | undefined)[] = [x, g.input('W', 'float32', [1, gates, 4]), g.input('R', 'float32', [1, gates, 1])];
    if (peephole) inputs.push(undefined, undefined, undefined, undefined, g.input('P', 'float32', [1, 3]));
    const y = g.op(opType, inputs, { hidden_size: 1, ...attributes });
    gradients(g, { loss: g.reduceSum(g.reshape(y, [-1]), [0], false), wrt: ['W'] });
  };

  test.each([
    ['peephole weights', 'LSTM', {}, true],
    ['activations other than Sigmoid, Tanh', 'GRU', { activations: ['HardSigmoid', 'Tanh'] }, false],
    ['clip', 'LSTM', { clip: float(3) }, false],
    ['input_forget', 'LSTM', { input_forget: 1 }, false],
    ['layout 1', 'GRU', { layout: 1 }, false],
  ] as const)('%s', (what, opType, attributes, peephole) => {
    expect(() => {
      attempt(opType, attributes, peephole);
    }).toThrow(
      expect.objectContaining({
        code: 'autodiff/recurrent',
        message: expect.stringMatching(new RegExp(`${what} ha(s|ve) no gradient`)) as string,
      }),
    );
  });

  test('the same activations written out are not', () => {
    expect(() => {
      attempt('LSTM', { activations: ['Sigmoid', 'Tanh', 'Tanh'] });
    }).not.toThrow();
  });
});
