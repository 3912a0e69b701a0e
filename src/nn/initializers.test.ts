import { describe, expect, it } from 'vitest';
import { randomStream } from '../core/random.js';
import {
  constant,
  fans,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  kaimingUniform,
  normal,
  ones,
  truncatedNormal,
  uniform,
  zeros,
  type Initializer,
} from './initializers.js';

const kernel = [64, 32, 3, 3];
const fanIn = 32 * 9;
const fanOut = 64 * 9;

const cases: readonly (readonly [string, Initializer, { readonly deviation: number; readonly bound: number }])[] = [
  ['glorotUniform', glorotUniform, bounded(Math.sqrt(6 / (fanIn + fanOut)))],
  ['glorotNormal', glorotNormal, unbounded(Math.sqrt(2 / (fanIn + fanOut)))],
  ['heNormal', heNormal(), unbounded(Math.sqrt(2 / fanIn))],
  ['heNormal out', heNormal({ mode: 'out' }), unbounded(Math.sqrt(2 / fanOut))],
  ['heUniform', heUniform(), bounded(Math.sqrt(6 / fanIn))],
  ["kaimingUniform, torch's default", kaimingUniform(), bounded(1 / Math.sqrt(fanIn))],
  ['kaimingUniform, ReLU', kaimingUniform({ slope: 0 }), bounded(Math.sqrt(6 / fanIn))],
  ['uniform', uniform({ bound: 0.3 }), bounded(0.3)],
  ['normal', normal({ deviation: 0.7 }), unbounded(0.7)],
  ['truncatedNormal', truncatedNormal({ deviation: 0.02 }), { deviation: 0.02 * 0.8796, bound: 0.04 }],
];

function bounded(bound: number): { readonly deviation: number; readonly bound: number } {
  return { deviation: bound / Math.sqrt(3), bound };
}
function unbounded(deviation: number): { readonly deviation: number; readonly bound: number } {
  return { deviation, bound: 6 * deviation };
}

describe('initializers', () => {
  it.each(cases)('%s has mean 0, its deviation and its bound', (_name, init, { deviation, bound }) => {
    const values = init(kernel, randomStream(1));
    expect(values).toHaveLength(64 * 32 * 9);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    expect(Math.abs(mean)).toBeLessThan((5 * deviation) / Math.sqrt(values.length));
    expect(Math.abs(spread / deviation - 1)).toBeLessThan(0.02);
    expect(values.every((value) => Math.abs(value) <= Math.fround(bound))).toBe(true);
  });

  it('counts fans of matrices, kernels, depthwise kernels and vectors', () => {
    expect(fans([10, 20])).toEqual({ in: 20, out: 10 });
    expect(fans(kernel)).toEqual({ in: fanIn, out: fanOut });
    expect(fans([16, 1, 3, 3])).toEqual({ in: 9, out: 144 });
    expect(fans([7])).toEqual({ in: 7, out: 7 });
  });

  it('fills with one value', () => {
    expect([...zeros([2, 2], randomStream(0))]).toEqual([0, 0, 0, 0]);
    expect([...ones([2], randomStream(0))]).toEqual([1, 1]);
    expect([...constant(0.5)([], randomStream(0))]).toEqual([0.5]);
  });
});
