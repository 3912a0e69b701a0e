import { MessierError } from '../core/errors.js';
import { randomStream } from '../core/random.js';
import { GraphBuilder } from '../onnx/builder.js';
import { cutModel, storeWeights, symbolicBatch } from '../onnx/rewrite/index.js';
import type { Model } from '../onnx/types.js';
import { upgradeModel } from '../onnx/upgrade/index.js';

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
 * `head.weight` (classes, D), `head.bias` makes the output `logits` (N, classes). All other parameters stay as they are; weights that
 * nodes make become parameters under the names of those nodes' outputs, a batch of fixed size becomes one of any size, `N`, and an old opset is upgraded.
 *
 * Throws `model/head` where the features can't be found or have no fixed size, `onnx/absent-value` for an unknown `at`, `onnx/batch`
 * where the features depend on the size of the batch.
 *
 * @example
 * const model = replaceHead(loadModel('mobilenet_v2.onnx'), { classes: 6 });
 */
export function replaceHead(given: Model, { classes, at, seed = 0 }: HeadOptions): Model {
  if (!Number.isInteger(classes) || classes < 2) {
    throw new MessierError('model/option', `replaceHead: at least 2 classes expected, ${String(classes)} received.`);
  }
  const model = upgradeModel(given);
  const backbone = storeWeights(symbolicBatch(cutModel(model, { outputs: [at ?? featuresOf(model)] })));
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
export function featuresOf(model: Model): string {
  const [output] = model.graph.outputs;
  const { graph } = cutModel(model, { outputs: output ? [output.name] : [] });
  const constants = new Set(graph.initializers.keys());
  let features: string | undefined;
  for (const { opType, inputs, outputs } of graph.nodes) {
    const data = inputs.find((name) => name !== '' && !constants.has(name));
    if (data === undefined) for (const name of outputs) constants.add(name);
    else if (layers.has(opType) && inputs.slice(0, 2).some((name) => constants.has(name))) features = data;
  }
  if (features !== undefined) return features;
  throw new MessierError(
    'model/head',
    `No dense or convolution layer with weights lies before "${output?.name ?? ''}". Name the features with \`at\`.`,
  );
}
