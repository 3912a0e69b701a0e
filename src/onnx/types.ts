/**
 * ONNX graphs as plain data. A {@link Model} is what a file holds; every transformation of the package takes one and
 * returns another. Names follow onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */

/** Element types of ONNX tensors, by their TensorProto names in lower case ("float" is written `float32`). */
export type DataType =
  | 'float32'
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'string'
  | 'bool'
  | 'float16'
  | 'float64'
  | 'uint32'
  | 'uint64'
  | 'complex64'
  | 'complex128'
  | 'bfloat16'
  | 'float8e4m3fn'
  | 'float8e4m3fnuz'
  | 'float8e5m2'
  | 'float8e5m2fnuz'
  | 'uint4'
  | 'int4';

/**
 * Elements in row-major order. Types without a typed array of their own keep their bits: `bool` and the float8 types one byte an element,
 * `float16` and `bfloat16` in a Uint16Array, 4-bit types two elements a byte (low half first), complex as pairs.
 */
export type TensorData =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly string[];

/** A constant. Never changed in place: rewrites replace it. */
export interface Tensor {
  readonly type: DataType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** A dimension: its size, or a name for a size known only at run time ("N"). */
export type Dim = number | string;

/** Dimensions of a value, outermost first. */
export type Shape = readonly Dim[];

/** A named tensor value. `shape` is absent where even the rank is unknown. */
export interface ValueInfo {
  readonly name: string;
  readonly type: DataType;
  readonly shape?: Shape | undefined;
}

/** A named value whose type is not a tensor (sequence, optional, map, sparse tensor): kept as its encoded TypeProto and never interpreted. */
export interface OpaqueValueInfo {
  readonly name: string;
  readonly opaqueType: Uint8Array;
}

/** An attribute of a node. Integers are exact numbers; the two ends of int64 are written as ±2^63. */
export type Attribute =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: Tensor }
  | { readonly kind: 'graph'; readonly value: Graph }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensors'; readonly value: readonly Tensor[] }
  | { readonly kind: 'graphs'; readonly value: readonly Graph[] }
  /** Anything else (type protos, sparse tensors, references in functions), kept as its encoded AttributeProto. */
  | { readonly kind: 'opaque'; readonly value: Uint8Array };

/** One operator applied to named values. An omitted optional input or output is `''`. */
export interface Node {
  readonly name: string;
  readonly opType: string;
  /** `''` is the ONNX standard's own domain. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Nodes in topological order over named values. */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly (ValueInfo | OpaqueValueInfo)[];
  readonly outputs: readonly (ValueInfo | OpaqueValueInfo)[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  /** Known types and shapes of values inside the graph. */
  readonly values: ReadonlyMap<string, ValueInfo>;
  readonly documentation?: string | undefined;
}

/** A whole ONNX file. */
export interface Model {
  readonly irVersion: number;
  /** Version of each operator set used, by domain; `''` is the standard's. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly graph: Graph;
  readonly metadata: Readonly<Record<string, string>>;
  /** Model-local functions, each as its encoded FunctionProto. */
  readonly functions: readonly Uint8Array[];
  readonly documentation?: string | undefined;
}

/** Is this value a tensor, with an element type and perhaps a shape? */
export function isTensorInfo(info: ValueInfo | OpaqueValueInfo): info is ValueInfo {
  return 'type' in info;
}
