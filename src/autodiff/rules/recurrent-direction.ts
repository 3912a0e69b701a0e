import type { Value } from '../../onnx/assembler.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import { fixedDim, reshapeLike } from '../shapes.js';

/** One direction of a recurrent operator, its sequences in the order in which it reads them. */
export interface Direction {
  readonly g: GraphBuilder;
  /** (L, N, D) */
  readonly x: Value;
  /** (gates H, D) */
  readonly w: Value;
  /** (gates H, H) */
  readonly r: Value;
  /** Both biases, (gates H) each. */
  readonly bias: { readonly input: Value; readonly recurrent: Value } | undefined;
  /** States before the first step, (N, H). */
  readonly initial: { readonly hidden: Value | undefined; readonly cell: Value | undefined };
  /** What the operator gave, (L, N, H). */
  readonly y: Value;
  /** dL/dh at each step, (L, N, H), but for what comes from later steps. */
  readonly dy: Value | undefined;
  /** dL/dc at each step likewise. */
  readonly dcs: Value | undefined;
  /** dL/dh and dL/dc behind the last step, (N, H). */
  readonly last: { readonly hidden: Value; readonly cell: Value };
  /** Zeros (N, H). */
  readonly zeros: Value;
  /** Which gradients are wanted. */
  readonly needs: { readonly x: boolean; readonly w: boolean; readonly r: boolean; readonly bias: boolean };
}

/** Gradients of one direction; those of the initial states are always there. */
export interface DirectionGradients {
  /** (L, N, D) */
  readonly x?: Value | undefined;
  readonly w?: Value | undefined;
  readonly r?: Value | undefined;
  /** (2 gates H) */
  readonly bias?: Value | undefined;
  readonly hidden: Value;
  readonly cell?: Value | undefined;
}

/** (L, N, size) as rows (L N, size). */
export function rows(g: GraphBuilder, x: Value): Value {
  return g.reshape(x, [-1, fixedDim(x, -1)]);
}

/** (L, N, H) of the step before each, which begins with `first` or zeros. */
export function before(g: GraphBuilder, x: Value, first: Value | undefined): Value {
  if (!first) return g.pad(x, [1, 0, 0, -1, 0, 0]);
  return g.concat([g.unsqueeze(first, [0]), g.slice(x, { starts: [0], ends: [-1], axes: [0] })], 0);
}

/** Rows (L N, H) as (L, N, 1, H) side by side: (L, N, count, H). */
export function blocks(g: GraphBuilder, parts: readonly Value[], like: Value): Value {
  return g.concat(
    parts.map((part) => g.unsqueeze(reshapeLike(g, part, like), [2])),
    2,
  );
}

/** Splits rows (.., count size) into `count` of (.., size). */
export function split(g: GraphBuilder, x: Value, sizes: readonly number[], axis = 1): readonly Value[] {
  return sizes.length === 1 ? [x] : g.node('Split', [x, g.ints(sizes)], { axis }, { outputs: sizes.length });
}

/** y (1 - y): the slope of a sigmoid. */
export function slope(g: GraphBuilder, y: Value): Value {
  return g.sub(y, g.mul(y, y));
}

/** The rows of a weight (gates H, size) with its gates in another order. */
export function reorder(g: GraphBuilder, weight: Value, order: readonly number[]): Value {
  const parts = split(g, weight, new Array<number>(order.length).fill(fixedDim(weight, 0) / order.length), 0);
  return g.concat(
    order.flatMap((gate) => parts[gate] ?? []),
    0,
  );
}

/** Sum of the gradients of a bias over rows (L N, size). */
export function biasGradient(g: GraphBuilder, dz: Value): Value {
  return g.reduceSum(dz, [0], false);
}

/** a + b, with b perhaps absent. */
export function plus(g: GraphBuilder, a: Value, b: Value | undefined): Value {
  return b ? g.add(a, b) : a;
}

/** The first two values of a list that has as many. */
export function two(values: readonly (Value | undefined)[]): readonly [Value, Value] {
  const [a, b] = values;
  if (!a || !b) throw new RangeError('Two values expected.');
  return [a, b];
}

/** The first three. */
export function three(values: readonly (Value | undefined)[]): readonly [Value, Value, Value] {
  const [a, b, c] = values;
  if (!a || !b || !c) throw new RangeError('Three values expected.');
  return [a, b, c];
}

/** The first four. */
export function four(values: readonly (Value | undefined)[]): readonly [Value, Value, Value, Value] {
  const [a, b, c, d] = values;
  if (!a || !b || !c || !d) throw new RangeError('Four values expected.');
  return [a, b, c, d];
}
