import { MessierError } from '../../core/errors.js';
import { inferShapes } from '../infer/index.js';
import { namesReadBy } from '../subgraphs.js';
import type { Graph, Model, OpaqueValueInfo, ValueInfo } from '../types.js';
import { pruneGraph } from './prune.js';

/** Where a model is cut. */
export interface CutOptions {
  /** Names of the tensors that become the outputs, in this order. */
  readonly outputs: readonly string[];
  /** Names of tensors that become inputs; what computes them goes. */
  readonly inputs?: readonly string[] | undefined;
}

type Info = ValueInfo | OpaqueValueInfo;

/**
 * The part of a model between named tensors: `outputs` become its outputs, `inputs` (and those original inputs that are still needed) its
 * inputs. Everything else goes.
 *
 * @example
 * const backbone = cutModel(model, { outputs: ['features'] });
 *
 * @throws MessierError `onnx/absent-value` for a name that is not in the graph, with the nearest ones
 */
export function cutModel(model: Model, { outputs, inputs = [] }: CutOptions): Model {
  if (outputs.length === 0)
    throw new MessierError('onnx/absent-value', 'A model needs an output and the cut names none. Name at least one tensor.');
  const inferred = inferShapes(model);
  const infos = infosOf(inferred.graph);
  const find = (name: string): Info => infos.get(name) ?? absent(name, [...infos.keys()]);
  const starts = [...new Set(inputs)].map(find);
  const ends = [...new Set(outputs)].map(find);
  const opened = open(inferred.graph, new Set(inputs));
  const pruned = pruneGraph({ ...opened, outputs: ends, inputs: [] });
  const read = new Set([...pruned.nodes.flatMap((node) => [...namesReadBy(node)]), ...outputs]);
  const kept = inferred.graph.inputs.filter((input) => read.has(input.name) && !inputs.includes(input.name));
  return { ...model, graph: { ...pruned, inputs: [...starts, ...kept] } };
}

/** The graph in which nothing computes `inputs` any more: nodes that do get other names for those outputs. */
function open(graph: Graph, inputs: ReadonlySet<string>): Graph {
  const taken = new Set(graph.nodes.flatMap((node) => node.outputs));
  const rename = (name: string): string => {
    if (!inputs.has(name)) return name;
    let other = `${name}_before_cut`;
    while (taken.has(other)) other += '_';
    taken.add(other);
    return other;
  };
  const initializers = new Map([...graph.initializers].filter(([name]) => !inputs.has(name)));
  return { ...graph, nodes: graph.nodes.map((node) => ({ ...node, outputs: node.outputs.map(rename) })), initializers };
}

/** All tensors that a cut can name: inputs, node outputs and graph outputs. */
function infosOf(graph: Graph): Map<string, Info> {
  const infos = new Map<string, Info>(graph.inputs.map((input) => [input.name, input]));
  for (const [name, info] of graph.values) infos.set(name, info);
  for (const node of graph.nodes) {
    for (const name of node.outputs) if (name !== '' && !infos.has(name)) infos.set(name, { name, type: 'float32' });
  }
  for (const output of graph.outputs) infos.set(output.name, output);
  return infos;
}

function absent(name: string, names: readonly string[]): never {
  const near = nearest(name, names, 5);
  const list = near.map((candidate) => `"${candidate}"`).join(', ');
  throw new MessierError('onnx/absent-value', `No tensor "${name}" in the graph of ${names.length} tensors. Nearest: ${list}.`);
}

/** The `count` candidates of least edit distance, those that contain the name (or lie in it) first. */
export function nearest(name: string, candidates: readonly string[], count: number): readonly string[] {
  const scores = candidates.map((candidate) => {
    const [a, b] = [name.toLowerCase(), candidate.toLowerCase()];
    const related = b !== '' && a !== '' && (b.includes(a) || a.includes(b));
    return { candidate, score: editDistance(a.slice(-64), b.slice(-64)) - (related ? 100 : 0) };
  });
  return scores
    .sort((x, y) => x.score - y.score)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** Levenshtein's distance, row by row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
