import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pattern } from '../../test/support/pattern.js';
import { relativeError, runSteps } from '../../test/support/run-steps.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Model, Tensor } from '../onnx/types.js';
import { meanSquaredError } from './losses.js';
import { adam, adamW, rmsProp, sgd, type Optimizer } from './optimizers.js';
import { trainingStep } from './training-step.js';

/** A case of test/golden/optimizers.json, made with torch.optim; see optimizers.py. */
interface GoldenOptimizer {
  readonly name: string;
  readonly kind: 'sgd' | 'adam' | 'adamw' | 'rmsprop';
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly alpha: number;
  readonly epsilon: number;
  readonly clipNorm: number | null;
  readonly emaDecay: number | null;
  /** Of weight and bias. */
  readonly rateFactors: readonly [number, number] | null;
  readonly learningRates: readonly number[];
  readonly steps: readonly {
    readonly loss: number;
    readonly weight: readonly number[];
    readonly bias: readonly number[];
    readonly gradientNorm?: number;
    readonly emaWeight?: readonly number[];
    readonly emaBias?: readonly number[];
  }[];
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/optimizers.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly GoldenOptimizer[];
};

const optimizers: Readonly<Record<GoldenOptimizer['kind'], (one: GoldenOptimizer) => Optimizer>> = {
  sgd: ({ momentum, nesterov, weightDecay }) => sgd({ momentum, nesterov, weightDecay }),
  adam: ({ beta1, beta2, epsilon, weightDecay }) => adam({ beta1, beta2, epsilon, weightDecay }),
  adamw: ({ beta1, beta2, epsilon, weightDecay }) => adamW({ beta1, beta2, epsilon, weightDecay }),
  rmsprop: ({ alpha, epsilon, momentum, weightDecay }) => rmsProp({ alpha, epsilon, momentum, weightDecay }),
};

const tensor = (name: string, dims: readonly number[], scale = 1): Tensor => ({
  type: 'float32',
  dims,
  data: pattern(`optimizers/${name}`, dims, scale),
});

/** y = x weight^T + bias. */
function layer(): Model {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', [6, 4]);
  const weight = g.parameter('weight', tensor('weight', [3, 4], 0.5));
  const bias = g.parameter('bias', tensor('bias', [3], 0.1));
  g.output(g.gemm(x, weight, bias, { transB: true }), 'y');
  return g.build();
}

describe('optimizers follow those of PyTorch', () => {
  test.each(golden.cases)('$name', async (one) => {
    const step = trainingStep(layer(), {
      loss: meanSquaredError(),
      optimizer: optimizers[one.kind](one),
      ...(one.clipNorm === null ? {} : { clipNorm: one.clipNorm }),
      ...(one.emaDecay === null ? {} : { averageDecay: one.emaDecay }),
      ...(one.rateFactors === null ? {} : { rateFactor: (name) => one.rateFactors![name === 'weight' ? 0 : 1] }),
    });
    const results = await runSteps(step, one.learningRates, { x: tensor('x', [6, 4]), targets: tensor('target', [6, 3]) });
    one.steps.forEach((expected, index) => {
      const { scalars, state } = results[index]!;
      const errors = {
        loss: relativeError([scalars['loss']!], [expected.loss]),
        weight: relativeError(state.get('weight')!, expected.weight),
        bias: relativeError(state.get('bias')!, expected.bias),
        ...(expected.gradientNorm === undefined
          ? {}
          : { norm: relativeError([scalars['gradientNorm']!], [expected.gradientNorm]) }),
        ...(expected.emaWeight ? { average: relativeError(state.get('weight/average')!, expected.emaWeight) } : {}),
        ...(expected.emaBias ? { averageBias: relativeError(state.get('bias/average')!, expected.emaBias) } : {}),
      };
      for (const [what, error] of Object.entries(errors)) expect(error, `${what} after step ${index + 1}`).toBeLessThan(2e-5);
    });
  });
});

describe('what an optimizer refuses', () => {
  test.each<[string, () => Optimizer]>([
    ['a momentum of 1', () => sgd({ momentum: 1 })],
    ['Nesterov without momentum', () => sgd({ nesterov: true })],
    ['a negative decay', () => adamW({ weightDecay: -1 })],
    ['a beta of 1', () => adam({ beta2: 1 })],
    ['an epsilon of 0', () => rmsProp({ epsilon: 0 })],
    ['what is no number', () => rmsProp({ alpha: NaN })],
  ])('%s', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'optimizer/option' }));
  });
});
