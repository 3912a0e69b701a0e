import { isNumeric } from '../onnx/tensors.js';
import type { Tensor } from '../onnx/types.js';
import type { TensorRecord } from './types.js';

/** The buffers to move along with a message, each once. Shared ones and ones that hold more than their tensor are not moved. */
export function buffersOf(tensors: TensorRecord): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { data } of Object.values(tensors)) {
    if (isNumeric(data) && data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength)
      buffers.add(data.buffer);
  }
  return [...buffers];
}

/** The same tensors, each over a buffer that holds nothing else: a message would copy the whole buffer of a view. */
export function compact(tensors: TensorRecord): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const { data } = tensor;
      const whole = !isNumeric(data) || data.byteLength === data.buffer.byteLength || data.buffer instanceof SharedArrayBuffer;
      return [name, whole ? tensor : { ...tensor, data: data.slice() }];
    }),
  );
}
