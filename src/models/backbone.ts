import { MessierError } from '../core/errors.js';
import type { Value } from '../onnx/assembler.js';
import { GraphBuilder } from '../onnx/builder.js';
import { cutModel, storeWeights, symbolicBatch, withMetadata } from '../onnx/rewrite/index.js';
import { isTensorInfo, type Attribute, type Dim, type Graph, type Model } from '../onnx/types.js';
import { upgradeModel } from '../onnx/upgrade/index.js';
import { featuresOf } from './transfer.js';

/** What is asked of a network whose features are used. */
export interface BackboneOptions {
  /** Pixels; the file's own size unless told, and needed where it takes any. */
  readonly height?: number | undefined;
  readonly width?: number | undefined;
  /** Of the pictures; the file's own unless told. Gray ones are repeated for a network of colours, colours are averaged for one of grays. */
  readonly channels?: 1 | 3 | undefined;
  /** The tensor with the features; the output `features` unless told, else what the last layer with weights reads. */
  readonly at?: string | undefined;
}

/** A network as far as its features. */
export interface Backbone {
  /** Input `image` float32 (N, channels, height, width), output `features` (N, size). */
  readonly model: Model;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Numbers that describe a picture. */
  readonly size: number;
  /** Whether the same weights take pictures of any size (global pooling), or of this one alone. */
  readonly anySize: boolean;
}

/**
 * Any classifier of pictures as a backbone: one of ours, or an ONNX file with an input of any name in NCHW or NHWC (which gets a
 * Transpose) and 1 or 3 channels. It is cut at its features, maps are averaged over space, the batch becomes any size `N`. What the pixels
 * must look like (range, mean, deviation) stays what the network was trained with. Of a finished model of this package, the network inside
 * is taken, behind its preprocessing.
 *
 * Throws `model/image` where there is no such input, `model/size` where the network takes no pictures of that size, `model/head` where
 * the features can't be found or have no fixed number, `onnx/absent-value` for an unknown `at`, `onnx/batch`.
 *
 * @example
 * const { model, size } = backboneOf(loadModel('mobilenet_v2.onnx'), { height: 160, width: 160 });
 * const classifier = replaceHead(model, { classes: 6, at: 'features' });
 */
export function backboneOf(given: Model, options: BackboneOptions = {}): Backbone {
  const model = upgradeModel(given);
  const at = options.at ?? (model.graph.outputs.some(({ name }) => name === 'features') ? 'features' : featuresOf(model));
  const cut = symbolicBatch(storeWeights(cutModel(bare(model), { outputs: [at], inputs: innerImage(model) })));
  const image = imageOf(cut, options.channels);
  const { channels } = image;
  const [height, width] = [sideOf('height', options.height, image.height), sideOf('width', options.width, image.width)];
  const own = [image.height, image.width].every((side) => typeof side === 'number')
    ? sized(cut, image, image.height, image.width)
    : undefined;
  const asked = sized(cut, image, height, width);
  // Names instead of sizes would hide that a dense layer needs one of them.
  const other = sized(cut, image, height + 32, width + 64);
  const anySize = other !== undefined && other.size === asked?.size;
  if (asked && (!own || own.size === asked.size)) return { ...asked, channels, height, width, anySize };
  if (own) {
    throw new MessierError(
      'model/size',
      `The network takes pictures of ${image.height} x ${image.width} pixels alone, ${height} x ${width} received: ` +
        'it has no global pooling, or holds sizes as numbers. Use its own size; an architecture of this package is created for another one.',
    );
  }
  throw new MessierError(
    'model/head',
    `Features "${at}" of ${height} x ${width} pixels have no fixed number. Name another tensor with \`at\`, or another size.`,
  );
}

/** The model of {@link backboneOf} alone: pictures in, `features` (N, size) out, to compute them once and keep them. */
export function featureModel(model: Model, options: BackboneOptions = {}): Model {
  return backboneOf(model, options).model;
}

/** What the network of a finished model reads, see deploy. */
function innerImage({ metadata, graph }: Model): string[] {
  const name = 'network.image';
  const isFinished = metadata['messier.model'] !== undefined && graph.nodes.some(({ outputs }) => outputs.includes(name));
  return isFinished ? [name] : [];
}

/** Without the card of a finished model, which holds no longer. */
const bare = (model: Model): Model => withMetadata(model, { 'messier.model': undefined, 'messier.classes': undefined });

/** The input that takes the pictures. */
interface Image {
  readonly name: string;
  readonly isLast: boolean;
  /** The network's own. */
  readonly inner: number;
  /** Of the pictures. */
  readonly channels: number;
  readonly height: Dim;
  readonly width: Dim;
}

function imageOf({ graph }: Model, asked: number | undefined): Image {
  const [input] = graph.inputs;
  const described = graph.inputs.map((each) => {
    return isTensorInfo(each) ? `"${each.name}" ${each.type} (${each.shape?.join(', ') ?? '?'})` : `"${each.name}"`;
  });
  const refusal = new MessierError(
    'model/image',
    `One input float32 (N, channels, height, width) or (N, height, width, channels) with 1 or 3 channels expected, ` +
      `${described.join(', ') || 'none'} received. Cut or convert the model before.`,
  );
  if (graph.inputs.length !== 1 || !input || !isTensorInfo(input) || input.type !== 'float32') throw refusal;
  const { name, shape = [] } = input;
  const [, first = 0, second = 0, third = 0] = shape;
  if (shape.length !== 4) throw refusal;
  if (isColour(first)) return { name, isLast: false, inner: first, channels: asked ?? first, height: second, width: third };
  if (isColour(third)) return { name, isLast: true, inner: third, channels: asked ?? third, height: first, width: second };
  // A file that leaves even the channels open: the first convolution knows them.
  const convolution = graph.nodes.find(({ opType }) => opType === 'Conv');
  const groups = convolution?.attributes['group'];
  const inner =
    (graph.initializers.get(convolution?.inputs[1] ?? '')?.dims[1] ?? 0) * (groups?.kind === 'int' ? groups.value : 1);
  if (typeof first !== 'string' || !isColour(inner)) throw refusal;
  return { name, isLast: false, inner, channels: asked ?? inner, height: second, width: third };
}

const isColour = (dim: Dim): dim is 1 | 3 => dim === 1 || dim === 3;

function sideOf(name: string, asked: number | undefined, own: Dim): number {
  const side = asked ?? own;
  if (typeof side === 'number' && Number.isInteger(side) && side > 0) return side;
  throw new MessierError(
    'model/size',
    asked === undefined
      ? `The network takes any ${name}. Say which, in pixels.`
      : `A ${name} is a whole number of pixels, ${asked} received.`,
  );
}

/** The model for pictures of that size, with our names; `undefined` where it can't be, or its features have no fixed number. */
function sized(cut: Model, image: Image, height: Dim, width: Dim): { readonly model: Model; readonly size: number } | undefined {
  const { channels, inner, isLast } = image;
  const [output] = cut.graph.outputs;
  const end = output && isTensorInfo(output) && output.shape?.length === 2 ? 'features' : 'features.maps';
  const start = isLast || channels !== inner ? 'image.adapted' : 'image';
  const names = new Map([
    [image.name, start],
    [output?.name ?? '', end],
  ]);
  const graph: Graph = { ...withNames(cut.graph, names), inputs: [], outputs: [], values: new Map() };
  try {
    const g = new GraphBuilder({ opset: cut.opsets[''] ?? 17 });
    // Names that are made from here on keep clear of those inside.
    g.reserve(graph);
    for (const name of graph.initializers.keys()) g.unique(name);
    let x = g.input('image', 'float32', ['N', channels, height, width]);
    if (channels < inner) x = g.concat(Array<Value>(inner).fill(x), 1);
    if (channels > inner) x = g.reduceMean(x, [1], true);
    if (isLast) x = g.transpose(x, [0, 2, 3, 1]);
    if (start !== 'image') g.node('Identity', [x], {}, { name: start, outputs: [start] });
    g.adopt({ ...cut, graph });
    const maps = g.value(end);
    const rank = maps.shape?.length ?? 0;
    const axes = Array.from({ length: Math.max(0, rank - 2) }, (_, axis) => axis + 2);
    const features = axes.length > 0 ? g.reduceMean(maps, axes, false) : maps;
    const [batch, size] = features.shape ?? [];
    if (rank < 2 || batch !== 'N' || typeof size !== 'number') return undefined;
    g.output(features, 'features');
    return { model: g.build({ name: cut.graph.name }), size };
  } catch (error) {
    // The graph contradicts itself at this size.
    if (error instanceof MessierError && error.code.startsWith('onnx/')) return undefined;
    throw error;
  }
}

/** The graph with other names for some values. Values that have such a name already get another one. */
function withNames(graph: Graph, wanted: ReadonlyMap<string, string>): Graph {
  const taken = new Set([...graph.initializers.keys(), ...graph.nodes.flatMap(({ outputs }) => outputs)]);
  const names = new Map(wanted);
  for (const name of ['image', 'image.adapted', 'features', 'features.maps']) {
    if (!taken.has(name) || names.has(name)) continue;
    let other = `${name}.inner`;
    while (taken.has(other)) other += '_';
    taken.add(other);
    names.set(name, other);
  }
  return renamed(graph, names);
}

function renamed(graph: Graph, names: ReadonlyMap<string, string>): Graph {
  const to = (name: string): string => names.get(name) ?? name;
  const info = <Info extends { readonly name: string }>(each: Info): Info => ({ ...each, name: to(each.name) });
  const inner = (attribute: Attribute): Attribute => {
    if (attribute.kind === 'graph') return { kind: 'graph', value: renamed(attribute.value, names) };
    if (attribute.kind === 'graphs') return { kind: 'graphs', value: attribute.value.map((each) => renamed(each, names)) };
    return attribute;
  };
  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(to),
      outputs: node.outputs.map(to),
      attributes: Object.fromEntries(Object.entries(node.attributes).map(([key, attribute]) => [key, inner(attribute)])),
    })),
    inputs: graph.inputs.map(info),
    outputs: graph.outputs.map(info),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [to(name), tensor])),
    values: new Map([...graph.values].map(([name, each]) => [to(name), info(each)])),
  };
}
