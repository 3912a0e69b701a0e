import { float, GraphAssembler, type AttributeInput, type NodeOptions, type Value } from './assembler.js';
import type { DataType, Shape, Tensor } from './types.js';
import { dataTypeCode } from './data-types.js';
import { int64 } from './tensors.js';

/** Attributes of convolutions; `pads` lists all beginnings, then all ends. */
export interface ConvAttributes {
  readonly strides?: readonly number[] | undefined;
  readonly pads?: readonly number[] | undefined;
  readonly dilations?: readonly number[] | undefined;
  readonly group?: number | undefined;
}

/** Attributes of pooling windows. */
export interface PoolAttributes {
  readonly kernel: readonly number[];
  readonly strides?: readonly number[] | undefined;
  readonly pads?: readonly number[] | undefined;
}

/**
 * One typed method an operator over {@link GraphAssembler}: values in, values out, shapes inferred.
 * Signatures that changed between opsets (axes of reductions, counts of splits) are settled here and nowhere else.
 *
 * @example
 * const g = new GraphBuilder();
 * const image = g.input('image', 'float32', ['N', 3, 128, 128]);
 * const stem = g.parameter('stem.weight', weight);
 * g.output(g.relu(g.conv(image, stem, undefined, { pads: [1, 1, 1, 1] })), 'features');
 * const model = g.build();
 */
export class GraphBuilder extends GraphAssembler {
  /** Adds a node with one output and returns it. */
  op(
    opType: string,
    inputs: readonly (Value | undefined)[],
    attributes?: Readonly<Record<string, AttributeInput>>,
    options?: NodeOptions,
  ): Value {
    const [value] = this.node(opType, inputs, attributes, options);
    if (!value) throw new RangeError(`${opType} was added without an output.`);
    return value;
  }

  /** A float32 scalar constant. */
  scalar(value: number): Value {
    return this.constant({ type: 'float32', dims: [], data: Float32Array.of(value) });
  }

  /** A float32 constant. */
  floats(dims: readonly number[], values: readonly number[]): Value {
    return this.constant({ type: 'float32', dims, data: Float32Array.from(values) });
  }

  /** A one-dimensional int64 constant. */
  ints(values: readonly number[]): Value {
    return this.constant(int64(values));
  }

  /** An int64 scalar constant. */
  int(value: number): Value {
    return this.constant({ type: 'int64', dims: [], data: BigInt64Array.of(BigInt(value)) });
  }

  add(a: Value, b: Value): Value {
    return this.op('Add', [a, b]);
  }
  sub(a: Value, b: Value): Value {
    return this.op('Sub', [a, b]);
  }
  mul(a: Value, b: Value): Value {
    return this.op('Mul', [a, b]);
  }
  div(a: Value, b: Value): Value {
    return this.op('Div', [a, b]);
  }
  pow(a: Value, b: Value): Value {
    return this.op('Pow', [a, b]);
  }
  /** a + b + ... ; the value itself where there is one. */
  sum(first: Value, ...rest: readonly Value[]): Value {
    return rest.length === 0 ? first : rest.length === 1 && rest[0] ? this.add(first, rest[0]) : this.op('Sum', [first, ...rest]);
  }
  neg(x: Value): Value {
    return this.op('Neg', [x]);
  }
  abs(x: Value): Value {
    return this.op('Abs', [x]);
  }
  sign(x: Value): Value {
    return this.op('Sign', [x]);
  }
  exp(x: Value): Value {
    return this.op('Exp', [x]);
  }
  log(x: Value): Value {
    return this.op('Log', [x]);
  }
  sqrt(x: Value): Value {
    return this.op('Sqrt', [x]);
  }
  reciprocal(x: Value): Value {
    return this.op('Reciprocal', [x]);
  }
  relu(x: Value): Value {
    return this.op('Relu', [x]);
  }
  sigmoid(x: Value): Value {
    return this.op('Sigmoid', [x]);
  }
  tanh(x: Value): Value {
    return this.op('Tanh', [x]);
  }
  erf(x: Value): Value {
    return this.op('Erf', [x]);
  }
  clip(x: Value, low: number, high: number): Value {
    return this.op('Clip', [x, this.scalar(low), this.scalar(high)]);
  }
  softmax(x: Value, axis: number): Value {
    return this.op('Softmax', [x], { axis });
  }
  logSoftmax(x: Value, axis: number): Value {
    return this.op('LogSoftmax', [x], { axis });
  }

  equal(a: Value, b: Value): Value {
    return this.op('Equal', [a, b]);
  }
  greater(a: Value, b: Value): Value {
    return this.op('Greater', [a, b]);
  }
  greaterOrEqual(a: Value, b: Value): Value {
    return this.op('GreaterOrEqual', [a, b]);
  }
  less(a: Value, b: Value): Value {
    return this.op('Less', [a, b]);
  }
  and(a: Value, b: Value): Value {
    return this.op('And', [a, b]);
  }
  not(x: Value): Value {
    return this.op('Not', [x]);
  }
  where(condition: Value, a: Value, b: Value): Value {
    return this.op('Where', [condition, a, b]);
  }
  cast(x: Value, type: DataType): Value {
    return x.type === type ? x : this.op('Cast', [x], { to: dataTypeCode(type) });
  }
  min(a: Value, b: Value): Value {
    return this.op('Min', [a, b]);
  }
  max(a: Value, b: Value): Value {
    return this.op('Max', [a, b]);
  }

  matmul(a: Value, b: Value): Value {
    return this.op('MatMul', [a, b]);
  }
  /** alpha A' B' + beta C, with A' = A or its transpose. */
  gemm(
    a: Value,
    b: Value,
    c?: Value,
    options: {
      readonly transA?: boolean;
      readonly transB?: boolean;
      readonly alpha?: number;
      readonly beta?: number;
      readonly name?: string;
    } = {},
  ): Value {
    const attributes = {
      transA: options.transA ? 1 : undefined,
      transB: options.transB ? 1 : undefined,
      alpha: options.alpha === undefined ? undefined : float(options.alpha),
      beta: options.beta === undefined ? undefined : float(options.beta),
    };
    return this.op('Gemm', [a, b, c], attributes, { name: options.name });
  }
  conv(x: Value, weight: Value, bias?: Value, attributes: ConvAttributes & { readonly name?: string | undefined } = {}): Value {
    const { name, ...rest } = attributes;
    return this.op('Conv', [x, weight, bias], { ...rest }, { name });
  }
  convTranspose(
    x: Value,
    weight: Value,
    attributes: ConvAttributes & { readonly outputPadding?: readonly number[] | undefined } = {},
  ): Value {
    const { outputPadding, ...rest } = attributes;
    return this.op('ConvTranspose', [x, weight], { ...rest, output_padding: outputPadding });
  }
  maxPool(x: Value, { kernel, strides, pads }: PoolAttributes): Value {
    return this.op('MaxPool', [x], { kernel_shape: kernel, strides, pads });
  }
  averagePool(x: Value, { kernel, strides, pads }: PoolAttributes): Value {
    return this.op('AveragePool', [x], { kernel_shape: kernel, strides, pads });
  }
  globalAveragePool(x: Value): Value {
    return this.op('GlobalAveragePool', [x]);
  }

  reduceSum(x: Value, axes: readonly number[], keepDims = true): Value {
    return this.op('ReduceSum', [x, this.ints(axes)], { keepdims: keepDims ? 1 : 0 });
  }
  reduceMean(x: Value, axes: readonly number[], keepDims = true): Value {
    return this.reduce('ReduceMean', x, axes, keepDims);
  }
  reduceMax(x: Value, axes: readonly number[], keepDims = true): Value {
    return this.reduce('ReduceMax', x, axes, keepDims);
  }
  /** A reduction by its operator's name; `axes` moved from attribute to input in opset 18. */
  reduce(opType: string, x: Value, axes: readonly number[], keepDims = true): Value {
    const keepdims = keepDims ? 1 : 0;
    const asInput = opType === 'ReduceSum' || this.opset >= 18;
    return asInput ? this.op(opType, [x, this.ints(axes)], { keepdims }) : this.op(opType, [x], { axes, keepdims });
  }

  /** Reshapes; 0 keeps a dimension, one -1 is worked out. */
  reshape(x: Value, shape: readonly number[] | Value): Value {
    return this.op('Reshape', [x, isValue(shape) ? shape : this.ints(shape)]);
  }
  flatten(x: Value, axis = 1): Value {
    return this.op('Flatten', [x], { axis });
  }
  transpose(x: Value, permutation: readonly number[]): Value {
    return permutation.every((axis, index) => axis === index) ? x : this.op('Transpose', [x], { perm: permutation });
  }
  squeeze(x: Value, axes: readonly number[]): Value {
    return this.op('Squeeze', [x, this.ints(axes)]);
  }
  unsqueeze(x: Value, axes: readonly number[]): Value {
    return this.op('Unsqueeze', [x, this.ints(axes)]);
  }
  concat(values: readonly Value[], axis: number): Value {
    return values.length === 1 && values[0] ? values[0] : this.op('Concat', values, { axis });
  }
  slice(
    x: Value,
    options: {
      readonly starts: readonly number[];
      readonly ends: readonly number[];
      readonly axes: readonly number[];
      readonly steps?: readonly number[];
    },
  ): Value {
    const steps = options.steps?.every((step) => step === 1) === false ? this.ints(options.steps) : undefined;
    return this.op('Slice', [x, this.ints(options.starts), this.ints(options.ends), this.ints(options.axes), steps]);
  }
  gather(x: Value, indices: Value, axis: number): Value {
    return this.op('Gather', [x, indices], { axis });
  }
  /** Pads with zeros; `pads` lists all beginnings, then all ends, and may be negative to crop. */
  pad(x: Value, pads: readonly number[]): Value {
    return pads.every((pad) => pad === 0) ? x : this.op('Pad', [x, this.ints(pads)]);
  }
  expand(x: Value, shape: Value | readonly number[]): Value {
    return this.op('Expand', [x, isValue(shape) ? shape : this.ints(shape)]);
  }
  tile(x: Value, repeats: readonly number[]): Value {
    return this.op('Tile', [x, this.ints(repeats)]);
  }
  shapeOf(x: Value): Value {
    return this.op('Shape', [x]);
  }
  identity(x: Value, name?: string): Value {
    return this.op('Identity', [x], {}, name === undefined ? {} : { name, outputs: [name] });
  }
  /** A tensor of one value, of a shape known only at run time. */
  fill(shape: Value, tensor: Tensor): Value {
    return this.op('ConstantOfShape', [shape], { value: { kind: 'tensor', value: tensor } });
  }
}

function isValue(shape: readonly number[] | Value | Shape): shape is Value {
  return !Array.isArray(shape);
}
