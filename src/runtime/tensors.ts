import { Tensor as OrtTensor } from 'onnxruntime-node';
import { MessierError } from '../core/errors.js';
import { isNumeric, viewBytes, byteSize, type NumericData } from '../onnx/tensors.js';
import type { DataType, Tensor } from '../onnx/types.js';

type RunnableType = Exclude<OrtTensor.Type, 'uint4' | 'int4' | 'string'>;

const runnable: ReadonlySet<string> = new Set<RunnableType>([
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
]);

const isRunnable = (type: DataType): type is RunnableType => runnable.has(type);

/**
 * A tensor as ONNX Runtime takes it, over the same memory.
 *
 * @throws MessierError `runtime/tensor-type` for an element type that cannot be fed, `runtime/tensor-size` where data and dimensions disagree.
 */
export function toOrt(name: string, tensor: Tensor): OrtTensor {
  const { type, dims, data } = tensor;
  try {
    if (!isNumeric(data)) return new OrtTensor('string', [...data], dims);
    if (isRunnable(type)) return new OrtTensor(type, data, dims);
  } catch (cause) {
    throw new MessierError(
      'runtime/tensor-size',
      `"${name}": ${type}[${dims.join(', ')}] expected, ${data.constructor.name} of ${data.length} elements received. Check dims and data.`,
      { cause },
    );
  }
  throw new MessierError(
    'runtime/tensor-type',
    `"${name}" is ${type}, which ONNX Runtime takes from a file only. Feed float32 or float16 and cast in the graph.`,
  );
}

/** A tensor of ONNX Runtime in processor memory, over the same memory. */
export function fromOrt(tensor: OrtTensor): Tensor {
  const { data, dims, type } = tensor;
  if (Array.isArray(data)) return { type: 'string', dims, data };
  // Where Node knows Float16Array, ONNX Runtime gives one; our tensors keep the bits.
  if (type === 'float16') return { type, dims, data: new Uint16Array(data.buffer, data.byteOffset, data.length) };
  return { type, dims, data };
}

/** Zeros of a type and shape. */
export function allocate(type: DataType, dims: readonly number[]): NumericData {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return viewBytes(type, new Uint8Array(byteSize(type, count)));
}

/** A tensor over memory of its own. */
export function copyTensor(tensor: Tensor): Tensor {
  return { ...tensor, data: tensor.data.slice() };
}
