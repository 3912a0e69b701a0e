import { readFileSync } from 'node:fs';
import { adam, adamW, rmsProp, sgd, type Optimizer } from '../../src/autodiff/index.js';
import { replaceInitializers } from '../../src/onnx/rewrite/index.js';
import type { Model, Tensor } from '../../src/onnx/types.js';
import type { TensorRecord } from '../../src/runtime/index.js';
import { pattern } from './pattern.js';

/** What test/golden/golden.py keeps of a tensor. */
export type Summary =
  | { readonly zero: true }
  | {
      readonly norm: number;
      readonly max: number;
      readonly dots: readonly number[];
      readonly at: readonly number[];
      readonly values: readonly number[];
    };

/** A file written by test/golden/models.py. */
export interface GoldenModel {
  readonly input: {
    readonly dims: number[];
    readonly values?: number[];
    readonly pattern?: string;
    readonly scale?: number;
    readonly offset?: number;
  };
  readonly labels: readonly number[];
  readonly parameters: readonly {
    readonly name: string;
    readonly dims: number[];
    readonly pattern: string;
    readonly scale: number;
    readonly offset: number;
  }[];
  readonly parameterCount: number;
  readonly optimizer: Readonly<Record<string, number | string | boolean>> & {
    readonly kind: string;
    readonly learningRate: number;
  };
  readonly logits: readonly (readonly number[])[];
  readonly losses: readonly number[];
  readonly gradients: Readonly<Record<string, Summary>>;
  readonly after: Readonly<Record<string, Summary>>;
  readonly running: Readonly<Record<string, Summary>>;
}

export function readGolden(name: string): GoldenModel {
  return JSON.parse(readFileSync(new URL(`../golden/models-${name}.json`, import.meta.url), 'utf8')) as GoldenModel;
}

/** The model with the golden file's parameters. */
export function withGoldenParameters(model: Model, golden: GoldenModel): Model {
  const entries = golden.parameters.map(({ name, dims, pattern: key, scale, offset }): [string, Tensor] => [
    name,
    { type: 'float32', dims, data: pattern(key, dims, scale, offset) },
  ]);
  return replaceInitializers(model, new Map(entries));
}

/** The golden file's batch, under the names of the model's input and of the loss's target. */
export function goldenBatch({ input, labels }: GoldenModel, inputName: string): TensorRecord {
  const { dims, values } = input;
  const x: Tensor = values
    ? { type: 'int64', dims, data: BigInt64Array.from(values, BigInt) }
    : { type: 'float32', dims, data: pattern(input.pattern ?? '', dims, input.scale, input.offset) };
  return { [inputName]: x, labels: { type: 'int64', dims: [labels.length], data: BigInt64Array.from(labels, BigInt) } };
}

export function goldenOptimizer({ optimizer }: GoldenModel): Optimizer {
  const { kind } = optimizer;
  const makers: Readonly<Record<string, (options: object) => Optimizer>> = { sgd, adam, adamw: adamW, rmsprop: rmsProp };
  const make = makers[kind];
  if (!make) throw new Error(`Unknown optimizer ${kind}.`);
  const { epsilon, weightDecay, momentum, alpha, beta1, beta2, nesterov } = optimizer as Record<string, number>;
  const given = Object.entries({ epsilon, weightDecay, momentum, alpha, beta1, beta2, nesterov }).filter(
    ([, value]) => value !== undefined,
  );
  return make(Object.fromEntries(given));
}

/** An optimizer that changes nothing and keeps each gradient as its state. */
export const keepGradients: Optimizer = {
  name: 'keep-gradients',
  slots: ['gradient'],
  emit: ({ parameter, gradient }) => ({ parameter, slots: [gradient] }),
};

/** The largest disagreement of a tensor with its summary, relative to the tensor's norm; `scale` stands in for the norm of a zero one. */
export function summaryError(name: string, tensor: Tensor, summary: Summary, scale: number): number {
  const data = Float64Array.from(tensor.data as Float32Array);
  const norm = Math.hypot(...chunked(data));
  if ('zero' in summary) return norm / scale;
  const errors = [Math.abs(norm - summary.norm) / summary.norm];
  summary.dots.forEach((dot, k) => {
    const probe = pattern(`probe/${k}/${name}`, [data.length]);
    let sum = 0;
    for (let i = 0; i < data.length; i++) sum += (data[i] ?? 0) * (probe[i] ?? 0);
    // A probe's entries have variance 1/3, so its dot product with an error of norm e is of the size e / sqrt(3).
    errors.push(Math.abs(sum - dot) / summary.norm);
  });
  summary.at.forEach((index, k) => errors.push(Math.abs((data[index] ?? 0) - (summary.values[k] ?? 0)) / summary.norm));
  return Math.max(...errors);
}

/** Norms of slices, as Math.hypot takes a limited number of arguments. */
function chunked(data: Float64Array): number[] {
  const parts: number[] = [];
  for (let start = 0; start < data.length; start += 4096) parts.push(Math.hypot(...data.subarray(start, start + 4096)));
  return parts.length > 4096 ? [Math.sqrt(parts.reduce((sum, part) => sum + part * part, 0))] : parts;
}
