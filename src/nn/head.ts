import { MessierError } from '../core/errors.js';
import type { Value } from '../onnx/assembler.js';
import { isTensorInfo, type Model, type Node } from '../onnx/types.js';
import { known, ranked, title, whole } from './checks.js';
import { affine } from './dense.js';
import { dropout } from './dropout.js';
import { glorotUniform, zeros, type Initializer } from './initializers.js';
import type { Network } from './network.js';

export interface ClassifierOptions {
  /** `fc` unless told. */
  readonly name?: string;
  /** At least 2. */
  readonly classes: number;
  /** Dropout before the layer, 0 unless told. */
  readonly dropout?: number;
  readonly init?: Initializer;
  readonly biasInit?: Initializer;
}

/**
 * logits = x weightᵀ + bias: the last layer of a classifier, and the network's output `logits`.
 *
 * (N, D) -> (N, classes). Parameters `name.weight` (classes, D) and `name.bias` (classes). Throws `nn/option` and `nn/shape`.
 */
export function classifier(net: Network, x: Value, options: ClassifierOptions): Value {
  const name = net.layerName('fc', options.name ?? 'fc');
  const layer = title('Classifier', name);
  const classes = whole(layer, 'classes', options.classes, 2);
  const size = known(layer, 'the size of the last axis', ranked(layer, x, [2], 'rows (N, size)')[1]);
  const weight = net.parameter(`${name}.weight`, [classes, size], options.init ?? glorotUniform);
  const bias = net.parameter(`${name}.bias`, [classes], options.biasInit ?? zeros);
  const rows = dropout(net, x, { ratio: options.dropout ?? 0 });
  return net.output(affine(net, rows, { weight, bias, name, output: 'logits' }), 'logits');
}

/**
 * The model with one more output, `probabilities` = softmax(logits) over the classes, for use outside training.
 * Throws `nn/head` where there is no output `logits`; a model that has `probabilities` comes back as it is.
 */
export function withProbabilities(model: Model): Model {
  const { graph } = model;
  if (graph.outputs.some((output) => output.name === 'probabilities')) return model;
  const logits = graph.outputs.find((output) => output.name === 'logits');
  if (!logits || !isTensorInfo(logits)) {
    const found = graph.outputs.map((output) => output.name).join(', ');
    throw new MessierError('nn/head', `An output "logits" expected, [${found}] received. End the network with classifier(...).`);
  }
  const softmax: Node = {
    name: 'probabilities',
    opType: 'Softmax',
    domain: '',
    inputs: ['logits'],
    outputs: ['probabilities'],
    attributes: { axis: { kind: 'int', value: -1 } },
  };
  const outputs = [...graph.outputs, { ...logits, name: 'probabilities' }];
  return { ...model, graph: { ...graph, nodes: [...graph.nodes, softmax], outputs } };
}
