/** Every `stride`th result of a transposed convolution along one axis: a plain convolution with some of the kernel's elements. */
export interface Phase {
  /** Elements of the kernel, in the order in which they meet the input. */
  readonly taps: readonly number[];
  /** Padding before and after. */
  readonly begin: number;
  readonly end: number;
}

/** Where a phase lies. */
export interface PhaseRequest {
  /** Its first result, below the stride. */
  readonly at: number;
  readonly stride: number;
  /** The transposed convolution's padding before. */
  readonly pad: number;
  /** Sizes of input, output and kernel. */
  readonly from: number;
  readonly to: number;
  readonly kernel: number;
}

/**
 * y[stride i + at] = sum over k of w[k] x[i + (at + pad - k) / stride], where that is whole. `undefined` where the phases differ in length,
 * no element of the kernel meets this one, or its padding would be negative.
 */
export function phaseOf({ at, stride, pad, from, to, kernel }: PhaseRequest): Phase | undefined {
  if (to % stride !== 0) return undefined;
  const taps = Array.from({ length: kernel }, (_, index) => kernel - 1 - index).filter((k) => (at + pad - k) % stride === 0);
  const [first, last] = [taps[0], taps.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const begin = (first - at - pad) / stride;
  const end = to / stride - 1 + (at + pad - last) / stride - (from - 1);
  return begin >= 0 && end >= 0 ? { taps, begin: Math.abs(begin), end } : undefined;
}
