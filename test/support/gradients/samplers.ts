import { pattern } from '../pattern.js';

/** Fills an operand: as many numbers as asked for, the same ones for the same stream. */
export type Sampler = (stream: string, count: number) => Float32Array<ArrayBuffer>;

/** Multiples of 2^-12, so that adding a step of 2^-7 to a small number is exact in float32. */
function onGrid(values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return values.map((value) => Math.round(value * 4096) / 4096);
}

/** Evenly between two bounds. */
export function between(low: number, high: number): Sampler {
  return (stream, count) => onGrid(pattern(stream, [count], (high - low) / 2, (high + low) / 2));
}

/** Anything from -2 to 2. */
export const anything = between(-2, 2);

/** From 0.5 to 2, for logarithms, roots and divisors. */
export const positive = between(0.5, 2);

/** Both signs, magnitudes from 0.5 to 2. */
export const nonZero: Sampler = (stream, count) => anything(stream, count).map((value) => value + (value < 0 ? -0.5 : 0.5));

/** From -4 to 4, at least 1/8 from each of the points where a function has a corner or a jump. */
export function avoiding(...kinks: readonly number[]): Sampler {
  const wide = between(-4, 4);
  const margin = 1 / 8;
  return (stream, count) =>
    wide(stream, count).map((value) => {
      const kink = kinks.find((point) => Math.abs(value - point) < margin);
      return kink === undefined ? value : kink + (value < kink ? -margin : margin);
    });
}

/** Multiples of 1/8 around 0, no two equal: a small step changes no order. */
export const distinct: Sampler = (stream, count) => {
  const keys = pattern(stream, [count]);
  const order = [...keys.keys()].sort((a, b) => keys[a]! - keys[b]!);
  const values = new Float32Array(count);
  order.forEach((position, place) => (values[position] = (place - count / 2) / 8));
  return values;
};

/** Samplers for several operands whose elements, taken together, are distinct: multiples of 1/2 plus an eighth for each operand. */
export function distinctFrom(operand: number): Sampler {
  return (stream, count) => distinct(stream, count).map((value) => Math.round(value * 8) / 2 + operand / 8);
}
