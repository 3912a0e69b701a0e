import { namesReadBy } from '../subgraphs.js';
import type { Attribute, Model, Node, Tensor } from '../types.js';
import { ownInitializers } from './own-initializers.js';
import { pruneGraph } from './prune.js';

/** y = x * factor + shift, one pair a channel. */
interface Affine {
  readonly factor: Float64Array;
  readonly shift: Float64Array;
}

/** What folding needs of a graph. */
interface Lookup {
  /** How many nodes and outputs read a value. */
  readonly readers: ReadonlyMap<string, number>;
  readonly constant: (name: string | undefined) => Float32Array | undefined;
  readonly dims: (name: string | undefined) => readonly number[];
}

/** The weight and bias of a layer that a batch norm follows, scaled. */
interface Scaled {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/**
 * w' = w * scale / sqrt(variance + epsilon), b' = (b - mean) * scale / sqrt(variance + epsilon) + beta: inference batch norms with constant
 * parameters that directly follow a Conv, ConvTranspose or Gemm with constant float32 weights go into those weights. Others stay.
 * Run `foldConstants` first where a file keeps its weights in Constant nodes.
 */
export function foldBatchNorm(given: Model): Model {
  const model = ownInitializers(given);
  const { graph } = model;
  const isInput = new Set(graph.inputs.map((input) => input.name));
  const readers = countReaders(model);
  const initializers = new Map(graph.initializers);
  const lookup: Lookup = {
    readers,
    constant: (name = '') => {
      const data = isInput.has(name) ? undefined : graph.initializers.get(name)?.data;
      return data instanceof Float32Array ? data : undefined;
    },
    dims: (name = '') => graph.initializers.get(name)?.dims ?? [],
  };
  const layers = new Map<string, number>();
  const nodes: (Node | undefined)[] = [...graph.nodes];
  for (const [index, node] of graph.nodes.entries()) {
    const source = node.inputs[0] ?? '';
    const at = node.opType === 'BatchNormalization' ? layers.get(source) : undefined;
    const layer = at === undefined ? undefined : nodes[at];
    const affine = layer && readers.get(source) === 1 ? affineOf(node, lookup) : undefined;
    const scaled = layer && affine && scale(layer, affine, lookup);
    if (layer && scaled && at !== undefined) {
      nodes[at] = replace(layer, node, scaled, lookup, initializers);
      nodes[index] = undefined;
    } else if (node.domain === '' && node.outputs.length === 1 && /^(Conv|ConvTranspose|Gemm)$/.test(node.opType)) {
      layers.set(node.outputs[0] ?? '', index);
    }
  }
  return { ...model, graph: pruneGraph({ ...graph, nodes: nodes.filter((node) => node !== undefined), initializers }) };
}

function countReaders({ graph }: Model): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  const count = (name: string): unknown => readers.set(name, (readers.get(name) ?? 0) + 1);
  for (const node of graph.nodes) for (const name of namesReadBy(node)) count(name);
  for (const output of graph.outputs) count(output.name);
  return readers;
}

function affineOf(node: Node, { constant }: Lookup): Affine | undefined {
  const [scale, beta, mean, variance] = node.inputs.slice(1).map(constant);
  const training = node.attributes['training_mode'];
  if (!scale || !beta || !mean || !variance || node.domain !== '') return undefined;
  if ((training?.kind === 'int' && training.value === 1) || node.outputs.filter((output) => output !== '').length !== 1)
    return undefined;
  const given = node.attributes['epsilon'];
  const epsilon = given?.kind === 'float' || given?.kind === 'int' ? given.value : 1e-5;
  const factor = Float64Array.from(scale, (value, channel) => value / Math.sqrt((variance[channel] ?? 0) + epsilon));
  const shift = Float64Array.from(beta, (value, channel) => value - (mean[channel] ?? 0) * (factor[channel] ?? 0));
  return { factor, shift };
}

function scale(layer: Node, affine: Affine, lookup: Lookup): Scaled | undefined {
  const weight = lookup.constant(layer.inputs[1]);
  const dims = lookup.dims(layer.inputs[1]);
  const channels = affine.factor.length;
  const hasBias = (layer.inputs[2] ?? '') !== '';
  const bias = lookup.constant(layer.inputs[2]);
  if (!weight || (hasBias && !bias) || weight.length === 0) return undefined;
  const attributes = layer.opType === 'Gemm' ? { ...layer.attributes, beta: { kind: 'float', value: 1 } as const } : undefined;
  const strength = layer.opType === 'Gemm' && layer.attributes['beta'] ? real(layer.attributes['beta']) : 1;
  if (bias && bias.length !== channels && !(layer.opType === 'Gemm' && bias.length === 1)) return undefined;
  const channelOf = outputChannel(layer, dims);
  if (channelOf(weight.length - 1) !== channels - 1) return undefined;
  return {
    weight: weight.map((value, index) => value * (affine.factor[channelOf(index)] ?? 0)),
    bias: Float32Array.from(affine.shift, (shift, channel) => {
      const before = bias?.[bias.length === 1 ? 0 : channel] ?? 0;
      return strength * before * (affine.factor[channel] ?? 0) + shift;
    }),
    ...(attributes ? { attributes } : {}),
  };
}

function real(attribute: Attribute): number {
  return attribute.kind === 'float' || attribute.kind === 'int' ? attribute.value : 1;
}

/** Which output channel a flat weight index belongs to. Transposed convolutions keep inputs first and outputs by group. */
function outputChannel(layer: Node, dims: readonly number[]): (index: number) => number {
  const size = dims.reduce((a, b) => a * b, 1);
  const [first = 1, second = 1] = dims;
  if (layer.opType === 'Conv') return (index) => Math.floor(index / (size / first));
  if (layer.opType === 'Gemm') {
    const transposed = layer.attributes['transB'];
    return transposed && real(transposed) !== 0 ? (index) => Math.floor(index / second) : (index) => index % second;
  }
  const { group } = layer.attributes;
  const inputsPerGroup = first / (group ? real(group) : 1);
  const inner = size / first / second;
  return (index) => {
    const [input, output] = [Math.floor(index / (size / first)), Math.floor(index / inner) % second];
    return Math.floor(input / inputsPerGroup) * second + output;
  };
}

/** The layer with the batch norm's output and new parameters, under the old names where nobody else reads them. */
function replace(layer: Node, norm: Node, scaled: Scaled, lookup: Lookup, initializers: Map<string, Tensor>): Node {
  const store = (stem: string, isOwn: boolean, dims: readonly number[], data: Float32Array): string => {
    let name = isOwn ? stem : `${stem}_folded`;
    while (!isOwn && (initializers.has(name) || lookup.readers.has(name))) name += '_';
    initializers.set(name, { type: 'float32', dims, data });
    return name;
  };
  const [input = '', oldWeight = '', oldBias = ''] = layer.inputs;
  const weight = store(oldWeight, lookup.readers.get(oldWeight) === 1, lookup.dims(oldWeight), scaled.weight);
  const hasBias = oldBias !== '';
  const bias = hasBias ? oldBias : (norm.inputs[2] ?? '');
  const biasName = store(bias, hasBias && lookup.readers.get(bias) === 1, [scaled.bias.length], scaled.bias);
  return {
    ...layer,
    inputs: [input, weight, biasName],
    outputs: [norm.outputs[0] ?? ''],
    attributes: scaled.attributes ?? layer.attributes,
  };
}
