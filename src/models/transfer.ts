import { MessierError } from '../core/errors.js';
import { randomStream } from '../core/random.js';
import { GraphBuilder } from '../onnx/builder.js';
import { cutModel, foldConstants } from '../onnx/rewrite/index.js';
import type { Model, Node } from '../onnx/types.js';

/** A new head for a pretrained network. */
export interface HeadOptions {
  /** At least 2. */
  readonly classes: number;
  /** The tensor that the head reads; the input of the last layer with weights unless told. */
  readonly at?: string | undefined;
  /** Seed of the head's first weights; 0 unless told. */
  readonly seed?: number | undefined;
}

const layers = new Set(['Gemm', 'MatMul', 'Conv']);

/**
 * A classifier on another network's features: the model is cut at `at`, maps are averaged over space, and a dense layer
 * `head.weight` (classes, D), `head.bias` makes the output `logits` (N, classes). All other parameters stay as they are.
 *
 * Throws `model/head` where the features can't be found or have no fixed size, `onnx/absent-value` for an unknown `at`.
 *
 * @example
 * const model = replaceHead(loadModel('mobilenet_v2.onnx'), { classes: 6 });
 */
export function replaceHead(model: Model, { classes, at, seed = 0 }: HeadOptions): Model {
  if (!Number.isInteger(classes) || classes < 2) {
    throw new MessierError('model/option', `replaceHead: at least 2 classes expected, ${String(classes)} received.`);
  }
  const backbone = cutModel(model, { outputs: [at ?? featuresOf(model)] });
  const g = new GraphBuilder({ opset: backbone.opsets[''] ?? 17 }).adopt(backbone);
  let features = g.value(backbone.graph.outputs[0]?.name ?? '');
  const rank = features.shape?.length ?? 0;
  if (rank > 2)
    features = g.reduceMean(
      features,
      Array.from({ length: rank - 2 }, (_, axis) => axis + 2),
      false,
    );
  const size = features.shape?.[1];
  if (typeof size !== 'number') {
    throw new MessierError(
      'model/head',
      `Features "${features.name}" of shape (${(features.shape ?? ['?']).join(', ')}) have no fixed size on axis 1. Name another tensor with \`at\`.`,
    );
  }
  const bound = 1 / Math.sqrt(size);
  const weights = randomStream(seed, 'weights', 'head.weight').fillUniform(new Float32Array(classes * size), -bound, bound);
  const weight = g.parameter(g.unique('head.weight'), { type: 'float32', dims: [classes, size], data: weights });
  const bias = g.parameter(g.unique('head.bias'), { type: 'float32', dims: [classes], data: new Float32Array(classes) });
  g.output(g.gemm(features, weight, bias, { transB: true, name: 'head' }), 'logits');
  return g.build({ name: model.graph.name });
}

/** The data input of the last layer with weights of its own before the first output. */
function featuresOf(model: Model): string {
  const [output] = model.graph.outputs;
  const { graph } = foldConstants(cutModel(model, { outputs: output ? [output.name] : [] }));
  const last = graph.nodes.findLast((node) => layers.has(node.opType) && weighted(node, (name) => graph.initializers.has(name)));
  const data = last?.inputs.find((name) => !graph.initializers.has(name));
  if (data !== undefined) return data;
  throw new MessierError(
    'model/head',
    `No dense or convolution layer with weights lies before "${output?.name ?? ''}". Name the features with \`at\`.`,
  );
}

const weighted = (node: Node, isInitializer: (name: string) => boolean): boolean => node.inputs.slice(0, 2).some(isInitializer);
