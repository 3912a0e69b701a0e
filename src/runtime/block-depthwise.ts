import { int, ints, intsOf, text } from '../onnx/infer/support.js';
import { namesReadBy } from '../onnx/subgraphs.js';
import type { Attribute, Model, Node, Tensor } from '../onnx/types.js';
import { domain as blockDomain, shapesOf } from './block-channels.js';
import { phaseOf, type Phase } from './phases.js';

/** What may be computed on blocked values as it stands, where every operand is blocked or a scalar. */
const elementwise = new Set(['Add', 'And', 'Cast', 'Clip', 'Greater', 'GreaterOrEqual', 'Less', 'Mul', 'Not', 'Relu']);

/**
 * A training step with its depthwise convolutions on blocked channels, where ONNX Runtime's kernels take 8 or 16 channels at once instead
 * of unrolling each channel's input. The gradients come along: the input's is such a convolution again, or for strides one a phase
 * (phases.ts); the weight's is one whose kernel is the output's gradient. Masks between two of them stay blocked. Batch 16, 144 channels
 * at 56x56, two cores: forward 5.5 ms for 10.3, weight gradient 10 for 32, both with their reordering; 96 channels at 112x112, stride 2:
 * input gradient 11 ms for 19 (`npm run bench -- --only finetune-mobilenetv2`).
 */
export function blockDepthwise(model: Model, block: number): Model {
  return block === 1 ? model : new DepthwiseBlocker(model, block).run();
}

class DepthwiseBlocker {
  private readonly nodes: Node[] = [];
  private readonly initializers: Map<string, Tensor>;
  private readonly producers = new Map<string, Node>();
  private readonly readers = new Map<string, Node[]>();
  private readonly shapeOf: (name: string | undefined) => readonly number[] | undefined;
  /** Blocked form of a value, by its name. */
  private readonly blocked = new Map<string, string>();
  /** Values that exist blocked and not yet plain: results of blocked convolutions, and what follows from them elementwise. */
  private readonly pending = new Map<string, Node>();
  /** What {@link isPlain} found, until a value becomes pending, blocked or plain. */
  private readonly plainness = new Map<string, boolean>();
  /** Batches seen as one image, or as a kernel: put off, since blocked convolutions look through them. */
  private readonly views = new Map<string, Node>();
  private readonly done = new Set<Node>();

  constructor(
    private readonly model: Model,
    private readonly block: number,
  ) {
    const { graph } = model;
    this.initializers = new Map(graph.initializers);
    this.shapeOf = shapesOf(graph);
    for (const node of graph.nodes) {
      for (const name of node.outputs) this.producers.set(name, node);
      for (const name of namesReadBy(node)) this.readers.set(name, [...(this.readers.get(name) ?? []), node]);
    }
    // A result of the graph is read from outside.
    const outside: Node = { name: '', opType: '', domain: '', inputs: [], outputs: [], attributes: {} };
    for (const { name } of graph.outputs) this.readers.set(name, [...(this.readers.get(name) ?? []), outside]);
  }

  run(): Model {
    const { graph } = this.model;
    for (const node of graph.nodes) {
      if (this.done.has(node) || this.convolution(node) || this.transposed(node) || this.follows(node) || this.isView(node))
        continue;
      for (const name of namesReadBy(node)) this.plain(name);
      this.nodes.push(node);
    }
    for (const { name } of graph.outputs) this.plain(name);
    const made = new Set(this.nodes.flatMap(({ outputs }) => outputs));
    const read = new Set(this.nodes.flatMap((node) => [...namesReadBy(node)]).concat(graph.outputs.map(({ name }) => name)));
    const initializers = new Map([...this.initializers].filter(([name]) => read.has(name)));
    const values = new Map([...graph.values].filter(([name]) => made.has(name)));
    const opsets = { ...this.model.opsets, [blockDomain]: 1 };
    return { ...this.model, opsets, graph: { ...graph, nodes: this.nodes, initializers, values } };
  }

  /** Takes a depthwise Conv, with the Clip or Relu behind it. */
  private convolution(node: Node): boolean {
    const channels = this.channelsOf(node, 'Conv');
    const [x = '', weight = '', bias = ''] = node.inputs;
    const kernel = this.shapeOf(weight);
    if (channels === undefined || kernel === undefined) return false;
    const inputs = [this.blockedForm(x), this.blockedKernel(weight, kernel), ...(bias === '' ? [] : [this.plain(bias)])];
    const activation = this.activationBehind(node);
    const output = (activation ?? node).outputs[0] ?? '';
    const attributes = { ...node.attributes, ...activation?.attributes, kernel_shape: whole(kernel.slice(2)) };
    this.emit('Conv', inputs, blockedName(output), attributes, blockDomain);
    if (activation) this.done.add(activation.node);
    this.await(output, node);
    return true;
  }

  /** Takes a depthwise ConvTranspose whose output falls into equal phases. */
  private transposed(node: Node): boolean {
    const channels = this.channelsOf(node, 'ConvTranspose');
    const [x = '', weight = '', bias = ''] = node.inputs;
    const [output = ''] = node.outputs;
    const [from, to, kernel] = [this.shapeOf(x), this.shapeOf(output), this.shapeOf(weight)];
    if (channels === undefined || !from || !to || !kernel || bias !== '') return false;
    if (node.attributes['output_shape'] || ints(node, 'dilations')?.some((dilation) => dilation !== 1)) return false;
    const strides = intsOf(node, 'strides', 2, 1, 1);
    const begin = intsOf(node, 'pads', 4, 0, 0).slice(0, 2);
    const phases = strides.map((stride, axis) => {
      const sizes = { from: from[axis + 2] ?? 0, to: to[axis + 2] ?? 0, kernel: kernel[axis + 2] ?? 0 };
      return Array.from({ length: stride }, (_, at) => phaseOf({ at, stride, pad: begin[axis] ?? 0, ...sizes }));
    });
    const [down, across] = phases.map((list) => list.flatMap((phase) => phase ?? []));
    const [high = 1, wide = 1] = strides;
    if (down?.length !== high || across?.length !== wide || high * wide === 1) return false;
    this.interleave(output, { x: this.blockedForm(x), weight: this.blockedKernel(weight, kernel), kernel, to, down, across });
    this.await(output, node);
    return true;
  }

  /** One convolution a phase, whose results alternate along columns and rows. */
  private interleave(output: string, request: Transposed): void {
    const { x, weight, kernel, to, down, across } = request;
    const [channels = 1, , rows = 1, columns = 1] = kernel;
    const [images = 1, , , width = 1] = to;
    const taps = this.reshape(weight, [channels / this.block, rows, columns, this.block], `${output}/taps`);
    const bands = down.map((vertical, row) => {
      const band = `${output}/row${row}`;
      const ofRows = this.emit('Gather', [taps, this.indices(vertical.taps)], `${band}/taps`, { axis: whole(1) });
      const parts = across.map((horizontal, column) => {
        const part = `${band}/column${column}`;
        const some = this.emit('Gather', [ofRows, this.indices(horizontal.taps)], `${part}/taps`, { axis: whole(2) });
        const size = [vertical.taps.length, horizontal.taps.length];
        const pads = [vertical.begin, horizontal.begin, vertical.end, horizontal.end];
        const attributes = { group: whole(channels), kernel_shape: whole(size), pads: whole(pads) };
        const inputs = [x, this.reshape(some, [channels, 1, ...size], `${part}/kernel`)];
        return this.reshape(this.emit('Conv', inputs, part, attributes, blockDomain), [-1, this.block], `${part}/pixels`);
      });
      const mixed = this.emit('Concat', parts, `${band}/pixels`, { axis: whole(1) });
      return this.reshape(mixed, [-1, width * this.block], band);
    });
    const mixed = this.emit('Concat', bands, `${output}/rows`, { axis: whole(1) });
    this.reshape(mixed, [images, ...to.slice(1)], blockedName(output));
  }

  /** Puts off an elementwise node whose operands are all blocked or scalars: who reads it decides the form it is computed in. */
  private follows(node: Node): boolean {
    const [output = ''] = node.outputs;
    if (node.domain !== '' || node.outputs.length !== 1 || !elementwise.has(node.opType)) return false;
    const tensors = node.inputs.filter((name) => name !== '' && !this.isScalar(name));
    const shape = this.shapeOf(output);
    const alike = tensors.every((name) => this.hasBlockedForm(name) && this.shapeOf(name)?.join() === shape?.join());
    if (!shape || tensors.length === 0 || !alike) return false;
    this.pending.set(output, node);
    this.plainness.clear();
    return true;
  }

  /** Puts off a Reshape between images of one size: convolutions look through it. */
  private isView(node: Node): boolean {
    const [output = ''] = node.outputs;
    const [images = 0, channels = 0, ...size] = this.shapeOf(output) ?? [];
    if (this.reshaped(output, [1, images * channels, ...size]) === undefined || size.length !== 2) return false;
    this.views.set(output, node);
    return true;
  }

  private hasBlockedForm(name: string): boolean {
    return this.blocked.has(name) || this.pending.has(name);
  }

  /** Declares a value that exists blocked only. */
  private await(output: string, node: Node): void {
    this.blocked.set(output, blockedName(output));
    this.pending.set(output, node);
    this.plainness.clear();
  }

  /** The value in ONNX's own layout: computed in it where all operands are there anyway, else reordered. */
  private plain(name: string): string {
    const view = this.views.get(name);
    if (view) {
      this.views.delete(name);
      for (const input of view.inputs) this.plain(input);
      this.nodes.push(view);
    }
    const node = this.pending.get(name);
    if (!node) return name;
    const direct = !this.blocked.has(name) && node.inputs.every((input) => this.isPlain(input));
    if (direct) {
      for (const input of node.inputs) this.plain(input);
      this.nodes.push(node);
    } else {
      const channels = whole(this.shapeOf(name)?.[1] ?? 0);
      this.emit('ReorderOutput', [this.blockedForm(name)], name, { channels }, blockDomain);
    }
    this.pending.delete(name);
    this.plainness.clear();
    return name;
  }

  /** Can the value be had plain without reordering? */
  private isPlain(name: string): boolean {
    const known = this.plainness.get(name);
    if (known !== undefined) return known;
    const node = this.pending.get(name);
    const found = !node || (!this.blocked.has(name) && node.inputs.every((input) => this.isPlain(input)));
    this.plainness.set(name, found);
    return found;
  }

  /** The value on blocked channels, reordered or computed on them at its first use. */
  private blockedForm(name: string): string {
    const known = this.blocked.get(name);
    if (known !== undefined) return known;
    const target = blockedName(name);
    this.blocked.set(name, target);
    this.plainness.clear();
    const node = this.pending.get(name);
    if (node) {
      const inputs = node.inputs.map((input) => (input === '' || this.isScalar(input) ? input : this.blockedForm(input)));
      return this.emit(node.opType, inputs, target, node.attributes);
    }
    const [images = 1, channels = 1, ...size] = this.shapeOf(name) ?? [];
    const source = this.reshaped(name, [1, images * channels, ...size]);
    if (source !== undefined) return this.reshape(this.blockedForm(source), [images, channels, ...size], target);
    this.plain(name);
    return this.emit('ReorderInput', [name], target, {}, blockDomain);
  }

  /** A depthwise kernel (C, 1, ...) on blocked channels, which is the layout of an image (1, C, ...). */
  private blockedKernel(name: string, [channels = 1, , ...size]: readonly number[]): string {
    const target = blockedName(`${name}/kernel`);
    if (this.blocked.has(target)) return target;
    this.blocked.set(target, target);
    const source = this.reshaped(name, [1, channels, ...size]);
    const image = source ?? this.reshape(this.plain(name), [1, channels, ...size], `${target}/image`);
    return this.reshape(this.blockedForm(image), [channels, 1, ...size], target);
  }

  /** What a value is a reshaped form of, where that is a batch of images of whole blocks with these pixels. */
  private reshaped(name: string, image: readonly number[]): string | undefined {
    const node = this.producers.get(name);
    const source = node?.opType === 'Reshape' ? node.inputs[0] : undefined;
    const shape = this.shapeOf(source);
    const [images = 0, channels = 0, ...size] = shape ?? [];
    const same = size.join() === image.slice(2).join() && images * channels === image[1];
    return same && shape?.length === image.length && channels % this.block === 0 ? source : undefined;
  }

  /** The number of channels where the node convolves each by a kernel of its own and blocks can hold them. */
  private channelsOf(node: Node, opType: string): number | undefined {
    const [x, weight = ''] = node.inputs;
    const [input, kernel] = [this.shapeOf(x), this.shapeOf(weight)];
    const channels = input?.[1] ?? 0;
    if (node.opType !== opType || node.domain !== '' || text(node, 'auto_pad', 'NOTSET') !== 'NOTSET') return;
    if (input?.length !== 4 || kernel?.length !== 4 || kernel[0] !== channels || kernel[1] !== 1) return;
    return int(node, 'group', 1) === channels && channels % this.block === 0 ? channels : undefined;
  }

  /** The only reader of a convolution, where ONNX Runtime computes it along the way. */
  private activationBehind(node: Node): { node: Node; outputs: readonly string[]; attributes: Node['attributes'] } | undefined {
    const [reader, ...others] = this.readers.get(node.outputs[0] ?? '') ?? [];
    if (!reader || others.length > 0 || reader.domain !== '' || reader.inputs[0] !== node.outputs[0]) return undefined;
    const activation: Attribute = { kind: 'string', value: reader.opType };
    if (reader.opType === 'Relu') return { node: reader, outputs: reader.outputs, attributes: { activation } };
    const bounds = reader.inputs.slice(1).map((name) => Number(this.initializers.get(name)?.data[0] ?? NaN));
    if (reader.opType !== 'Clip' || bounds.length !== 2 || bounds.some(Number.isNaN)) return undefined;
    return {
      node: reader,
      outputs: reader.outputs,
      attributes: { activation, activation_params: { kind: 'floats', value: bounds } },
    };
  }

  private isScalar(name: string): boolean {
    return this.initializers.get(name)?.data.length === 1;
  }

  private reshape(name: string, dims: readonly number[], output: string): string {
    return this.emit('Reshape', [name, this.indices(dims)], output);
  }

  private indices(values: readonly number[]): string {
    const name = `blocked/${values.join('x')}`;
    this.initializers.set(name, { type: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) });
    return name;
  }

  private emit(
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: Node['attributes'] = {},
    domain = '',
  ): string {
    this.nodes.push({ name: `${output}/${opType}`, opType, domain, inputs, outputs: [output], attributes });
    return output;
  }
}

interface Transposed {
  readonly x: string;
  readonly weight: string;
  readonly kernel: readonly number[];
  readonly to: readonly number[];
  readonly down: readonly Phase[];
  readonly across: readonly Phase[];
}

const blockedName = (name: string): string => `${name}/blocks`;

function whole(value: number | readonly number[]): Attribute {
  return typeof value === 'number' ? { kind: 'int', value } : { kind: 'ints', value };
}
