import { MessierError } from '../../core/errors.js';
import { dataTypeOf } from '../data-types.js';
import { elementCount, int64 } from '../tensors.js';
import { isTensorInfo, type DataType, type Graph, type Node, type Tensor } from '../types.js';
import { constantOutput, outputRank, outputType } from './knowledge.js';

/** Names of a whole model: which are taken, and which are read by a node or leave a graph. */
export class ModelNames {
  private readonly counters = new Map<string, number>();

  constructor(
    private readonly taken: Set<string>,
    private readonly read: ReadonlySet<string>,
  ) {}

  /** Does anything use this value? */
  isRead(name: string): boolean {
    return name !== '' && this.read.has(name);
  }

  /** A name nobody has yet. */
  unique(stem: string): string {
    for (;;) {
      const count = (this.counters.get(stem) ?? 0) + 1;
      this.counters.set(stem, count);
      const name = `${stem}:${count}`;
      if (this.taken.has(name)) continue;
      this.taken.add(name);
      return name;
    }
  }
}

/** One graph while it is upgraded: what is known of its values, and what has been added to it. */
export class UpgradeContext {
  readonly added = new Map<string, Tensor>();
  private readonly ranks = new Map<string, number>();
  private readonly types = new Map<string, DataType>();
  private readonly constants = new Map<string, Tensor>();

  constructor(
    graph: Graph,
    /** Opset that the file declares. */
    readonly opset: number,
    readonly names: ModelNames,
    private readonly outer: UpgradeContext | undefined,
  ) {
    for (const info of [...graph.values.values(), ...graph.outputs, ...graph.inputs]) {
      if (!isTensorInfo(info)) continue;
      this.types.set(info.name, info.type);
      if (info.shape) this.ranks.set(info.name, info.shape.length);
    }
    for (const [name, tensor] of graph.initializers) this.learnConstant(name, tensor);
  }

  rank(name: string): number | undefined {
    return this.ranks.get(name) ?? this.outer?.rank(name);
  }

  type(name: string): DataType | undefined {
    return this.types.get(name) ?? this.outer?.type(name);
  }

  constant(name: string): Tensor | undefined {
    return this.constants.get(name) ?? this.outer?.constant(name);
  }

  /** Adds a constant and returns its name. */
  add(tensor: Tensor, node: Node, what: string): string {
    const name = this.names.unique(`${labelOf(node)}:${what}`);
    this.added.set(name, tensor);
    this.learnConstant(name, tensor);
    return name;
  }

  /** Adds a list of int64 and returns its name. */
  addInts(values: readonly number[], node: Node, what: string): string {
    return this.add(int64(values), node, what);
  }

  /** Notes what a finished node says about its outputs. */
  learn(node: Node): void {
    const constant = constantOutput(node);
    const [first = ''] = node.outputs;
    if (constant) this.learnConstant(first, constant);
    const rank = outputRank(node, this);
    const type = outputType(node, this);
    for (const output of node.outputs) {
      if (rank !== undefined && !this.ranks.has(output)) this.ranks.set(output, rank);
      if (type !== undefined && !this.types.has(output)) this.types.set(output, type);
    }
  }

  /** Stops with an error that names the node. */
  fail(node: Node, problem: string): never {
    throw new MessierError(
      'onnx/upgrade',
      `${node.opType} "${labelOf(node)}" of opset ${this.opset} can't be brought to opset 17: ${problem}. ` +
        'Export the model again with opset_version=17.',
    );
  }

  private learnConstant(name: string, tensor: Tensor): void {
    this.constants.set(name, tensor);
    this.ranks.set(name, tensor.dims.length);
    this.types.set(name, tensor.type);
  }
}

/** The node's name, or that of its first output. */
function labelOf(node: Node): string {
  return node.name || (node.outputs[0] ?? node.opType);
}

/** Has the tensor exactly one element? */
export function isSingle(tensor: Tensor | undefined): boolean {
  return tensor !== undefined && elementCount(tensor.dims) === 1;
}

/** An INT attribute, `undefined` where it is absent. */
export function intOf(node: Node, name: string): number | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'int' ? attribute.value : undefined;
}

/** An INTS attribute, `undefined` where it is absent. */
export function intsOf(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'ints' ? attribute.value : undefined;
}

/** A FLOAT attribute, `undefined` where it is absent. */
export function floatOf(node: Node, name: string): number | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'float' ? attribute.value : undefined;
}

/** A FLOATS attribute, `undefined` where it is absent. */
export function floatsOf(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'floats' ? attribute.value : undefined;
}

/** A STRING attribute, `undefined` where it is absent. */
export function stringOf(node: Node, name: string): string | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'string' ? attribute.value : undefined;
}

/** The element type that an INT attribute names. */
export function typeOf(node: Node, name: string): DataType | undefined {
  return dataTypeOf(intOf(node, name) ?? 0);
}
