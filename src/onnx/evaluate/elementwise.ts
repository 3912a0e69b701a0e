import type { DataType, Tensor, TensorData } from '../types.js';
import {
  broadcastMaps,
  flatIndices,
  fromBigints,
  fromNumbers,
  isPlain,
  isReal,
  isWide,
  numbersOf,
  take,
  type Kernel,
  type KernelCall,
} from './arrays.js';

/** One operator on numbers and, where 64-bit integers have it, on bigints; `undefined` refuses. */
interface Binary {
  readonly real: (a: number, b: number) => number;
  readonly wide?: (a: bigint, b: bigint) => bigint | undefined;
}

const binaries: Readonly<Record<string, Binary>> = {
  Add: { real: (a, b) => a + b, wide: (a, b) => a + b },
  Sub: { real: (a, b) => a - b, wide: (a, b) => a - b },
  Mul: { real: (a, b) => a * b, wide: (a, b) => a * b },
  Div: { real: (a, b) => a / b, wide: (a, b) => (b === 0n ? undefined : a / b) },
  Pow: { real: Math.pow },
  Min: { real: Math.min, wide: (a, b) => (a < b ? a : b) },
  Max: { real: Math.max, wide: (a, b) => (a > b ? a : b) },
  Sum: { real: (a, b) => a + b, wide: (a, b) => a + b },
  And: { real: (a, b) => a & b },
  Or: { real: (a, b) => a | b },
  Xor: { real: (a, b) => a ^ b },
};

const comparisons: Readonly<Record<string, (a: number | bigint, b: number | bigint) => boolean>> = {
  Equal: (a, b) => a === b,
  Greater: (a, b) => a > b,
  GreaterOrEqual: (a, b) => a >= b,
  Less: (a, b) => a < b,
  LessOrEqual: (a, b) => a <= b,
};

/** Real functions; those marked true also hold for integers. */
const unaries: Readonly<Record<string, readonly [operation: (a: number) => number, integers: boolean]>> = {
  Abs: [Math.abs, true],
  Neg: [(a) => -a, true],
  Sign: [Math.sign, true],
  Not: [(a) => 1 - a, true],
  Relu: [(a) => Math.max(a, 0), true],
  Ceil: [Math.ceil, false],
  Floor: [Math.floor, false],
  Round: [roundHalfEven, false],
  Sqrt: [Math.sqrt, false],
  Exp: [Math.exp, false],
  Log: [Math.log, false],
  Reciprocal: [(a) => 1 / a, false],
  Sigmoid: [(a) => 1 / (1 + Math.exp(-a)), false],
  Tanh: [Math.tanh, false],
  Sin: [Math.sin, false],
  Cos: [Math.cos, false],
};

function roundHalfEven(a: number): number {
  const rounded = Math.round(a);
  return rounded - a === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** An input stretched to the output's dimensions. */
function stretched(tensor: Tensor, dims: readonly number[]): TensorData {
  const same = tensor.dims.length === dims.length && tensor.dims.every((dim, axis) => dim === dims[axis]);
  return same ? tensor.data : take(tensor.data, flatIndices(broadcastMaps(tensor.dims, dims)));
}

function present(call: KernelCall): readonly Tensor[] {
  return call.inputs.filter((input) => input !== undefined);
}

function fold(operation: Binary): Kernel {
  return (call) => {
    const operands = present(call);
    const type = operands[0]?.type;
    if (!type || operands.some((operand) => operand.type !== type)) return undefined;
    const columns = operands.map((operand) => stretched(operand, call.dims));
    return isWide(type) ? foldWide(columns, operation, call.type) : foldReal(columns, operation, call.type);
  };
}

function foldReal(columns: readonly TensorData[], operation: Binary, type: DataType): TensorData | undefined {
  if (!isPlain(type)) return undefined;
  const [first, ...rest] = columns;
  const result = Array.from(first as Float32Array);
  for (const column of rest) {
    const other = column as Float32Array;
    for (let at = 0; at < result.length; at++) {
      const value = operation.real(result[at] ?? 0, other[at] ?? 0);
      if (!isReal(type) && !Number.isFinite(value)) return undefined;
      result[at] = isReal(type) ? value : Math.trunc(value);
    }
  }
  return fromNumbers(type, result);
}

function foldWide(columns: readonly TensorData[], operation: Binary, type: DataType): TensorData | undefined {
  const [first, ...rest] = columns;
  let result: bigint[] = Array.from(first as BigInt64Array);
  for (const column of rest) {
    const other = column as BigInt64Array;
    const next: bigint[] = [];
    for (let at = 0; at < result.length; at++) {
      const value = operation.wide?.(result[at] ?? 0n, other[at] ?? 0n);
      if (value === undefined) return undefined;
      next.push(BigInt.asIntN(64, value));
    }
    result = next;
  }
  return fromBigints(type, result);
}

function compare(holds: (a: number | bigint, b: number | bigint) => boolean): Kernel {
  return (call) => {
    const [a, b] = call.inputs;
    if (!a || !b || a.type !== b.type || !isPlain(a.type)) return undefined;
    const [left, right] = [stretched(a, call.dims), stretched(b, call.dims)] as [Float32Array, Float32Array];
    return Uint8Array.from(left, (value, at) => (holds(value, right[at] ?? 0) ? 1 : 0));
  };
}

function map([operation, integers]: readonly [(a: number) => number, boolean]): Kernel {
  return (call) => {
    if (!isReal(call.type) && (!integers || isWide(call.type))) return undefined;
    const values = numbersOf(call.inputs[0]);
    return values && fromNumbers(call.type, Array.from(values, operation));
  };
}

const cast: Kernel = (call) => {
  const [input] = call.inputs;
  if (!input || input.type === call.type) return input?.data;
  if (!isPlain(input.type) || !isPlain(call.type)) return undefined;
  if (isWide(input.type) && !isReal(call.type) && call.type !== 'bool')
    return fromBigints(call.type, Array.from(input.data as BigInt64Array));
  const values = numbersOf(input);
  if (!values) return undefined;
  if (call.type === 'bool') return Uint8Array.from(values, (value) => (value === 0 ? 0 : 1));
  if (isReal(call.type)) return fromNumbers(call.type, values);
  // What a real number outside the integers' range becomes is left to the runtime.
  const whole = Array.from(values, Math.trunc);
  return whole.every((value) => Math.abs(value) < 2 ** 31) ? fromNumbers(call.type, whole) : undefined;
};

const where: Kernel = (call) => {
  const [condition, yes, no] = call.inputs;
  if (!condition || !yes || !no || yes.type !== no.type) return undefined;
  const chosen = stretched(condition, call.dims);
  const [left, right] = [stretched(yes, call.dims), stretched(no, call.dims)];
  const joined = concatenated(left, right);
  return (
    joined &&
    take(
      joined,
      Array.from({ length: chosen.length }, (_, at) => (chosen[at] ? at : at + left.length)),
    )
  );
};

function concatenated(left: TensorData, right: TensorData): TensorData | undefined {
  if (!ArrayBuffer.isView(left) || !ArrayBuffer.isView(right)) return undefined;
  const all = left.slice(0, 0).constructor as new (length: number) => Float32Array;
  const joined = new all(left.length + right.length);
  joined.set(left as Float32Array, 0);
  joined.set(right as Float32Array, left.length);
  return joined;
}

/** Kernels that compute element by element. */
export const elementwiseKernels: Readonly<Record<string, Kernel>> = {
  ...Object.fromEntries(Object.entries(binaries).map(([name, operation]) => [name, fold(operation)])),
  ...Object.fromEntries(Object.entries(comparisons).map(([name, holds]) => [name, compare(holds)])),
  ...Object.fromEntries(Object.entries(unaries).map(([name, entry]) => [name, map(entry)])),
  Cast: cast,
  CastLike: cast,
  Where: where,
};
