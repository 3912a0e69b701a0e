import { isTensorInfo, type Model, type Node, type Tensor } from '../onnx/types.js';

/** Inputs that hold weights, by operator. */
const weightInputs: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [0, 1, 2],
  MatMul: [0, 1],
  Einsum: [0, 1, 2, 3],
  BatchNormalization: [1, 2],
  LayerNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  GroupNormalization: [1, 2],
  PRelu: [1],
  Gather: [0],
  LSTM: [1, 2, 3],
  GRU: [1, 2, 3],
};
/** A constant here is a bias or scale once a layer with weights came before, and preprocessing until then. */
const arithmetic = new Set(['Add', 'Sub', 'Mul', 'Div']);
/** Operators through which an initializer stays the same weight. */
const views = new Set(['Identity', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Cast']);

/**
 * Names of the initializers that a network learns, in the order in which the graph first uses them: float tensors in the weight
 * positions of their operators. Running statistics, shapes, arithmetic constants before the first layer, and attention masks
 * (added -1e4 or less, subtracted 1e4 or more, infinity included) are not among them.
 */
export function parameterNames(model: Model): readonly string[] {
  const { graph } = model;
  /** Values that are an initializer or a view of one. */
  const source = new Map<string, string>();
  for (const [name, tensor] of graph.initializers) if (tensor.type === 'float32') source.set(name, name);
  const behindLayer = new Set<string>();
  const found = new Set<string>();
  const inputs = new Set(graph.inputs.filter(isTensorInfo).map((input) => input.name));

  for (const node of graph.nodes) {
    const [first = ''] = node.inputs;
    const from = views.has(node.opType) && node.domain === '' ? source.get(first) : undefined;
    if (from !== undefined) {
      for (const name of node.outputs) source.set(name, from);
      continue;
    }
    const used = weightsOf(
      node,
      (name) => source.get(name),
      behindLayer,
      (name) => graph.initializers.get(name),
    );
    for (const name of used) if (!inputs.has(name)) found.add(name);
    if (used.length > 0 || node.inputs.some((name) => behindLayer.has(name)))
      for (const name of node.outputs) behindLayer.add(name);
  }
  return [...found];
}

function weightsOf(
  node: Node,
  sourceOf: (name: string) => string | undefined,
  behindLayer: ReadonlySet<string>,
  tensorOf: (name: string) => Tensor | undefined,
): readonly string[] {
  if (node.domain !== '') return [];
  const isArithmetic = arithmetic.has(node.opType);
  if (isArithmetic && !node.inputs.some((name) => behindLayer.has(name))) return [];
  const positions = isArithmetic ? [0, 1] : (weightInputs[node.opType] ?? []);
  return positions.flatMap((position) => {
    const name = sourceOf(node.inputs[position] ?? '');
    if (name === undefined) return [];
    // A single number in arithmetic is part of a formula (a scale, an epsilon), not a parameter.
    const tensor = isArithmetic ? tensorOf(name) : undefined;
    return tensor && (tensor.data.length === 1 || isMask(node, position, tensor)) ? [] : [name];
  });
}

/** Does the constant push some of the other operand down so far that a softmax gives it nothing? */
function isMask({ opType }: Node, position: number, { data }: Tensor): boolean {
  if (opType !== 'Add' && opType !== 'Sub') return false;
  const sign = opType === 'Sub' && position === 1 ? -1 : 1;
  return Array.prototype.some.call(data, (value) => sign * Number(value) <= -1e4);
}
