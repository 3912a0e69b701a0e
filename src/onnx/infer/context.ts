import type { Dim, Graph, Node, Shape, Tensor, ValueInfo } from '../types.js';

/**
 * What is known of a value before the graph runs. `value` holds the elements of small integer tensors (shapes, axes,
 * indices) as far as they are known, so that `Shape -> Gather -> Concat -> Reshape` chains keep a symbolic batch; a scalar has one element.
 */
export interface Known extends Omit<ValueInfo, 'name'> {
  readonly shape?: Shape | undefined;
  /** The whole tensor, where it is constant. */
  readonly constant?: Tensor | undefined;
  /** Elements of an integer tensor of rank 0 or 1; `undefined` where one is not known. */
  readonly value?: readonly (Dim | undefined)[] | undefined;
}

/** What a shape rule sees: the node, what is known of its inputs (`undefined` for an omitted one) and the opset. */
export interface InferenceContext {
  readonly node: Node;
  readonly inputs: readonly (Known | undefined)[];
  readonly opset: number;
  /** What is known of the outputs of a graph in the node's attributes; absent where the values around the node are not at hand. */
  readonly inferSubgraph?: ((graph: Graph) => readonly Known[]) | undefined;
}

/** Derives the outputs of a node; throws a coded error where the inputs contradict the operator's rules. */
export type ShapeRule = (context: InferenceContext) => readonly Known[];

/** Rules by operator type within one domain. */
export type ShapeRules = Readonly<Record<string, ShapeRule>>;
