import { parameterNames } from '../autodiff/parameters.js';
import { pruneDeadNodes } from '../onnx/rewrite/index.js';
import { namesReadBy } from '../onnx/subgraphs.js';
import type { Model, Node } from '../onnx/types.js';

/** Parameters of one depth. */
export interface Block {
  /** What the names of its parameters begin with, else its first parameter's own name; unlike any other block's. */
  readonly name: string;
  /** In the order in which the graph uses them. */
  readonly parameters: readonly string[];
}

/** A piece of the graph between two places that all data pass. */
interface Segment {
  readonly nodes: readonly Node[];
  readonly parameters: readonly string[];
}

/** Operators whose parameters belong to a layer before or behind them. */
const companions = new Set([
  ...['BatchNormalization', 'LayerNormalization', 'InstanceNormalization', 'GroupNormalization', 'PRelu'],
  ...['Add', 'Sub', 'Mul', 'Div'],
]);
/** What they return depends on no pixel. */
const shapeReaders = new Set(['Shape', 'Size']);
/** A stretch of more layers without a place that all data pass (dense connections) is divided into its layers. */
const mostLayers = 16;

/**
 * The parameters of a model in blocks by depth, from the input to the head, so that "the last n blocks" and learning rates by depth mean
 * the same in every network. A block ends where all data pass one tensor: a residual block or a block of parallel branches is one, and so is a
 * layer of a plain chain with its normalisation; neighbours whose names say that they belong together (`features.17.conv.0`,
 * `features.17.conv.1`) are one as well. Names may be meaningless. Networks of several inputs begin with the blocks of each.
 *
 * @example
 * blocksOf(createModel('resnet18')).map(({ name }) => name) // conv1, layer1.0, layer1.1, ..., layer4.1, fc
 */
export function blocksOf(given: Model): readonly Block[] {
  const model = pruneDeadNodes(given);
  const joined = joinScopes(joinCompanions(joinScopes(divide(model))));
  const taken = new Set<string>();
  return joined.map(({ parameters }) => {
    const [first = ''] = parameters;
    const common = scopeOf(parameters) ?? commonPath(parameters);
    const name = [common, numberedScope(first), layerOf(first)].find((each) => each !== '' && !taken.has(each)) ?? first;
    taken.add(name);
    return { name, parameters };
  });
}

/** Segments that have parameters, by depth. */
function divide(model: Model): Segment[] {
  const { nodes, initializers, inputs } = model.graph;
  const learned = new Set(parameterNames(model));
  /** The parameters that a value which no data reach is made of. */
  const weights = new Map<string, readonly string[]>();
  for (const name of initializers.keys()) weights.set(name, learned.has(name) ? [name] : []);
  /** The inputs that a value depends on, joined. */
  const sources = new Map(inputs.filter(({ name }) => !initializers.has(name)).map(({ name }) => [name, name]));
  const users = new Map<string, Node>();
  const branches = new Map<string, Node[]>();
  for (const node of nodes) {
    const read = [...namesReadBy(node)];
    const from = new Set(read.flatMap((name) => sources.get(name)?.split('\0') ?? []));
    if (from.size === 0 || (node.domain === '' && shapeReaders.has(node.opType))) {
      const made = read.flatMap((name) => weights.get(name) ?? []);
      for (const name of node.outputs) weights.set(name, made);
      continue;
    }
    for (const name of read.flatMap((each) => weights.get(each) ?? [])) if (!users.has(name)) users.set(name, node);
    const branch = [...from].sort().join('\0');
    for (const name of node.outputs) sources.set(name, branch);
    branches.set(branch, [...(branches.get(branch) ?? []), node]);
  }
  const owned = new Map<Node, string[]>();
  for (const [name, node] of users) owned.set(node, [...(owned.get(node) ?? []), name]);
  const segmentOf = (part: readonly Node[]): Segment => ({
    nodes: part,
    parameters: part.flatMap((node) => owned.get(node) ?? []),
  });
  const place = new Map(nodes.map((node, index) => [node, index]));
  const end = ({ nodes: part }: Segment): number => Math.max(...part.map((node) => place.get(node) ?? 0));
  return [...branches.values()]
    .flatMap((branch) => narrowParts(branch, sources))
    .flatMap((part) => {
      const layers = part.filter((node) => owned.has(node) && !companions.has(node.opType));
      return layers.length > mostLayers ? part.map((node) => segmentOf([node])) : [segmentOf(part)];
    })
    .filter(({ parameters }) => parameters.length > 0)
    .sort((a, b) => end(a) - end(b));
}

/** The nodes of a branch, divided behind each tensor that alone leads from what comes before to what comes after. */
function narrowParts(nodes: readonly Node[], sources: ReadonlyMap<string, string>): Node[][] {
  const lastUse = new Map<string, number>();
  for (const [index, node] of nodes.entries())
    for (const name of namesReadBy(node)) if (sources.has(name)) lastUse.set(name, index);
  const parts: Node[][] = [];
  let part: Node[] = [];
  const open = new Set<string>();
  for (const [index, node] of nodes.entries()) {
    part.push(node);
    for (const name of node.outputs) if (lastUse.has(name)) open.add(name);
    for (const name of namesReadBy(node)) if ((lastUse.get(name) ?? 0) > index) open.add(name);
    for (const name of open) if ((lastUse.get(name) ?? 0) <= index) open.delete(name);
    if (open.size > 1) continue;
    parts.push(part);
    part = [];
  }
  return part.length > 0 ? [...parts, part] : parts;
}

/** Normalisations, biases and slopes go to the layer before them; to the one behind where their names say so or nothing is before. */
function joinCompanions(segments: readonly Segment[]): Segment[] {
  const result: Segment[] = [];
  let waiting: Segment | undefined;
  for (const [index, segment] of segments.entries()) {
    const own = new Set(segment.parameters);
    const isCompanion = segment.nodes.every(
      (node) => companions.has(node.opType) || ![...namesReadBy(node)].some((name) => own.has(name)),
    );
    const before = result.at(-1);
    const behind = segments[index + 1];
    const parent = parentOf(segment);
    const leadsOn =
      behind !== undefined && parent !== '' && parent === parentOf(behind) && parent !== (before && parentOf(before));
    if (isCompanion && behind && (leadsOn || !before)) waiting = waiting ? join(waiting, segment) : segment;
    else if (isCompanion && before) result[result.length - 1] = join(before, segment);
    else {
      result.push(waiting ? join(waiting, segment) : segment);
      waiting = undefined;
    }
  }
  return result;
}

/** Neighbours of one scope become one. */
function joinScopes(segments: readonly Segment[]): Segment[] {
  const result: Segment[] = [];
  for (const segment of segments) {
    const before = result.at(-1);
    const scope = scopeOf(segment.parameters);
    if (before && scope !== undefined && scope === scopeOf(before.parameters)) result[result.length - 1] = join(before, segment);
    else result.push(segment);
  }
  return result;
}

const join = (a: Segment, b: Segment): Segment => ({
  nodes: [...a.nodes, ...b.nodes],
  parameters: [...a.parameters, ...b.parameters],
});

const separatorOf = (name: string): '/' | '.' => (name.includes('/') ? '/' : '.');
const wordsOf = (name: string): string[] => name.split(separatorOf(name));

/** `fc.weight` -> `fc`. */
function layerOf(name: string): string {
  return wordsOf(name).slice(0, -1).join(separatorOf(name));
}

function parentOf({ parameters: [first = ''] }: Segment): string {
  return layerOf(layerOf(first));
}

/** What all names begin with, in whole words. */
function commonPath(names: readonly string[]): string {
  const [first = '', ...rest] = names.map((name) => wordsOf(layerOf(name)));
  const words = first === '' ? [] : [...first];
  const count = words.findIndex((word, index) => rest.some((other) => other[index] !== word));
  return words.slice(0, count < 0 ? words.length : count).join(separatorOf(names[0] ?? ''));
}

/** The scope that all names share, as far as its first number: `layer4.2`, `features.1.0`, `stages.3.blocks.1`, `Mixed_5b`, `block_16`. */
function scopeOf(names: readonly string[]): string | undefined {
  const scopes = new Set(names.map(numberedScope));
  const [scope] = scopes;
  return scopes.size === 1 && scope !== '' ? scope : undefined;
}

function numberedScope(name: string): string {
  const words = wordsOf(layerOf(name));
  let end = words.findIndex((word) => /\d/.test(word));
  if (end < 0) return words.join(separatorOf(name));
  // Names of Keras have the block and its layer in one word: block_16_project, conv2_block1_1_conv.
  const block = /^(.*?block_?\d+)_/i.exec(words[end] ?? '')?.[1];
  if (block !== undefined) return [...words.slice(0, end), block].join(separatorOf(name));
  for (end++; end < words.length;) {
    if (/^\d+$/.test(words[end] ?? '')) end++;
    else if (/^(blocks|layers)$/.test(words[end] ?? '') && /^\d+$/.test(words[end + 1] ?? '')) end += 2;
    else break;
  }
  return words.slice(0, end).join(separatorOf(name));
}
