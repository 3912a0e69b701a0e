/** Field numbers of onnx.proto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. */

export const MODEL = { irVersion: 1, producer: 2, documentation: 6, graph: 7, opset: 8, metadata: 14, functions: 25 } as const;

export const OPSET = { domain: 1, version: 2 } as const;

export const ENTRY = { key: 1, value: 2 } as const;

export const GRAPH = {
  node: 1,
  name: 2,
  initializer: 5,
  documentation: 10,
  input: 11,
  output: 12,
  value: 13,
  sparseInitializer: 15,
} as const;

export const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 } as const;

export const ATTRIBUTE = {
  name: 1,
  float: 2,
  int: 3,
  string: 4,
  tensor: 5,
  graph: 6,
  floats: 7,
  ints: 8,
  strings: 9,
  tensors: 10,
  graphs: 11,
  type: 20,
  reference: 21,
} as const;

/** AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPE = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
} as const;

export const VALUE = { name: 1, type: 2 } as const;

export const TYPE = { tensor: 1 } as const;

export const TENSOR_TYPE = { element: 1, shape: 2 } as const;

export const SHAPE = { dim: 1 } as const;

export const DIM = { size: 1, name: 2 } as const;

export const TENSOR = {
  dims: 1,
  type: 2,
  segment: 3,
  floats: 4,
  int32s: 5,
  strings: 6,
  int64s: 7,
  name: 8,
  raw: 9,
  doubles: 10,
  uint64s: 11,
  external: 13,
  location: 14,
} as const;

/** TensorProto.DataLocation. */
export const EXTERNAL = 1;
