import { parameterNames } from '../autodiff/parameters.js';
import { MessierError } from '../core/errors.js';
import { floatOfBits16 } from '../onnx/half.js';
import { isNumeric } from '../onnx/tensors.js';
import type { Model, Node, Tensor } from '../onnx/types.js';
import type { ModelOptions } from './architecture.js';
import { outlineModel } from './registry.js';
import { timmEpsilon, timmNames } from './weights-timm.js';

/** A model with published weights in it. */
export interface LoadedWeights {
  readonly model: Model;
  /** Its parameters and running statistics that have got the file's values. */
  readonly loaded: readonly string[];
  /** Whether the last layer has the file's values too; `new` where the file has none, or other classes. */
  readonly head: 'loaded' | 'new';
  /** Tensors of the file that are not needed: counters, auxiliary outputs, a head of other classes. */
  readonly ignored: readonly string[];
}

/** Tensors of a state dict that no model of ours has a place for. */
const needless = /(^|\.)num_batches_tracked$|^AuxLogits\./;
/** Names in a message. */
const mostNamed = 3;

/**
 * A model of {@link createModel} with the tensors of a PyTorch state dict in it, by the names of torchvision or timm (told apart by the
 * names themselves). float16, bfloat16 and float64 become float32. A last layer of other classes stays as it is; a first convolution of other
 * channels is adapted: from 3 to 1 by the sum over the channels, from 1 to 3 by a third for each. Where timm's network differs in a number that
 * is no parameter (the epsilon of MobileNetV3's batch norms), the model gets that too. `source` names the file in errors.
 *
 * Throws `weights/mismatch` where tensors are missing, of another shape, or left over.
 *
 * @example
 * const { tensors } = decodeSafetensors(await readFile('model.safetensors'));
 * const { model } = loadWeights(createModel('resnet50', { classes: 6 }), tensors);
 */
export function loadWeights(
  model: Model,
  tensors: ReadonlyMap<string, Tensor>,
  { source = 'The weights' }: { readonly source?: string | undefined } = {},
): LoadedWeights {
  const architecture = model.metadata['messier.architecture'] ?? model.graph.name;
  const needed = stateNames(model);
  const names = schemeOf(architecture, needed, tensors);
  const head = headOf(model);
  const first = firstWeight(model);
  const filled = new Map<string, Tensor>();
  const problems: string[] = [];
  const used = new Set<string>();
  const skipped = new Set<string>();
  for (const name of needed) {
    const own = names.get(name) ?? name;
    const expected = model.graph.initializers.get(name);
    const found = tensors.get(own);
    if (found) used.add(own);
    if (!expected) continue;
    const fits = found && fit(found, expected, name === first);
    if (fits) filled.set(name, fits);
    else if (head.has(name) && (!found || isOtherHead(found, expected))) skipped.add(name);
    else
      problems.push(found ? `"${own}" is (${found.dims.join(', ')}), not (${expected.dims.join(', ')})` : `"${own}" is missing`);
  }
  // A head is loaded whole or not at all.
  if (skipped.size > 0) for (const name of head) filled.delete(name);
  const ignored = [...tensors.keys()].filter((name) => !used.has(name));
  problems.push(...ignored.filter((name) => !needless.test(name)).map((name) => `"${name}" has no place`));
  if (problems.length > 0) throw mismatch(source, architecture, problems, needed.length);
  for (const name of head) if (!filled.has(name)) ignored.push(...[names.get(name) ?? name].filter((own) => tensors.has(own)));
  const epsilon = names.size > 0 ? timmEpsilon(architecture) : undefined;
  const { graph } = model;
  const nodes = epsilon === undefined ? graph.nodes : graph.nodes.map((node) => withEpsilon(node, epsilon));
  return {
    model: { ...model, graph: { ...graph, nodes, initializers: new Map([...graph.initializers, ...filled]) } },
    loaded: [...filled.keys()],
    head: skipped.size === 0 ? 'loaded' : 'new',
    ignored,
  };
}

/**
 * {@link loadWeights} into a new model, whose own first weights are made only where the file has none: much quicker for large networks.
 *
 * @example
 * const { model, head } = pretrainedModel('vgg16', tensors, { classes: 6 });
 */
export function pretrainedModel(
  name: string,
  tensors: ReadonlyMap<string, Tensor>,
  options: ModelOptions & { readonly source?: string | undefined } = {},
): LoadedWeights {
  const { source, ...rest } = options;
  const loaded = loadWeights(outlineModel(name, rest), tensors, { source });
  if (loaded.head === 'loaded') return loaded;
  const head = headOf(loaded.model);
  const { initializers } = outlineModel(name, rest, (parameter) => head.has(parameter)).graph;
  const { graph } = loaded.model;
  const made = [...head].flatMap((parameter) => {
    const tensor = initializers.get(parameter);
    return tensor ? [[parameter, tensor] as const] : [];
  });
  return { ...loaded, model: { ...loaded.model, graph: { ...graph, initializers: new Map([...graph.initializers, ...made]) } } };
}

/** What a state dict holds of a model: parameters and running statistics. */
export function stateNames(model: Model): readonly string[] {
  const statistics = model.graph.nodes.flatMap(({ opType, inputs }) =>
    opType === 'BatchNormalization' ? inputs.slice(3, 5) : [],
  );
  return [...parameterNames(model), ...statistics];
}

/** From our names to those of the file; empty where they are the same. */
function schemeOf(
  architecture: string,
  needed: readonly string[],
  tensors: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, string> {
  const timm = timmNames(architecture, needed);
  if (!timm) return new Map();
  const hits = (names: Iterable<string>): number => [...names].filter((name) => tensors.has(name)).length;
  return hits(timm.values()) > hits(needed) ? timm : new Map();
}

/** Parameters of the layer that makes the logits. */
function headOf({ graph }: Model): ReadonlySet<string> {
  const last = graph.nodes.find(({ outputs }) => outputs.includes('logits'));
  return new Set(last?.inputs.filter((name) => graph.initializers.has(name)));
}

/** The weights of the convolution that reads the picture. */
function firstWeight({ graph }: Model): string | undefined {
  const [input] = graph.inputs;
  return graph.nodes.find(({ opType, inputs }) => opType === 'Conv' && inputs[0] === input?.name)?.inputs[1];
}

const isOtherHead = ({ dims }: Tensor, expected: Tensor): boolean =>
  dims.length === expected.dims.length && dims[0] !== expected.dims[0] && dims.slice(1).join() === expected.dims.slice(1).join();

/** The tensor as the model needs it; `undefined` where it can't be. */
function fit(found: Tensor, expected: Tensor, isFirst: boolean): Tensor | undefined {
  const { dims } = expected;
  const isSame = found.dims.join() === dims.join();
  if (!isSame && !isView(found.dims, dims) && !(isFirst && isRecoloured(found.dims, dims))) return undefined;
  const data = floats(found);
  if (!data) return undefined;
  if (isSame || isView(found.dims, dims)) return { type: 'float32', dims, data };
  return { type: 'float32', dims, data: recolour(data, found.dims, dims) };
}

/** Dense layers that timm writes as convolutions, and vectors with axes of one behind them. */
function isView(from: readonly number[], to: readonly number[]): boolean {
  const flat = (dims: readonly number[]): string => `${dims[0] ?? 1},${dims.slice(1).reduce((product, dim) => product * dim, 1)}`;
  return Math.min(from.length, to.length) <= 2 && flat(from) === flat(to);
}

/** Do only the input channels differ, 3 on one side and 1 on the other? */
function isRecoloured(from: readonly number[], to: readonly number[]): boolean {
  const channels = `${from[1] ?? ''}-${to[1] ?? ''}`;
  return ['3-1', '1-3'].includes(channels) && [from[0], ...from.slice(2)].join() === [to[0], ...to.slice(2)].join();
}

function recolour(data: Float32Array, from: readonly number[], to: readonly number[]): Float32Array {
  const [filters = 0, channels = 0] = to;
  const pixels = to.slice(2).reduce((product, dim) => product * dim, 1);
  const before = from[1] ?? 1;
  const result = new Float32Array(filters * channels * pixels);
  for (let filter = 0; filter < filters; filter++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      let sum = 0;
      for (let channel = 0; channel < before; channel++) sum += data[(filter * before + channel) * pixels + pixel] ?? 0;
      for (let channel = 0; channel < channels; channel++)
        result[(filter * channels + channel) * pixels + pixel] = sum / channels;
    }
  }
  return result;
}

/** All numbers of 16 bits: a look-up for each is quicker than its arithmetic. */
const decoded = new Map<string, Float32Array>();

/** As float32; `undefined` for whole numbers and text. */
function floats({ type, data }: Tensor): Float32Array | undefined {
  if (data instanceof Float32Array && type === 'float32') return data;
  if (data instanceof Float64Array && type === 'float64') return Float32Array.from(data);
  if ((type !== 'float16' && type !== 'bfloat16') || !isNumeric(data)) return undefined;
  const values = decoded.get(type) ?? Float32Array.from({ length: 65_536 }, (_, bits) => floatOfBits16(bits, type));
  decoded.set(type, values);
  const result = new Float32Array(data.length);
  for (let index = 0; index < result.length; index++) result[index] = values[Number(data[index])] ?? NaN;
  return result;
}

function withEpsilon(node: Node, value: number): Node {
  if (node.opType !== 'BatchNormalization') return node;
  return { ...node, attributes: { ...node.attributes, epsilon: { kind: 'float', value } } };
}

function mismatch(source: string, architecture: string, problems: readonly string[], count: number): MessierError {
  const more = problems.length > mostNamed ? `, and ${problems.length - mostNamed} more` : '';
  return new MessierError(
    'weights/mismatch',
    `${source}: they don't fit "${architecture}", whose ${count} tensors are called as in torchvision or timm: ` +
      `${problems.slice(0, mostNamed).join('; ')}${more}. Choose the architecture they were made for (messier models), with 1 or 3 channels.`,
  );
}
