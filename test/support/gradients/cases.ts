import fc from 'fast-check';
import type { AttributeInput, NodeOptions } from '../../../src/onnx/assembler.js';
import type { GradientCase, Operand } from './check.js';
import type { Sampler } from './samplers.js';

/** A case with a description of what fast-check drew for it. */
export interface DrawnCase extends GradientCase {
  readonly label: string;
}

/** Cases by operator, named as in the registry of rules. */
export type CaseTable = Readonly<Record<string, fc.Arbitrary<DrawnCase>>>;

/** Cases made from drawn parameters, which describe the case in messages. */
export function drawn<T>(parameters: fc.Arbitrary<T>, make: (parameters: T) => GradientCase): fc.Arbitrary<DrawnCase> {
  return parameters.map((values) => ({ ...make(values), label: JSON.stringify(values) }));
}

/** One node over operands. */
export function nodeCase(
  opType: string,
  operands: readonly Operand[],
  attributes: Readonly<Record<string, AttributeInput>> = {},
  options: NodeOptions & { readonly opset?: number } = {},
): GradientCase {
  const { opset, ...rest } = options;
  return {
    operands,
    build: (g, values) => g.op(opType, values, attributes, rest),
    ...(opset === undefined ? {} : { opset }),
  };
}

/** An operand of known shape. */
export function operand(dims: readonly number[], sample: Sampler): Operand {
  return { dims, sample };
}

/** Sizes from `least` to `most`. */
export function dims(rank: { readonly from: number; readonly to: number }, most = 4, least = 1): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: least, max: most }), { minLength: rank.from, maxLength: rank.to });
}

/** As many draws as a list has entries, each drawn for its entry. */
export function each<T, U>(list: readonly T[], draw: (entry: T, index: number) => fc.Arbitrary<U>): fc.Arbitrary<U[]> {
  return fc.tuple(...list.map(draw));
}

/** Shapes that broadcast to one: leading axes left out, others of size 1. */
export function broadcastable(count: number, rank = { from: 0, to: 4 }, most = 3): fc.Arbitrary<number[][]> {
  return dims(rank, most).chain((shape) =>
    fc.array(
      fc
        .tuple(fc.nat(shape.length), fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }))
        .map(([dropped, ones]) => shape.map((dim, axis) => (ones[axis] ? 1 : dim)).slice(dropped)),
      { minLength: count, maxLength: count },
    ),
  );
}

/** An axis of that many, counted from the front or from the back. */
export function axisOf(rank: number): fc.Arbitrary<number> {
  return fc.integer({ min: -rank, max: rank - 1 });
}

/** Some axes, each counted from either end, in any order. */
export function axesOf(rank: number, least = 1): fc.Arbitrary<number[]> {
  return fc
    .shuffledSubarray([...new Array(rank).keys()], { minLength: Math.min(least, rank) })
    .chain((axes) => each(axes, (axis) => fc.constantFrom(axis, axis - rank)));
}
