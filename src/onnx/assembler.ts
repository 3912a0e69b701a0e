import { MessierError } from '../core/errors.js';
import { inferNode, type Known } from './infer/index.js';
import { irVersionOf, workingOpset } from './versions.js';
import {
  isTensorInfo,
  type Attribute,
  type DataType,
  type Graph,
  type Model,
  type Node,
  type Shape,
  type Tensor,
  type ValueInfo,
} from './types.js';

/** A value of a graph under construction: its name and what is known of it. */
export interface Value {
  readonly name: string;
  readonly type: DataType;
  /** Absent where even the rank is unknown. */
  readonly shape: Shape | undefined;
}

/** Attribute values as they are written in code: numbers are INT where whole; use {@link float} to force FLOAT. */
export type AttributeInput = number | string | readonly number[] | readonly string[] | Attribute | undefined;

/** A FLOAT attribute. */
export function float(value: number): Attribute {
  return { kind: 'float', value };
}

/** How a node is added. */
export interface NodeOptions {
  /** Name of the node; outputs are named after it. Made unique where it is taken. */
  readonly name?: string | undefined;
  readonly domain?: string | undefined;
  /** Number of outputs, 1 unless told; or their exact names, `''` for one left out. */
  readonly outputs?: number | readonly string[] | undefined;
}

/**
 * Grows a graph node by node and infers types and shapes on the way, so that a contradiction is reported where it is written.
 * `GraphBuilder` adds one method an operator; this class holds the mechanics.
 */
export class GraphAssembler {
  readonly opset: number;
  private readonly opsets: Record<string, number>;
  private readonly nodeList: Node[] = [];
  private readonly inputList: ValueInfo[] = [];
  private outputList: ValueInfo[] = [];
  private readonly initializerMap = new Map<string, Tensor>();
  private readonly known = new Map<string, Known>();
  private readonly taken = new Set<string>();
  private readonly counters = new Map<string, number>();
  private readonly shared = new Map<string, Value>();
  private metadata: Record<string, string> = {};

  constructor(options: { readonly opset?: number } = {}) {
    this.opset = options.opset ?? workingOpset;
    this.opsets = { '': this.opset };
  }

  /** Declares a graph input. */
  input(name: string, type: DataType, shape: Shape): Value {
    this.claim(name);
    this.inputList.push({ name, type, shape });
    return this.learn(name, { type, shape });
  }

  /** Adds a named initializer: a parameter, a table, anything a reader of the file should find by its name. */
  parameter(name: string, tensor: Tensor): Value {
    this.claim(name);
    this.initializerMap.set(name, tensor);
    return this.learn(name, { type: tensor.type, shape: tensor.dims, constant: tensor });
  }

  /** Adds an unnamed constant; equal small constants share one initializer. */
  constant(tensor: Tensor): Value {
    const key = tensor.data.length <= 64 ? `${tensor.type}[${tensor.dims.join()}]${tensor.data.join()}` : undefined;
    const existing = key === undefined ? undefined : this.shared.get(key);
    if (existing) return existing;
    const value = this.parameter(this.unique('constant'), tensor);
    if (key !== undefined) this.shared.set(key, value);
    return value;
  }

  /** Adds a node and returns its outputs. */
  node(
    opType: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, AttributeInput>> = {},
    options: NodeOptions = {},
  ): Value[] {
    const name = this.unique(options.name ?? opType.toLowerCase());
    const outputs = this.outputNames(name, options);
    const names = inputs.map((input) => input?.name ?? '');
    while (names.at(-1) === '') names.pop();
    const node: Node = {
      name,
      opType,
      domain: options.domain ?? '',
      inputs: names,
      outputs,
      attributes: encodeAttributes(attributes),
    };
    return this.append(node);
  }

  /** Adds a node as it stands; its inputs must be there and its outputs must be new. */
  append(node: Node): Value[] {
    if (node.domain !== '') this.opsets[node.domain] ??= 1;
    const known = node.inputs.map((input) => (input === '' ? undefined : this.lookup(input, node)));
    const inferred = inferNode({ node, inputs: known, opset: this.opset });
    this.nodeList.push(node);
    return node.outputs.map((output, index) => {
      const result = inferred[index] ?? { type: 'float32' as const };
      if (output === '') return { name: '', type: result.type, shape: result.shape };
      this.taken.add(output);
      return this.learn(output, result);
    });
  }

  /** The value of that name. */
  value(name: string): Value {
    const known = this.known.get(name);
    if (!known)
      throw new MessierError('onnx/absent-value', `No value "${name}" in the graph. Check the name, or add the value first.`);
    return { name, type: known.type, shape: known.shape };
  }

  /** The constant behind a value, where it is one. */
  constantOf(value: Value): Tensor | undefined {
    return this.known.get(value.name)?.constant;
  }

  /** What is known of a value before the graph runs. */
  knowledgeOf(value: Value): Known | undefined {
    return this.known.get(value.name);
  }

  /** The inputs so far, in order. */
  get declaredInputs(): readonly ValueInfo[] {
    return this.inputList;
  }

  /** Is the value computed by a node and not declared as an output yet? */
  isComputed(value: Value): boolean {
    const computed = !this.inputList.some(({ name }) => name === value.name) && !this.initializerMap.has(value.name);
    return computed && !this.outputList.some(({ name }) => name === value.name);
  }

  /** The nodes so far, in order. */
  get nodes(): readonly Node[] {
    return this.nodeList;
  }

  /** Declares a graph output, under another name if one is given. */
  output(value: Value, name: string = value.name): Value {
    if (name !== value.name) {
      this.claim(name);
      const [renamed] = this.node('Identity', [value], {}, { name, outputs: [name] });
      if (renamed) return this.output(renamed);
    }
    this.outputList.push({ name, type: value.type, shape: value.shape });
    return value;
  }

  /** Sets metadata of the model. */
  annotate(entries: Readonly<Record<string, string>>): void {
    Object.assign(this.metadata, entries);
  }

  /** Keeps new names clear of those that a graph's nodes and values have. */
  reserve(graph: Graph): void {
    for (const node of graph.nodes) for (const name of [node.name, ...node.outputs]) this.taken.add(name);
  }

  /** A name nobody has yet, built on `stem`. */
  unique(stem: string): string {
    if (!this.taken.has(stem)) {
      this.taken.add(stem);
      return stem;
    }
    for (;;) {
      const count = (this.counters.get(stem) ?? 0) + 1;
      this.counters.set(stem, count);
      const name = `${stem}_${String(count)}`;
      if (!this.taken.has(name)) {
        this.taken.add(name);
        return name;
      }
    }
  }

  /** Copies inputs, initializers, nodes, names and metadata of a model, not its outputs. */
  adopt(model: Model): this {
    const { graph } = model;
    for (const [domain, version] of Object.entries(model.opsets)) if (domain !== '') this.opsets[domain] = version;
    for (const input of graph.inputs) {
      if (isTensorInfo(input)) this.input(input.name, input.type, input.shape ?? []);
      else
        throw new MessierError(
          'onnx/unsupported',
          `Input "${input.name}" is not a tensor; only tensor inputs can be built upon.`,
        );
    }
    for (const [name, tensor] of graph.initializers) this.parameter(name, tensor);
    this.reserve(graph);
    for (const node of graph.nodes) this.append(node);
    this.annotate(model.metadata);
    return this;
  }

  /** The finished model. */
  build(options: { readonly name?: string } = {}): Model {
    const values = new Map<string, ValueInfo>();
    const outer = new Set([...this.inputList, ...this.outputList].map((info) => info.name));
    for (const node of this.nodeList) {
      for (const name of node.outputs) {
        const known = this.known.get(name);
        if (known && !outer.has(name)) values.set(name, { name, type: known.type, shape: known.shape });
      }
    }
    const graph: Graph = {
      name: options.name ?? 'messier',
      nodes: [...this.nodeList],
      inputs: [...this.inputList],
      outputs: [...this.outputList],
      initializers: new Map(this.initializerMap),
      values,
    };
    return {
      irVersion: irVersionOf(this.opset),
      opsets: { ...this.opsets },
      producer: 'messier',
      graph,
      metadata: { ...this.metadata },
      functions: [],
    };
  }

  private outputNames(name: string, options: NodeOptions): readonly string[] {
    if (typeof options.outputs === 'object') return options.outputs;
    const count = options.outputs ?? 1;
    return Array.from({ length: count }, (_, index) => this.unique(index === 0 ? `${name}:out` : `${name}:out${String(index)}`));
  }

  private claim(name: string): void {
    if (this.known.has(name))
      throw new MessierError('onnx/duplicate-name', `The name "${name}" is taken; each value of a graph needs its own.`);
    this.taken.add(name);
  }

  private learn(name: string, known: Known): Value {
    this.known.set(name, known);
    return { name, type: known.type, shape: known.shape };
  }

  private lookup(name: string, node: Node): Known {
    const known = this.known.get(name);
    if (known) return known;
    throw new MessierError(
      'onnx/absent-value',
      `${node.opType} "${node.name}": input "${name}" is not in the graph. Add it before the node.`,
    );
  }
}

function encodeAttributes(attributes: Readonly<Record<string, AttributeInput>>): Record<string, Attribute> {
  const encoded: Record<string, Attribute> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) encoded[key] = encodeAttribute(value);
  }
  return encoded;
}

function encodeAttribute(value: Exclude<AttributeInput, undefined>): Attribute {
  if (typeof value === 'number') return Number.isInteger(value) ? { kind: 'int', value } : { kind: 'float', value };
  if (typeof value === 'string') return { kind: 'string', value };
  if ('kind' in value) return value;
  if (value.every((item) => typeof item === 'number')) {
    return value.every((item) => Number.isInteger(item)) ? { kind: 'ints', value } : { kind: 'floats', value };
  }
  return { kind: 'strings', value: value.map(String) };
}
