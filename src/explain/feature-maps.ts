import { MessierError } from '../core/errors.js';
import type { Picture } from '../core/picture.js';
import { writePlanes } from '../dataset/planes.js';
import { cutModel } from '../onnx/rewrite/index.js';
import { isTensorInfo, type Graph, type Model, type Node, type Tensor } from '../onnx/types.js';
import { createSession } from '../runtime/session.js';

/** What one layer answers to a picture. */
export interface LayerMaps {
  readonly layer: string;
  /** One grayscale picture a channel, from its least value (black) to its largest (white); a constant map is black. */
  readonly maps: readonly Picture[];
}

/** What may stand between a convolution and what it hands on. */
const normalizations = ['BatchNormalization', 'InstanceNormalization', 'GroupNormalization'];
const activations = [
  'Relu',
  'LeakyRelu',
  'PRelu',
  'Elu',
  'Celu',
  'Selu',
  'Sigmoid',
  'HardSigmoid',
  'HardSwish',
  'Mish',
  'Softplus',
  'Tanh',
  'Clip',
  'Gelu',
];

/**
 * The activations of convolutions for one picture: after their normalization and activation function where these follow directly, without
 * anything else reading what is between.
 *
 * @param model One that `deploy` made, for a picture of any size; its first view is taken. Or the network itself, whose input
 * `image` is float32: the picture then has the network's size, and its values are taken as they are, divided by 255.
 * @param layers Names of convolutions: of their node, or of their weight without `.weight`.
 * @throws MessierError `explain/layer` for a name that is none of them, with those that are; `explain/input` for a model or picture that
 * does not fit.
 *
 * @example
 * const [first] = await featureMaps(loadModel('model.onnx'), picture, ['conv1']);
 */
export async function featureMaps(model: Model, picture: Picture, layers: readonly string[]): Promise<LayerMaps[]> {
  const { graph } = model;
  const convolutions = convolutionsOf(graph);
  const outputs = layers.map((layer) => lastOf(graph, convolutions.get(layer) ?? absent(layer, convolutions)));
  if (outputs.length === 0) return [];
  const feeds = { image: imageOf(graph, picture) };
  const session = await createSession(cutModel(model, { outputs: [...new Set(outputs)] }), { device: 'cpu', inThread: true });
  try {
    const answers = await session.run(feeds);
    return layers.map((layer, index) => ({ layer, maps: mapsOf(layer, answers[outputs[index] as string]) }));
  } finally {
    await session.release();
  }
}

/**
 * Are these convolutions of the model? To be asked before hours of training, not after.
 *
 * @throws MessierError `explain/layer` as {@link featureMaps}.
 *
 * @example
 * checkLayers(createModel('four-galaxies'), ['conv1', 'conv2']);
 */
export function checkLayers({ graph }: Model, layers: readonly string[]): void {
  const convolutions = convolutionsOf(graph);
  for (const layer of layers) if (!convolutions.has(layer)) absent(layer, convolutions);
}

/** Convolutions by the names that they go by, in the graph's order. */
function convolutionsOf(graph: Graph): Map<string, Node> {
  const found = new Map<string, Node>();
  for (const node of graph.nodes) {
    if (node.opType !== 'Conv' || node.domain !== '') continue;
    const weight = node.inputs[1] ?? '';
    const name = weight.endsWith('.weight') ? weight.slice(0, -'.weight'.length) : weight;
    if (!found.has(name)) found.set(name, node);
    if (node.name !== '' && !found.has(node.name)) found.set(node.name, node);
  }
  return found;
}

function absent(layer: string, convolutions: ReadonlyMap<string, Node>): never {
  throw new MessierError(
    'explain/layer',
    `"${layer}" is no convolution of this model. It has ${[...convolutions.keys()].map((name) => `"${name}"`).join(', ') || 'none'}.`,
  );
}

/** The tensor that a convolution hands on. */
function lastOf(graph: Graph, convolution: Node): string {
  let [name] = convolution.outputs as readonly [string];
  for (const kinds of [normalizations, activations]) {
    const [reader, another] = graph.nodes.filter(({ inputs }) => inputs.includes(name));
    if (reader && !another && kinds.includes(reader.opType)) name = reader.outputs[0] as string;
  }
  return name;
}

function imageOf(graph: Graph, picture: Picture): Tensor {
  const image = graph.inputs.filter(isTensorInfo).find(({ name }) => name === 'image');
  const [, channels, height, width] = image?.shape ?? [];
  const isKnown = (image?.type === 'uint8' || image?.type === 'float32') && (channels === 1 || channels === 3);
  if (!isKnown) {
    throw new MessierError(
      'explain/input',
      `Input "image" uint8 or float32 (N, 1 or 3, H, W) expected; the model has ${image ? `${image.type} (${image.shape?.join(', ') ?? '?'})` : 'no such input'}.`,
    );
  }
  const isFitting = [
    [height, picture.height],
    [width, picture.width],
  ].every(([wanted, given]) => typeof wanted !== 'number' || wanted === given);
  if (!isFitting) {
    throw new MessierError(
      'explain/input',
      `The network takes pictures of ${width ?? '?'} x ${height ?? '?'} pixels, ${picture.width} x ${picture.height} received. Pass the finished model, which takes any size.`,
    );
  }
  const planes = new Uint8Array(channels * picture.height * picture.width);
  writePlanes(planes, 0, picture, channels);
  const dims = [1, channels, picture.height, picture.width];
  if (image.type === 'uint8') return { type: 'uint8', dims, data: planes };
  return { type: 'float32', dims, data: Float32Array.from(planes, (value) => value / 255) };
}

/** The maps of the first picture of (N, channels, height, width). */
function mapsOf(layer: string, tensor: Tensor | undefined): Picture[] {
  const [, channels = 0, height = 0, width = 0] = tensor?.dims ?? [];
  const values = tensor?.data;
  if (!(values instanceof Float32Array) || tensor?.dims.length !== 4) {
    throw new MessierError('explain/layer', `Layer "${layer}" gives no float32 (N, channels, H, W). Choose another one.`);
  }
  return Array.from({ length: channels }, (_, channel) => {
    const map = values.subarray(channel * height * width, (channel + 1) * height * width);
    const low = map.reduce((least, value) => Math.min(least, value), Infinity);
    const range = map.reduce((most, value) => Math.max(most, value), -Infinity) - low;
    const data = Uint8Array.from(map, (value) => (range > 0 ? Math.round(((value - low) / range) * 255) : 0));
    return { width, height, channels: 1, data };
  });
}
