import { MessierError } from '../core/errors.js';
import { floatBits16, type HalfType } from './half.js';
import type { DataType, Tensor, TensorData } from './types.js';

/** What a tensor keeps its elements in; every one but the list of strings. */
export type NumericData = Exclude<TensorData, readonly string[]>;

interface Storage {
  /** Bits of one element; 4-bit types share a byte. */
  readonly bits: number;
  readonly array: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => NumericData;
}

const byte: Storage = { bits: 8, array: Uint8Array };
const nibble: Storage = { bits: 4, array: Uint8Array };
const half: Storage = { bits: 16, array: Uint16Array };

const storages: Readonly<Record<Exclude<DataType, 'string'>, Storage>> = {
  float32: { bits: 32, array: Float32Array },
  float64: { bits: 64, array: Float64Array },
  int8: { bits: 8, array: Int8Array },
  int16: { bits: 16, array: Int16Array },
  int32: { bits: 32, array: Int32Array },
  int64: { bits: 64, array: BigInt64Array },
  uint8: byte,
  uint16: half,
  uint32: { bits: 32, array: Uint32Array },
  uint64: { bits: 64, array: BigUint64Array },
  bool: byte,
  float16: half,
  bfloat16: half,
  float8e4m3fn: byte,
  float8e4m3fnuz: byte,
  float8e5m2: byte,
  float8e5m2fnuz: byte,
  uint4: nibble,
  int4: nibble,
  complex64: { bits: 64, array: Float32Array },
  complex128: { bits: 128, array: Float64Array },
};

/**
 * Product of the dimensions; 1 for a scalar.
 *
 * @throws MessierError `onnx/negative-dim` for a dimension that is no natural number, `onnx/limit` for a product above 2^53.
 */
export function elementCount(dims: readonly number[]): number {
  let count = 1;
  let empty = false;
  for (const dim of dims) {
    if (!Number.isInteger(dim) || dim < 0) {
      throw new MessierError('onnx/negative-dim', `Dimensions are whole numbers from 0 up; [${dims.join(', ')}] has ${dim}.`);
    }
    empty ||= dim === 0;
    count *= dim;
  }
  if (empty && dims.every(Number.isSafeInteger)) return 0;
  if (empty || count > Number.MAX_SAFE_INTEGER) {
    throw new MessierError('onnx/limit', `Dimensions [${dims.join(', ')}] claim more elements than 2^53; no memory holds that.`);
  }
  return count;
}

/** Bytes that `count` elements take in a file; 4-bit types round up. Strings have no fixed size and are refused. */
export function byteSize(type: DataType, count: number): number {
  return Math.ceil((count * storageOf(type).bits) / 8);
}

/** Bytes to which elements of this type are aligned in memory. */
export function alignment(type: DataType): number {
  return type === 'complex64' ? 4 : Math.max(1, Math.min(8, storageOf(type).bits / 8));
}

/**
 * A typed array over little-endian bytes, without a copy. Every platform that Node or a browser supports is little-endian.
 * The bytes start at a multiple of {@link alignment}.
 */
export function viewBytes(type: DataType, bytes: Uint8Array): NumericData {
  const { array } = storageOf(type);
  const size = type === 'complex128' ? 8 : alignment(type);
  return new array(bytes.buffer, bytes.byteOffset, bytes.byteLength / size);
}

/** The bytes of a numeric tensor, without a copy. */
export function tensorBytes(tensor: Tensor): Uint8Array {
  const { data } = tensor;
  if (isNumeric(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw new MessierError('onnx/data-type', 'A string tensor has no fixed byte layout; read its `data` as a list.');
}

/** Are these numbers, not strings? */
export function isNumeric(data: TensorData): data is NumericData {
  return ArrayBuffer.isView(data);
}

/**
 * Holds the tensor to its own word: as many elements as its dimensions claim, in the array its type asks for.
 *
 * @throws MessierError `onnx/tensor-size` for another number of elements, `onnx/data-type` for another kind of array.
 */
export function checkTensor(tensor: Tensor, name: string): void {
  const count = elementCount(tensor.dims);
  const claim = `Tensor "${name}" (${tensor.type} [${tensor.dims.join(', ')}])`;
  if (tensor.type === 'string') {
    if (isNumeric(tensor.data)) throw new MessierError('onnx/data-type', `${claim} holds numbers; strings expected.`);
    if (tensor.data.length === count) return;
    throw new MessierError('onnx/tensor-size', `${claim}: ${count} strings expected, ${tensor.data.length} found.`);
  }
  if (!(tensor.data instanceof storageOf(tensor.type).array)) {
    throw new MessierError('onnx/data-type', `${claim} does not lie in the array of its type; see TensorData.`);
  }
  const expected = byteSize(tensor.type, count);
  if (tensor.data.byteLength === expected) return;
  throw new MessierError('onnx/tensor-size', `${claim}: ${expected} bytes expected, ${tensor.data.byteLength} found.`);
}

/** A float32 tensor. */
export function float32(dims: readonly number[], values: ArrayLike<number>): Tensor {
  const tensor: Tensor = { type: 'float32', dims, data: values instanceof Float32Array ? values : Float32Array.from(values) };
  checkTensor(tensor, 'float32');
  return tensor;
}

/** A one-dimensional int64 tensor. 2^63, which stands for the largest int64 in attributes ("to the end"), becomes just that. */
export function int64(values: readonly number[]): Tensor {
  return { type: 'int64', dims: [values.length], data: BigInt64Array.from(values, toInt64) };
}

function toInt64(value: number): bigint {
  return value === 2 ** 63 ? 2n ** 63n - 1n : BigInt(value);
}

/** A tensor without dimensions. */
export function scalar(value: number, type: DataType = 'float32'): Tensor {
  return filled([], value, type);
}

/**
 * A tensor that holds `value` everywhere.
 *
 * @throws MessierError `onnx/data-type` for a type that no single number stands for.
 */
export function filled(dims: readonly number[], value: number, type: DataType): Tensor {
  const { array, bits } = storageOf(type);
  if (type.startsWith('float8') || type.startsWith('complex') || bits < 8) {
    throw new MessierError(
      'onnx/data-type',
      `A tensor of ${type} is not made from a plain number; float32 and the integers are.`,
    );
  }
  const count = elementCount(dims);
  const data = new array(new ArrayBuffer(byteSize(type, count)), 0, count);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) data.fill(BigInt(Math.trunc(value)));
  else data.fill(isHalf(type) ? floatBits16(value, type) : value);
  return { type, dims, data };
}

/**
 * Elements of an integer or bool tensor as numbers. int64 values beyond 2^53 become the nearest number.
 *
 * @throws MessierError `onnx/data-type` for any other type.
 */
export function integers(tensor: Tensor): number[] {
  const { type, data } = tensor;
  if (!isNumeric(data) || !/^(u?int(8|16|32|64)|bool)$/.test(type)) {
    throw new MessierError('onnx/data-type', `Integers expected, a tensor of ${type} received.`);
  }
  return Array.from<number | bigint, number>(data, Number);
}

function isHalf(type: DataType): type is HalfType {
  return type === 'float16' || type === 'bfloat16';
}

function storageOf(type: DataType): Storage {
  if (type === 'string') throw new MessierError('onnx/data-type', 'Strings have no fixed size; this tensor needs numbers.');
  return storages[type];
}
