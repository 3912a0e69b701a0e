import { isNumeric, type NumericData } from '../tensors.js';
import type { DataType, Tensor, TensorData } from '../types.js';

/** What a kernel gets: inputs that are there, and the inferred type and dimensions of the first output. */
export interface KernelCall {
  readonly inputs: readonly (Tensor | undefined)[];
  readonly type: DataType;
  readonly dims: readonly number[];
  readonly integer: (name: string, otherwise: number) => number;
  readonly integers: (name: string, index: number) => readonly number[] | undefined;
}

/** Computes the first output; `undefined` leaves the node as it is. */
export type Kernel = (call: KernelCall) => TensorData | undefined;

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** Types whose elements are plain numbers or bigints; the others keep bit patterns and are moved, never computed with. */
export function isPlain(type: DataType): type is keyof typeof arrays {
  return type in arrays;
}

/** Are elements bigints? */
export function isWide(type: DataType): boolean {
  return type === 'int64' || type === 'uint64';
}

/** Do elements have fractions? */
export function isReal(type: DataType): boolean {
  return type === 'float32' || type === 'float64';
}

/** Elements of a plain type from numbers, which wrap around as the type does. */
export function fromNumbers(type: DataType, values: ArrayLike<number>): NumericData | undefined {
  if (!isPlain(type)) return undefined;
  if (type === 'int64' || type === 'uint64') return arrays[type].from(Array.from(values, BigInt));
  return arrays[type].from(values);
}

/** Elements of a plain type from bigints. */
export function fromBigints(type: DataType, values: readonly bigint[]): NumericData | undefined {
  if (type === 'int64' || type === 'uint64') return arrays[type].from(values);
  return isPlain(type) ? arrays[type].from(values.map(Number)) : undefined;
}

/** All elements as numbers; `undefined` for types that are not plain. */
export function numbersOf(tensor: Tensor | undefined): ArrayLike<number> | undefined {
  if (!tensor || !isPlain(tensor.type) || !isNumeric(tensor.data)) return undefined;
  const { data } = tensor;
  return data instanceof BigInt64Array || data instanceof BigUint64Array ? Array.from(data, Number) : data;
}

/** Row-major distance between neighbours along each axis. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis--) strides[axis] = (strides[axis + 1] ?? 1) * (dims[axis + 1] ?? 1);
  return strides;
}

/** One list an axis: what each coordinate adds to the flat index of the source. NaN marks a place outside the source. */
export type AxisMaps = readonly (readonly number[])[];

/** The maps that read a tensor of `dims` broadcast to `target`. */
export function broadcastMaps(dims: readonly number[], target: readonly number[]): AxisMaps {
  const strides = stridesOf(dims);
  return target.map((size, axis) => {
    const own = axis - (target.length - dims.length);
    const step = own < 0 || dims[own] === 1 ? 0 : (strides[own] ?? 0);
    return Array.from({ length: size }, (_, index) => index * step);
  });
}

/** Flat source indices in row-major order of the coordinates that `maps` spans. */
export function flatIndices(maps: AxisMaps): Float64Array {
  let indices = Float64Array.of(0);
  for (const map of maps) {
    const next = new Float64Array(indices.length * map.length);
    let at = 0;
    for (const base of indices) for (const offset of map) next[at++] = base + offset;
    indices = next;
  }
  return indices;
}

/** Elements of `source` at flat indices, `fill` where an index is NaN. */
export function take(source: TensorData, indices: ArrayLike<number>, fill?: number | bigint): TensorData {
  if (!isNumeric(source)) return Array.from(indices, (index) => source[index] ?? '');
  const result = allocateLike(source, indices.length);
  if (result instanceof BigInt64Array || result instanceof BigUint64Array) {
    const from = source as BigInt64Array;
    const blank = BigInt(fill ?? 0);
    for (let at = 0; at < result.length; at++) result[at] = from[indices[at] ?? 0] ?? blank;
  } else {
    const from = source as Float32Array;
    const blank = Number(fill ?? 0);
    for (let at = 0; at < result.length; at++) result[at] = from[indices[at] ?? 0] ?? blank;
  }
  return result;
}

/** The first element of `source`, `length` times. */
export function repeat(source: TensorData, length: number): TensorData {
  if (!isNumeric(source)) return new Array<string>(length).fill(source[0] ?? '');
  const result = allocateLike(source, length);
  if (result instanceof BigInt64Array || result instanceof BigUint64Array) return result.fill(BigInt(source[0] ?? 0));
  return result.fill(Number(source[0] ?? 0));
}

function allocateLike(source: NumericData, length: number): NumericData {
  return new (source.constructor as new (length: number) => NumericData)(length);
}
