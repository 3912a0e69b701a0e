import {
  flatIndices,
  fromBigints,
  fromNumbers,
  isReal,
  isWide,
  numbersOf,
  stridesOf,
  type Kernel,
  type KernelCall,
} from './arrays.js';

interface Accumulator {
  readonly start: number;
  readonly real: (sum: number, value: number) => number;
  readonly wide?: (sum: bigint, value: bigint) => bigint;
  readonly finish?: (sum: number, count: number) => number;
}

const sum = { start: 0, real: (a: number, b: number) => a + b, wide: (a: bigint, b: bigint) => a + b };

const accumulators: Readonly<Record<string, Accumulator>> = {
  ReduceSum: sum,
  ReduceProd: { start: 1, real: (a, b) => a * b, wide: (a, b) => a * b },
  ReduceMax: { start: -Infinity, real: Math.max },
  ReduceMin: { start: Infinity, real: Math.min },
  ReduceMean: { ...sum, finish: (total, count) => total / count },
  ReduceL1: { start: 0, real: (a, b) => a + Math.abs(b) },
  ReduceL2: { start: 0, real: (a, b) => a + b * b, finish: Math.sqrt },
  ReduceSumSquare: { start: 0, real: (a, b) => a + b * b },
};

/** The output index of each input element. */
function targets(call: KernelCall, dims: readonly number[]): Float64Array {
  const rank = dims.length;
  const axes = call.integers('axes', 1);
  const none = !axes || axes.length === 0;
  const reduced = new Set(none ? [...dims.keys()] : axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  const kept = stridesOf(dims.map((dim, axis) => (reduced.has(axis) ? 1 : dim)));
  return flatIndices(
    dims.map((dim, axis) => Array.from({ length: dim }, (_, index) => (reduced.has(axis) ? 0 : index * (kept[axis] ?? 1)))),
  );
}

function reduce({ start, real, wide, finish }: Accumulator): Kernel {
  return (call) => {
    const [input] = call.inputs;
    if (!input || call.integer('noop_with_empty_axes', 0) !== 0) return undefined;
    const length = call.dims.reduce((a, b) => a * b, 1);
    const to = targets(call, input.dims);
    if (isWide(input.type)) {
      if (!wide || finish) return undefined;
      const totals = new Array<bigint>(length).fill(BigInt(start));
      for (const [at, value] of (input.data as BigInt64Array).entries())
        totals[to[at] ?? 0] = wide(totals[to[at] ?? 0] ?? 0n, value);
      return fromBigints(call.type, totals);
    }
    const values = numbersOf(input);
    if (!values || !isReal(input.type) || (to.length === 0 && length > 0)) return undefined;
    const totals = new Array<number>(length).fill(start);
    for (let at = 0; at < values.length; at++) totals[to[at] ?? 0] = real(totals[to[at] ?? 0] ?? 0, values[at] ?? 0);
    return fromNumbers(call.type, finish ? totals.map((total) => finish(total, values.length / Math.max(length, 1))) : totals);
  };
}

const range: Kernel = ({ inputs, dims, type }) => {
  const [start, delta] = [numbersOf(inputs[0])?.[0], numbersOf(inputs[2])?.[0]];
  if (start === undefined || delta === undefined) return undefined;
  return fromNumbers(
    type,
    Array.from({ length: dims[0] ?? 0 }, (_, index) => start + index * delta),
  );
};

/** Kernels that combine or count elements. */
export const reductionKernels: Readonly<Record<string, Kernel>> = {
  ...Object.fromEntries(Object.entries(accumulators).map(([name, accumulator]) => [name, reduce(accumulator)])),
  Range: range,
};
