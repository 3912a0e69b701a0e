/** What a case of the layers' contract is, and the formulas that several cases share. */
import type { Network } from '../../src/nn/index.js';
import type { Value } from '../../src/onnx/assembler.js';
import { attend, erf, scale, standardize, type Matrix, type Picture, type Vector } from './plain-layers.js';

/** Looks up a parameter as nested arrays. */
export interface Weights {
  vector(name: string): Vector;
  matrix(name: string): Matrix;
  picture(name: string): Picture;
  filters(name: string): Picture[];
}

/** A layer on a tiny input, and the same as plain loops over one item of the batch. */
export interface Case {
  readonly layer: string;
  readonly about: string;
  readonly input: 'picture' | 'sequence' | 'row' | 'tokens';
  readonly build: (net: Network, x: Value) => Value;
  readonly plain: (x: never, weights: Weights) => unknown;
}

export const plane = (picture: Picture, o: (plane: Matrix, channel: number) => Matrix): Picture => picture.map(o);
export const relu = (x: number): number => Math.max(0, x);
export const relu6 = (x: number): number => Math.min(6, relu(x));
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
export const gelu = (x: number): number => (x / 2) * (1 + erf(x / Math.SQRT2));
export const each = (picture: Picture, f: (x: number) => number): Picture => picture.map((p) => p.map((row) => row.map(f)));
export const plus = <T>(a: T, b: T): T =>
  (Array.isArray(a) && Array.isArray(b)
    ? a.map((value, index) => plus(value as unknown, b[index] as unknown))
    : Number(a) + Number(b)) as T;
export const meanOf = (p: Matrix): number => p.flat().reduce((total, value) => total + value, 0) / p.flat().length;

export const batchNormed = (x: Picture, w: Weights, name: string): Picture =>
  plane(x, (p, c) => {
    const slope = w.vector(`${name}.weight`)[c]! / Math.sqrt(w.vector(`${name}.running_var`)[c]! + 1e-5);
    return scale(p, slope, w.vector(`${name}.bias`)[c]! - slope * w.vector(`${name}.running_mean`)[c]!);
  });
export const layerNormed = (row: Vector, w: Weights, name: string): Vector =>
  standardize(row).map((value, d) => w.vector(`${name}.weight`)[d]! * value + w.vector(`${name}.bias`)[d]!);
export const attended = (x: Matrix, w: Weights, name: string, heads: number, visible: readonly boolean[]): Matrix =>
  attend(
    x,
    heads,
    {
      into: w.matrix(`${name}.in_proj_weight`),
      intoBias: w.vector(`${name}.in_proj_bias`),
      out: w.matrix(`${name}.out_proj.weight`),
      outBias: w.vector(`${name}.out_proj.bias`),
    },
    visible,
  );
