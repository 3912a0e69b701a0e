import type { DataType } from './types.js';

/** TensorProto.DataType numbers, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. */
const codes: Readonly<Record<DataType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  complex64: 14,
  complex128: 15,
  bfloat16: 16,
  float8e4m3fn: 17,
  float8e4m3fnuz: 18,
  float8e5m2: 19,
  float8e5m2fnuz: 20,
  uint4: 21,
  int4: 22,
};

const types = new Map<number, DataType>();
for (const [type, code] of Object.entries(codes) as [DataType, number][]) types.set(code, type);

/** The TensorProto number of a type. */
export function dataTypeCode(type: DataType): number {
  return codes[type];
}

/** The type of a TensorProto number; `undefined` for one this package does not know. */
export function dataTypeOf(code: number): DataType | undefined {
  return types.get(code);
}
