import { MessierError } from '../core/errors.js';
import { float, type Value } from '../onnx/assembler.js';
import { GraphBuilder } from '../onnx/builder.js';
import { number } from '../onnx/infer/support.js';
import { namesReadBy } from '../onnx/subgraphs.js';
import { isTensorInfo, type Dim, type Graph, type Model, type Node, type Shape } from '../onnx/types.js';
import { convolveByProduct, productForm, type ProductForm } from './convolution-product.js';
import type { Target } from './rule.js';
import { elementCount, range, rankOf, shapeOf } from './shapes.js';

/** A running statistic and its value after the step. */
export interface Statistic {
  readonly name: string;
  readonly next: Value;
}

/** Uniform random numbers in [0, 1) that the graph asks its driver for at every step. */
export interface NoiseInput {
  readonly name: string;
  readonly shape: Shape;
}

/** The forward pass as it runs in training. */
export interface TrainingGraph {
  readonly g: GraphBuilder;
  /** What to differentiate: the nodes of `g`, and the original in place of what computes it by other operators. */
  readonly nodes: readonly Node[];
  readonly statistics: readonly Statistic[];
  readonly noise: readonly NoiseInput[];
}

/** How a forward pass is prepared for training. */
export interface TrainingGraphOptions {
  /** Initializers that become inputs. */
  readonly learned: ReadonlySet<string>;
  /** Batch norm layers (by scale parameter) that use the statistics of the batch. */
  readonly usesBatch: (scaleName: string) => boolean;
  /** Sizes for symbolic dimensions of the inputs, for example `{ N: 32 }`. */
  readonly dims: Readonly<Record<string, number>>;
  readonly target: Target;
}

/**
 * Copies a model's forward pass with what differs in training: parameters are inputs, batch norm uses the batch, dropout multiplies
 * by a mask made of an input of random numbers, and a ReLU before a max-pool moves behind it, where it has less to do: max(relu) = relu(max).
 */
export function trainingGraph(model: Model, options: TrainingGraphOptions): TrainingGraph {
  const { graph } = model;
  const g = new GraphBuilder({ opset: model.opsets[''] ?? 17 });
  g.reserve(graph);
  const statistics = new Map<string, Value>();
  const noise: NoiseInput[] = [];
  for (const input of graph.inputs) {
    if (!isTensorInfo(input) || !input.shape) {
      throw new MessierError(
        'autodiff/input',
        `Input "${input.name}" needs a tensor type and a shape to be trained on. Run inferShapes or set its shape.`,
      );
    }
    g.input(
      input.name,
      input.type,
      input.shape.map((dim): Dim => (typeof dim === 'string' ? (options.dims[dim] ?? dim) : dim)),
    );
  }
  const running = new Set(graph.nodes.flatMap((node) => (trainsStatistics(node, options) ? node.inputs.slice(3, 5) : [])));
  for (const [name, tensor] of graph.initializers) {
    if (options.learned.has(name) || running.has(name)) g.input(name, tensor.type, tensor.dims);
    else g.parameter(name, tensor);
  }
  const nodes: Node[] = [];
  for (const node of sinkRelu(named(graph))) {
    const start = g.nodes.length;
    const form = learnedProduct(g, node, options);
    if (form) convolveByProduct(g, node, form);
    else if (trainsStatistics(node, options)) trainBatchNorm(g, node, statistics, options.target);
    else if (node.opType === 'Dropout' && node.domain === '') noise.push(...trainDropout(g, node));
    else g.append(node);
    nodes.push(...(form ? [node] : g.nodes.slice(start)));
  }
  return { g, nodes, statistics: Array.from(statistics, ([name, next]) => ({ name, next })), noise };
}

/** The product form of a convolution whose weights are learned, so that its columns serve the gradients too. */
function learnedProduct(g: GraphBuilder, node: Node, { learned, target }: TrainingGraphOptions): ProductForm | undefined {
  const [x = '', weight = ''] = node.inputs;
  if (node.opType !== 'Conv' || node.domain !== '' || !learned.has(weight)) return undefined;
  return productForm(node, g.value(x), g.value(weight), target);
}

function trainsStatistics(node: Node, { usesBatch }: TrainingGraphOptions): boolean {
  return node.opType === 'BatchNormalization' && node.domain === '' && usesBatch(node.inputs[1] ?? '');
}

/** Nodes without a name, which older files are full of, are called after their first output, so that errors can name them. */
function named(graph: Graph): Graph {
  return { ...graph, nodes: graph.nodes.map((node) => (node.name === '' ? { ...node, name: node.outputs[0] ?? '' } : node)) };
}

/** Exchanges Relu and MaxPool where the Relu feeds nothing else, branches and loop bodies included. */
function sinkRelu(graph: Graph): readonly Node[] {
  const uses = new Map<string, number>();
  const used = (name: string): void => void uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const node of graph.nodes) namesReadBy(node).forEach(used);
  for (const output of graph.outputs) used(output.name);
  const is = (node: Node, opType: string): boolean => node.opType === opType && node.domain === '';
  const relus = new Map(graph.nodes.flatMap((node) => (is(node, 'Relu') ? [[node.outputs[0] ?? '', node] as const] : [])));
  const sunk = new Set<Node>();
  const exchanged = graph.nodes.flatMap((node): readonly Node[] => {
    const [input = ''] = node.inputs;
    const relu = relus.get(input);
    if (!is(node, 'MaxPool') || node.outputs.length !== 1 || !relu || uses.get(input) !== 1) return [node];
    sunk.add(relu);
    const pooled = `${input}/pooled`;
    return [
      { ...node, inputs: relu.inputs, outputs: [pooled] },
      { ...relu, inputs: [pooled], outputs: node.outputs },
    ];
  });
  return exchanged.filter((node) => !sunk.has(node));
}

/**
 * Batch norm over the batch's own mean and variance. The running statistics follow with the node's momentum; the running variance
 * takes the unbiased estimate n / (n - 1), as PyTorch and Keras do. A layer that is used again follows on from its use before.
 */
function trainBatchNorm(g: GraphBuilder, node: Node, statistics: Map<string, Value>, target: Target): void {
  const inputs = node.inputs.map((name) => g.value(name));
  const [x, scale, bias, runningMean, runningVariance] = inputs;
  if (!x || !scale || !bias || !runningMean || !runningVariance)
    throw new RangeError(`BatchNormalization "${node.name}" needs five inputs.`);
  const epsilon = number(node, 'epsilon', 1e-5);
  const [output = ''] = node.outputs;
  const { mean, variance } =
    target === 'webgpu'
      ? normalizeByParts(g, { x, scale, bias, epsilon, output })
      : normalize(g, { x, scale, bias, epsilon, output });

  const momentum = number(node, 'momentum', 0.9);
  const count = elementCount(g, x, [0, ...range(rankOf(x) - 2, 2)]);
  const unbiased = g.mul(variance, g.div(count, g.max(g.sub(count, g.scalar(1)), g.scalar(1))));
  const follow = (running: Value, now: Value): void => {
    const old = statistics.get(running.name) ?? running;
    statistics.set(running.name, g.add(g.mul(old, g.scalar(momentum)), g.mul(now, g.scalar(1 - momentum))));
  };
  follow(runningMean, mean);
  follow(runningVariance, unbiased);
}

interface BatchNorm {
  readonly x: Value;
  readonly scale: Value;
  readonly bias: Value;
  readonly epsilon: number;
  /** Name of the result. */
  readonly output: string;
}

/**
 * The operator in training mode: with momentum 0 its running outputs are the batch's mean and variance. ONNX Runtime's CPU kernel writes
 * them over its running inputs, so every use of a layer has two buffers of its own there, and not a shared constant; multiples of the
 * scale and bias that differ from use to use, so that nothing merges them.
 */
function normalize(
  g: GraphBuilder,
  { x, scale, bias, epsilon, output }: BatchNorm,
): { readonly mean: Value; readonly variance: Value } {
  const factor = g.scalar(g.nodes.filter((node) => node.opType === 'BatchNormalization' && node.inputs[1] === scale.name).length);
  const [, mean, variance] = g.node(
    'BatchNormalization',
    [x, scale, bias, g.mul(scale, factor), g.mul(bias, factor)],
    { training_mode: 1, momentum: float(0), epsilon: float(epsilon) },
    { outputs: [output, g.unique(`${output}/mean`), g.unique(`${output}/variance`)] },
  );
  if (!mean || !variance) throw new RangeError('BatchNormalization gave no statistics.');
  return { mean, variance };
}

/** The same out of reductions and products, for providers whose operator has no training mode. */
function normalizeByParts(
  g: GraphBuilder,
  { x, scale, bias, epsilon, output }: BatchNorm,
): { readonly mean: Value; readonly variance: Value } {
  const rank = rankOf(x);
  const axes = [0, ...range(rank - 2, 2)];
  const wide = (value: Value): Value => g.reshape(value, [-1, ...new Array<number>(rank - 2).fill(1)]);
  const mean = g.reduceMean(x, axes, false);
  const centered = g.sub(x, wide(mean));
  const variance = g.reduceMean(g.mul(centered, centered), axes, false);
  const slope = g.div(scale, g.sqrt(g.add(variance, g.scalar(epsilon))));
  g.node('Add', [g.mul(centered, wide(slope)), wide(bias)], {}, { outputs: [output] });
  return { mean, variance };
}

/** x m / (1 - ratio), with m = 1 where the fed random number reaches the ratio. */
function trainDropout(g: GraphBuilder, node: Node): readonly NoiseInput[] {
  const [x, ratioInput] = node.inputs.map((name) => (name === '' ? undefined : g.value(name)));
  const [output = ''] = node.outputs;
  if (!x) throw new RangeError(`Dropout "${node.name}" lacks its input.`);
  const ratio = ratioInput ? Number(g.constantOf(ratioInput)?.data[0] ?? 0.5) : 0.5;
  if (ratio === 0) {
    g.node('Identity', [x], {}, { outputs: [output] });
    return [];
  }
  const shape = shapeOf(x);
  const noise = g.input(g.unique(`noise/${output}`), 'float32', shape);
  const mask = g.mul(g.cast(g.greaterOrEqual(noise, g.scalar(ratio)), 'float32'), g.scalar(1 / (1 - ratio)));
  g.node('Mul', [x, mask], {}, { outputs: [output] });
  return [{ name: noise.name, shape }];
}
