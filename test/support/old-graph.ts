import { int64 } from '../../src/onnx/tensors.js';
import type { Attribute, Model, Node, Tensor } from '../../src/onnx/types.js';
import { pattern } from './pattern.js';

/** A window of a convolution or a pooling over two axes. */
export interface Window {
  readonly kernel: number;
  readonly stride?: number;
  /** Before and behind both axes; or one number for either end, as rounding up asks for. */
  readonly pad?: number | readonly [before: number, behind: number];
}

const int = (value: number): Attribute => ({ kind: 'int', value });
const float = (value: number): Attribute => ({ kind: 'float', value });
const ints = (...value: number[]): Attribute => ({ kind: 'ints', value });

/**
 * A graph as exporters of 2017 and 2018 wrote it, in opset 3 to 9: every weight is an input too, the batch is 1 and stands in the
 * targets of Reshape, Dropout gives its mask. Opset 3 and 6 have the attributes that are gone since (`axis`, `broadcast`, `is_test`,
 * `consumed_inputs`, `shape`).
 */
export class OldGraph {
  private readonly nodes: Node[] = [];
  private readonly tensors = new Map<string, Tensor>();
  private readonly sizes = new Map<string, readonly number[]>();

  constructor(
    private readonly opset: number,
    private readonly input: { readonly name: string; readonly dims: readonly number[] },
  ) {
    this.sizes.set(input.name, input.dims);
  }

  dims(name: string): readonly number[] {
    return this.sizes.get(name) ?? [];
  }

  conv(x: string, name: string, channels: number, window: Window & { readonly group?: number; readonly bias?: boolean }): string {
    const { kernel, group = 1, bias = true } = window;
    const inside = this.dims(x)[1]! / group;
    const inputs = [x, this.weight(`${name}_w_0`, [channels, inside, kernel, kernel], Math.sqrt(3 / (inside * kernel * kernel)))];
    if (bias) inputs.push(this.weight(`${name}_b_0`, [channels], 0.1));
    const y = this.add('Conv', inputs, name, { ...this.window(window), group: int(group) });
    return this.known(y, [1, channels, ...this.slide(x, window)]);
  }

  pool(kind: 'Max' | 'Average', x: string, name: string, window: Window): string {
    const y = this.add(`${kind}Pool`, [x], name, this.window(window));
    return this.known(y, [1, this.dims(x)[1]!, ...this.slide(x, window)]);
  }

  globalPool(x: string, name: string): string {
    return this.known(this.add('GlobalAveragePool', [x], name), [1, this.dims(x)[1]!, 1, 1]);
  }

  relu(x: string): string {
    return this.like(x, this.add('Relu', [x], `${x}_relu`));
  }

  lrn(x: string): string {
    const attributes = { size: int(5), alpha: float(1e-4), beta: float(0.75), bias: float(1) };
    return this.like(x, this.add('LRN', [x], `${x}_norm`, attributes));
  }

  dropout(x: string): string {
    const name = `${x}_dropout`;
    return this.like(x, this.add('Dropout', [x], name, { ratio: float(0.5), ...this.isTest() }, [`_${name}_mask_1`]));
  }

  /** With `leftovers`, the four outputs that training would have. */
  batchNorm(x: string, name: string, leftovers = false): string {
    const [, channels = 1] = this.dims(x);
    const inputs = [
      this.weight(`${name}_s_0`, [channels], 0.25, 1),
      this.weight(`${name}_b_0`, [channels], 0.25),
      this.weight(`${name}_m_0`, [channels], 0.25),
      this.weight(`${name}_v_0`, [channels], 0.25, 1),
    ];
    const attributes = {
      epsilon: float(1e-5),
      ...this.isTest(),
      ...(this.opset < 6 ? { consumed_inputs: ints(0, 0, 0, 1, 1) } : {}),
      ...(this.opset < 9 ? { spatial: int(1) } : {}),
    };
    const extra = leftovers && this.opset < 7 ? ['mean', 'var', 'saved_mean', 'saved_var'].map((part) => `${name}_${part}`) : [];
    return this.like(x, this.add('BatchNormalization', [x, ...inputs], name, attributes, extra));
  }

  /** x s + b of each channel, after a batch norm without them. */
  scaleAndShift(x: string, name: string): string {
    const scaled = this.channelwise('Mul', x, `${name}_scale`, this.weight(`${name}_w_0`, [this.dims(x)[1]!], 0.25, 1));
    return this.channelwise('Add', scaled, name, this.weight(`${name}_b_0`, [this.dims(x)[1]!], 0.25));
  }

  sum(x: string, y: string, name: string): string {
    return this.like(x, this.add('Sum', [x, y], name));
  }

  concat(parts: readonly string[], name: string): string {
    const channels = parts.reduce((total, part) => total + this.dims(part)[1]!, 0);
    return this.known(this.add('Concat', parts, name, { axis: int(1) }), [1, channels, ...this.dims(parts[0]!).slice(2)]);
  }

  /** The target holds the batch, 1. */
  reshape(x: string, name: string, dims: readonly number[]): string {
    if (this.opset < 5) return this.known(this.add('Reshape', [x], name, { shape: ints(...dims) }), this.filledIn(x, dims));
    this.tensors.set(`${name}_shape`, int64(dims));
    return this.known(this.add('Reshape', [x, `${name}_shape`], name), this.filledIn(x, dims));
  }

  transpose(x: string, name: string, perm: readonly number[]): string {
    const dims = perm.map((axis) => this.dims(x)[axis]!);
    return this.known(this.add('Transpose', [x], name, { perm: ints(...perm) }), dims);
  }

  gemm(x: string, name: string, size: number): string {
    const inside = this.dims(x)[1]!;
    const inputs = [
      x,
      this.weight(`${name}_w_0`, [size, inside], Math.sqrt(3 / inside)),
      this.weight(`${name}_b_0`, [size], 0.1),
    ];
    const attributes = { transB: int(1), ...(this.opset < 7 ? { broadcast: int(1) } : {}) };
    return this.known(this.add('Gemm', inputs, name, attributes), [1, size]);
  }

  softmax(x: string): string {
    return this.like(x, this.add('Softmax', [x], 'prob_1'));
  }

  build(output: string): Model {
    const dims = this.dims(output);
    return {
      irVersion: 3,
      opsets: { '': this.opset },
      producer: 'onnx-caffe2',
      metadata: {},
      functions: [],
      graph: {
        name: 'old',
        nodes: this.nodes,
        inputs: [
          { name: this.input.name, type: 'float32', shape: this.input.dims },
          ...[...this.tensors].map(([name, tensor]) => ({ name, type: tensor.type, shape: tensor.dims })),
        ],
        outputs: [{ name: output, type: 'float32', shape: dims }],
        initializers: this.tensors,
        values: new Map(),
      },
    };
  }

  private weight(name: string, dims: readonly number[], scale: number, offset = 0): string {
    this.tensors.set(name, { type: 'float32', dims, data: pattern(name, dims, scale, offset) });
    return name;
  }

  private channelwise(opType: string, x: string, name: string, weight: string): string {
    if (this.opset < 7) return this.like(x, this.add(opType, [x, weight], name, { axis: int(1), broadcast: int(1) }));
    return this.like(x, this.add(opType, [x, this.add('Unsqueeze', [weight], `${weight}_wide`, { axes: ints(1, 2) })], name));
  }

  private isTest(): Readonly<Record<string, Attribute>> {
    return this.opset < 7 ? { is_test: int(1) } : {};
  }

  private window({ kernel, stride = 1, pad = 0 }: Window): Readonly<Record<string, Attribute>> {
    const [before, behind] = typeof pad === 'number' ? [pad, pad] : pad;
    return {
      kernel_shape: ints(kernel, kernel),
      strides: ints(stride, stride),
      pads: ints(before, before, behind, behind),
    };
  }

  private slide(x: string, { kernel, stride = 1, pad = 0 }: Window): number[] {
    const [before, behind] = typeof pad === 'number' ? [pad, pad] : pad;
    return this.dims(x)
      .slice(2)
      .map((size) => Math.floor((size + before + behind - kernel) / stride) + 1);
  }

  private filledIn(x: string, dims: readonly number[]): number[] {
    const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);
    return dims.map((dim) => (dim === -1 ? product(this.dims(x)) / -product(dims) : dim));
  }

  private add(
    opType: string,
    inputs: readonly string[],
    name: string,
    attributes: Readonly<Record<string, Attribute>> = {},
    extra: readonly string[] = [],
  ): string {
    this.nodes.push({ name: '', opType, domain: '', inputs, outputs: [name, ...extra], attributes });
    return name;
  }

  private known(name: string, dims: readonly number[]): string {
    this.sizes.set(name, dims);
    return name;
  }

  private like(x: string, name: string): string {
    return this.known(name, this.dims(x));
  }
}

/**
 * The model as the ONNX project keeps large ones: every tensor above `threshold` elements is made by a ConstantOfShape node,
 * whose shape is an initializer (and, before IR 4, an input).
 */
export function light(model: Model, value = 0.02, threshold = 8): Model {
  const { graph } = model;
  const large = [...graph.initializers].filter(([, tensor]) => tensor.type === 'float32' && tensor.data.length > threshold);
  const names = new Set(large.map(([name]) => name));
  const shapes = large.map(([name, tensor]): [string, Tensor] => [`${name}__SHAPE`, int64(tensor.dims)]);
  const fill: Attribute = { kind: 'tensor', value: { type: 'float32', dims: [1], data: Float32Array.of(value) } };
  return {
    ...model,
    opsets: { '': Math.max(9, model.opsets[''] ?? 9) },
    graph: {
      ...graph,
      nodes: [
        ...large.map(([name]): Node => ({
          name: '',
          opType: 'ConstantOfShape',
          domain: '',
          inputs: [`${name}__SHAPE`],
          outputs: [name],
          attributes: { value: fill },
        })),
        ...graph.nodes,
      ],
      inputs: [
        ...graph.inputs.filter((input) => !names.has(input.name)),
        ...shapes.map(([name, { type, dims }]) => ({ name, type, shape: dims })),
      ],
      initializers: new Map([...[...graph.initializers].filter(([name]) => !names.has(name)), ...shapes]),
    },
  };
}
