/** ONNX models as data: built, read, checked, upgraded, rewritten, written. */
export { float, type AttributeInput, type NodeOptions, type Value } from './assembler.js';
export { GraphBuilder, type ConvAttributes, type PoolAttributes } from './builder.js';
export { inferShapes } from './infer/index.js';
export type { ReadLimits } from './proto/limits.js';
export type { ExternalReader } from './proto/scope.js';
export { readModel, readTensor, type ReadOptions } from './read.js';
export * from './rewrite/index.js';
export { upgradeModel } from './upgrade/index.js';
export { validateModel } from './validate.js';
export { workingOpset } from './versions.js';
export { writeModel } from './write.js';
export type {
  Attribute,
  DataType,
  Dim,
  Graph,
  Model,
  Node,
  OpaqueValueInfo,
  Shape,
  Tensor,
  TensorData,
  ValueInfo,
} from './types.js';
export { isTensorInfo } from './types.js';
