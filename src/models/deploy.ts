import { MessierError } from '../core/errors.js';
import { preprocess } from '../nn/preprocess.js';
import type { Value } from '../onnx/assembler.js';
import { GraphBuilder } from '../onnx/builder.js';
import { cutModel, foldBatchNorm, foldConstants, pruneDeadNodes, symbolicBatch } from '../onnx/rewrite/index.js';
import { isTensorInfo, type Model, type Node, type ValueInfo } from '../onnx/types.js';
import { validateModel } from '../onnx/validate.js';
import { calibration, checkCard, withCard, type ModelCard } from './card.js';

/** Names that the finished model uses for itself. */
const reserved = ['image', 'logits', 'probabilities'];

/**
 * A trained network as a file that needs nothing else: pixels in, probabilities out.
 *
 * `image` uint8 (N, channels, H, W), any N, H and W -> preprocess -> views -> network -> `logits`, the mean over the views (N, classes) ->
 * `probabilities` = softmax((logits + offsets) / temperature) (N, classes).
 *
 * Views: `one`; `flips`: the picture, mirrored left to right, top to bottom, and both; `dihedral`: those and their transposes. They run
 * as one batch of 4 N or 8 N. Batch norms are folded into the layers before them, and what is constant is computed. The card is in the
 * metadata: as JSON under `messier.model`, its classes also as a JSON list under `messier.classes`.
 *
 * @param model Input `image` float32 (N, channels, size, size), output `logits` (N, classes).
 * @throws MessierError `model/deploy` where model and card do not fit, `model/card`, and what a damaged model throws
 *
 * @example
 * await saveModel(deploy(trained.model, card), 'model.onnx');
 */
export function deploy(model: Model, card: ModelCard): Model {
  checkCard(card);
  const network = inference(model, card);
  const g = new GraphBuilder({ opset: network.opsets[''] ?? 17 });
  const image = g.input('image', 'uint8', ['N', card.preprocess.channels, 'H', 'W']);
  const graft = prepared(g, network);
  const views = viewsOf(g, preprocess(g, image, card.preprocess), card);
  const all = graft(g.concat(views, 0));
  const classes = card.classes.length;
  const rows = views.length === 1 ? all : g.reduceMean(g.reshape(all, [views.length, -1, classes]), [0], false);
  g.output({ ...rows, shape: ['N', classes] }, 'logits');
  const [offsets, temperature] = [...calibration(card)].map(([name, tensor]) => g.parameter(name, tensor));
  if (!offsets || !temperature) throw new RangeError('The calibration has two tensors.');
  g.output({ ...g.softmax(g.div(g.add(rows, offsets), temperature), 1), shape: ['N', classes] }, 'probabilities');
  const built = g.build({ name: card.name });
  const { '': standard = 17, ...others } = network.opsets;
  const whole = foldConstants({ ...built, opsets: { '': standard, ...others }, functions: network.functions });
  const deployed = withCard(pruneDeadNodes(whole), card);
  validateModel(deployed);
  return deployed;
}

/** The part of the model that inference needs, with a free batch. */
function inference(model: Model, { classes, preprocess: { channels, size } }: ModelCard): Model {
  const find = (infos: Model['graph']['inputs'], name: string) => infos.filter(isTensorInfo).find((info) => info.name === name);
  const wanted = `input "image" float32 (N, ${channels}, ${size}, ${size}) and output "logits" (N, ${classes.length})`;
  const refuse = (problem: string): never => {
    throw new MessierError(
      'model/deploy',
      `The card asks for ${wanted}; ${problem}. Pass the network as it was trained, with its card.`,
    );
  };
  const described = ({ name, type, shape }: ValueInfo) => `"${name}" is ${type} (${shape?.join(', ') ?? '?'})`;
  const check = (info: ValueInfo | undefined, name: string, dims: readonly number[]): void => {
    if (!info) return refuse(`the model has no "${name}"`);
    const rest = info.shape?.slice(1);
    const fits = rest?.length === dims.length && rest.every((dim, axis) => typeof dim === 'string' || dim === dims[axis]);
    if (info.type !== 'float32' || !fits) refuse(described(info));
  };
  check(find(model.graph.inputs, 'image'), 'image', [channels, size, size]);
  check(find(model.graph.outputs, 'logits'), 'logits', [classes.length]);
  const cut = cutModel(symbolicBatch(model), { outputs: ['logits'] });
  const others = cut.graph.inputs.filter(({ name }) => name !== 'image' && !cut.graph.initializers.has(name));
  if (others.length > 0) refuse(`the model also needs ${others.map(({ name }) => `"${name}"`).join(', ')}`);
  return foldBatchNorm(foldConstants(cut));
}

/** Makes room for the network in the graph; the result adds its nodes on an image and returns its logits. */
function prepared(g: GraphBuilder, { graph }: Model): (image: Value) => Value {
  g.reserve(graph);
  const renamed = new Map(reserved.map((name) => [name, g.unique(`network.${name}`)]));
  const rename = (name: string): string => renamed.get(name) ?? name;
  for (const [name, tensor] of graph.initializers) g.parameter(rename(name), tensor);
  return (image) => {
    g.node('Identity', [image], {}, { name: 'network.input', outputs: [rename('image')] });
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
