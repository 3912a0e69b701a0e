import { MessierError } from '../core/errors.js';
import { preprocess } from '../nn/preprocess.js';
import type { Value } from '../onnx/assembler.js';
import { GraphBuilder } from '../onnx/builder.js';
import { cutModel, foldBatchNorm, foldConstants, pruneDeadNodes, symbolicBatch } from '../onnx/rewrite/index.js';
import { isTensorInfo, type Model, type Node, type ValueInfo } from '../onnx/types.js';
import { validateModel } from '../onnx/validate.js';
import { applyHead } from '../votes/vote-head.js';
import { calibration, checkCard, withCard, type ModelCard, type VotesCard } from './card.js';

/** Names that the finished model uses for itself. */
const reserved = ['image', 'tokens', 'logits', 'probabilities', 'shares', 'concentrations'];

/**
 * A trained network as a file that needs nothing else: pixels in, probabilities out.
 *
 * `image` uint8 (N, channels, H, W), any N, H and W -> preprocess -> views -> network -> `logits`, the mean over the views (N, classes) ->
 * `probabilities` = softmax((logits + offsets) / temperature) (N, classes).
 *
 * Views: `one`; `flips`: the picture, mirrored left to right, top to bottom, and both; `dihedral`: those and their transposes. They run
 * as one batch of 4 N or 8 N. A network of texts takes `tokens` int64 (N, length), as the card's pipeline makes them, in place of the image or
 * beside it.
 *
 * A model of votes gives `shares` (N, K) of all volunteers in place of probabilities, the mean of what the head makes of each view's logits, and
 * with a Dirichlet head the mean `concentrations` (N, K).
 *
 * Batch norms are folded into the layers before them, and what is constant is computed. The card is in the
 * metadata: as JSON under `messier.model`, its classes also as a JSON list under `messier.classes`.
 *
 * @param model Inputs `image` float32 (N, channels, size, size) and `tokens` as the card says, output `logits` (N, classes).
 * @throws MessierError `model/deploy` where model and card do not fit, `model/card`, and what a damaged model throws
 *
 * @example
 * await saveModel(deploy(trained.model, card), 'model.onnx');
 */
export function deploy(model: Model, card: ModelCard): Model {
  checkCard(card);
  const network = inference(model, card);
  const g = new GraphBuilder({ opset: network.opsets[''] ?? 17 });
  const feeds: Record<string, Value> = {};
  let count = 1;
  const graft = prepared(g, network);
  if (card.inputs !== 'text') {
    const image = g.input('image', 'uint8', ['N', card.preprocess.channels, 'H', 'W']);
    const views = viewsOf(g, preprocess(g, image, card.preprocess), card);
    count = views.length;
    feeds['image'] = g.concat(views, 0);
  }
  if (card.text) {
    const tokens = g.input('tokens', 'int64', ['N', card.text.length]);
    feeds['tokens'] = g.concat(Array<Value>(count).fill(tokens), 0);
  }
  const logits = graft(feeds);
  const columns = card.classes.length;
  const mean = (all: Value): Value => {
    const rows = count === 1 ? all : g.reduceMean(g.reshape(all, [count, -1, columns]), [0], false);
    return { ...rows, shape: ['N', columns] };
  };
  if (card.votes) emitShares(g, logits, card.votes, mean);
  else emitClasses(g, mean(logits), card);
  const built = g.build({ name: card.name });
  const { '': standard = 17, ...others } = network.opsets;
  const whole = foldConstants({ ...built, opsets: { '': standard, ...others }, functions: network.functions });
  const deployed = withCard(pruneDeadNodes(whole), card);
  validateModel(deployed);
  return deployed;
}

function emitClasses(g: GraphBuilder, logits: Value, card: ModelCard): void {
  g.output(logits, 'logits');
  const [offsets, temperature] = [...calibration(card)].map(([name, tensor]) => g.parameter(name, tensor));
  if (!offsets || !temperature) throw new RangeError('The calibration has two tensors.');
  g.output({ ...g.softmax(g.div(g.add(logits, offsets), temperature), 1), shape: logits.shape }, 'probabilities');
}

function emitShares(g: GraphBuilder, logits: Value, { tree, head }: VotesCard, mean: (all: Value) => Value): void {
  const { shares, concentrations } = applyHead(g, logits, tree, head);
  g.output(mean(shares), 'shares');
  if (concentrations) g.output(mean(concentrations), 'concentrations');
}

/** The part of the model that inference needs, with a free batch. */
function inference(model: Model, card: ModelCard): Model {
  const {
    classes,
    inputs,
    text,
    preprocess: { channels, size },
  } = card;
  const find = (infos: Model['graph']['inputs'], name: string) => infos.filter(isTensorInfo).find((info) => info.name === name);
  const wanted = [
    ...(inputs === 'text' ? [] : [`input "image" float32 (N, ${channels}, ${size}, ${size})`]),
    ...(text ? [`input "tokens" int64 (N, ${text.length})`] : []),
    `output "logits" (N, ${classes.length})`,
  ].join(', ');
  const refuse = (problem: string): never => {
    throw new MessierError(
      'model/deploy',
      `The card asks for ${wanted}; ${problem}. Pass the network as it was trained, with its card.`,
    );
  };
  const described = ({ name, type, shape }: ValueInfo) => `"${name}" is ${type} (${shape?.join(', ') ?? '?'})`;
  const check = (info: ValueInfo | undefined, name: string, dims: readonly number[], type = 'float32'): void => {
    if (!info) return refuse(`the model has no "${name}"`);
    const rest = info.shape?.slice(1);
    const fits = rest?.length === dims.length && rest.every((dim, axis) => typeof dim === 'string' || dim === dims[axis]);
    if (info.type !== type || !fits) refuse(described(info));
  };
  if (inputs !== 'text') check(find(model.graph.inputs, 'image'), 'image', [channels, size, size]);
  if (text) check(find(model.graph.inputs, 'tokens'), 'tokens', [text.length], 'int64');
  check(find(model.graph.outputs, 'logits'), 'logits', [classes.length]);
  const cut = cutModel(symbolicBatch(model), { outputs: ['logits'] });
  const given = [...(inputs === 'text' ? [] : ['image']), ...(text ? ['tokens'] : [])];
  const others = cut.graph.inputs.filter(({ name }) => !given.includes(name) && !cut.graph.initializers.has(name));
  if (others.length > 0) refuse(`the model also needs ${others.map(({ name }) => `"${name}"`).join(', ')}`);
  return foldBatchNorm(foldConstants(cut));
}

/** Makes room for the network in the graph; the result adds its nodes on its inputs and returns its output. */
function prepared(g: GraphBuilder, { graph }: Model): (feeds: Readonly<Record<string, Value>>) => Value {
  g.reserve(graph);
  const renamed = new Map(reserved.map((name) => [name, g.unique(`network.${name}`)]));
  const rename = (name: string): string => renamed.get(name) ?? name;
  for (const [name, tensor] of graph.initializers) g.parameter(rename(name), tensor);
  return (feeds) => {
    for (const [name, value] of Object.entries(feeds)) {
      g.node('Identity', [value], {}, { name: `network.input.${name}`, outputs: [rename(name)] });
    }
    for (const node of graph.nodes) {
      const own: Node = { ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) };
      g.append(own);
    }
    return g.value(rename('logits'));
  };
}

/** Mirrors and transposes of squares (N, C, size, size). */
function viewsOf(g: GraphBuilder, x: Value, { views, preprocess: { size } }: ModelCard): readonly Value[] {
  const mirror = (value: Value, axes: readonly number[]) =>
    g.slice(value, { starts: axes.map(() => -1), ends: axes.map(() => -size - 1), axes, steps: axes.map(() => -1) });
  const flips = (value: Value) => [value, mirror(value, [3]), mirror(value, [2]), mirror(value, [2, 3])];
  if (views === 'one') return [x];
  return views === 'flips' ? flips(x) : [...flips(x), ...flips(g.transpose(x, [0, 1, 3, 2]))];
}
