import type { Value } from '../onnx/assembler.js';
import { GraphBuilder } from '../onnx/builder.js';
import { pruneDeadNodes } from '../onnx/rewrite/index.js';
import type { Model, Tensor } from '../onnx/types.js';
import { validateModel } from '../onnx/validate.js';
import { calibration, checkCard, readCard, withCard, type ModelCard } from './card.js';
import { embed } from './embed.js';
import { ensembleCard, refused, type EnsembleCardOptions } from './ensemble-card.js';

/** Probabilities below this count as this before a stacking layer sees their logarithm: 2^-23, as the log loss does. */
export const leastStacked = 2 ** -23;
/** Keeps the logarithm of a mean finite. */
const least = 2 ** -100;

/** How members become one. */
export interface EnsembleOptions extends EnsembleCardOptions {
  /** A factor for each member, above 0 or 0, divided by their sum; equal ones unless told. */
  readonly weights?: readonly number[] | undefined;
  /** In place of a mean: a linear layer on the members' log probabilities. */
  readonly stack?: Stack | undefined;
}

/** Multinomial logistic regression on (N, members x classes) log probabilities, member after member, classes as the first member orders them. */
export interface Stack {
  /** float32 (classes, members x classes). */
  readonly weight: Tensor;
  /** float32 (classes). */
  readonly bias: Tensor;
}

/**
 * One finished model out of several: every member with its preprocessing, views, offsets and temperature inside.
 *
 * `logits` = log sum_m w_m p_m, or W [log p_1 ... log p_M] + b with a {@link Stack}; `probabilities` = softmax((logits + offsets) / temperature), which
 * with offsets 0 and temperature 1 is the mean of the members' probabilities. Of models of votes `shares`, and `concentrations` where every member has a Dirichlet head, are means.
 *
 * Members may differ in architecture, size, views, order of the classes, and in whether they take pictures or texts. A member of gray pictures in an
 * ensemble of colour ones gets their luma as `writePlanes` makes it. Names of a member stand behind `member1/`, `member2/` and so on: feature maps of its
 * `conv1` are those of the layer `member1/conv1`.
 *
 * @param members Models that `deploy` or `ensemble` made, at least two.
 * @throws MessierError `model/ensemble` where members can't be combined or weights do not fit, `model/card` for a member that is no finished model
 *
 * @example
 * const model = ensemble([loadModel('runs/a/model.onnx'), loadModel('runs/b/model.onnx')], { weights: [0.6, 0.4] });
 * await saveModel(model, 'both.onnx');
 */
export function ensemble(members: readonly Model[], options: EnsembleOptions = {}): Model {
  const cards = members.map(readCard);
  const card = checkCard(ensembleCard(cards, options));
  const opsets = commonOpsets(members);
  const { '': opset = 17, ...others } = opsets;
  const g = new GraphBuilder({ opset });
  const feeds: Record<string, Value> = {};
  if (card.inputs !== 'text') feeds['image'] = g.input('image', 'uint8', ['N', card.preprocess.channels, 'H', 'W']);
  if (card.text) feeds['tokens'] = g.input('tokens', 'int64', ['N', card.text.length]);
  const gray = cards.some(({ inputs, preprocess }) => inputs !== 'text' && preprocess.channels < card.preprocess.channels);
  const luma = gray && feeds['image'] ? lumaOf(g, feeds['image']) : undefined;
  const parts = members.map((member, at) => {
    const own = cards[at] as ModelCard;
    const needsLuma = luma && own.preprocess.channels < card.preprocess.channels;
    return embed(g, member, `member${at + 1}/`, needsLuma ? { ...feeds, image: luma } : feeds);
  });
  const weights = sharesOf(options.weights, members.length);
  const mean = (name: string): Value => {
    const scaled = parts.map((part, at) =>
      g.mul(ordered(g, part(name), cards[at] as ModelCard, card), g.scalar(weights[at] ?? 0)),
    );
    return { ...g.sum(scaled[0] as Value, ...scaled.slice(1)), shape: ['N', card.classes.length] };
  };
  if (card.votes) {
    if (options.stack) throw refused('Shares of votes are averaged; no stack expected. Leave it out');
    g.output(mean('shares'), 'shares');
    if (card.votes.head === 'dirichlet') g.output(mean('concentrations'), 'concentrations');
  } else if (options.stack) {
    const inputs = parts.map((part, at) =>
      g.log(g.max(ordered(g, part('probabilities'), cards[at] as ModelCard, card), g.scalar(leastStacked))),
    );
    emitClasses(g, stacked(g, g.concat(inputs, 1), checkStack(options, members.length, card.classes.length)), card);
  } else {
    emitClasses(g, g.log(g.max(mean('probabilities'), g.scalar(least))), card);
  }
  const built = g.build({ name: card.name });
  const whole = withCard(pruneDeadNodes({ ...built, opsets: { '': opset, ...others }, functions: functionsOf(members) }), card);
  validateModel(whole);
  return whole;
}

function emitClasses(g: GraphBuilder, combined: Value, card: ModelCard): void {
  const logits: Value = { ...combined, shape: ['N', card.classes.length] };
  g.output(logits, 'logits');
  const [offsets, temperature] = [...calibration(card)].map(([name, tensor]) => g.parameter(name, tensor));
  if (!offsets || !temperature) throw new RangeError('The calibration has two tensors.');
  g.output({ ...g.softmax(g.div(g.add(logits, offsets), temperature), 1), shape: logits.shape }, 'probabilities');
}

function stacked(g: GraphBuilder, features: Value, { weight, bias }: Stack): Value {
  const [w, b] = [g.parameter('messier.stack.weight', weight), g.parameter('messier.stack.bias', bias)];
  return g.op('Gemm', [features, w, b], { transB: 1 });
}

/** A member's columns in the ensemble's order. */
function ordered(g: GraphBuilder, value: Value, { classes }: ModelCard, card: ModelCard): Value {
  const places = card.classes.map((label) => classes.indexOf(label));
  return places.every((place, at) => place === at) ? value : g.gather(value, g.ints(places), 1);
}

/**
 * floor((19595 R + 38470 G + 7471 B + 2^15) / 2^16), uint8 (N, 1, H, W). Every sum is a whole number below 2^24, which float32 holds.
 */
function lumaOf(g: GraphBuilder, image: Value): Value {
  const weighted = g.mul(g.cast(image, 'float32'), g.floats([1, 3, 1, 1], [19595, 38470, 7471]));
  const sum = g.add(g.reduceSum(weighted, [1]), g.scalar(32768));
  return g.cast(g.op('Floor', [g.mul(sum, g.scalar(2 ** -16))]), 'uint8');
}

function sharesOf(given: readonly number[] | undefined, members: number): number[] {
  const weights = given ?? new Array<number>(members).fill(1);
  const sum = weights.reduce((total, one) => total + one, 0);
  if (weights.length === members && weights.every((one) => one >= 0 && Number.isFinite(one)) && sum > 0 && Number.isFinite(sum)) {
    return weights.map((one) => one / sum);
  }
  throw refused(
    `weights: a number from 0 up for each of ${members} members, not all 0, expected, [${weights.join(', ')}] received`,
  );
}

function checkStack({ stack, weights }: EnsembleOptions, members: number, classes: number): Stack {
  if (!stack || weights) throw refused('A stack has its own weights; one of weights and stack expected. Leave one out');
  const dims = `[${stack.weight.dims.join(', ')}] and [${stack.bias.dims.join(', ')}]`;
  const wanted = `[${classes}, ${members * classes}] and [${classes}]`;
  if (dims !== wanted) throw refused(`stack: a weight and a bias of ${wanted} expected, ${dims} received`);
  return stack;
}

/** Versions of operators mean one thing in a graph. */
function commonOpsets(members: readonly Model[]): Record<string, number> {
  const opsets: Record<string, number> = {};
  for (const member of members) {
    for (const [domain, version] of Object.entries(member.opsets)) {
      const known = (opsets[domain] ??= version);
      if (known === version) continue;
      throw refused(
        `Members use versions ${known} and ${version} of the operators ${domain === '' ? 'of ONNX' : `"${domain}"`}. Export their pretrained networks with the same opset`,
      );
    }
  }
  return opsets;
}

/** Functions that members bring along: all of them the same, or those of a single one. */
function functionsOf(members: readonly Model[]): Model['functions'] {
  const sets = members.map(({ functions }) => functions).filter((functions) => functions.length > 0);
  const [first = []] = sets;
  const isSame = (functions: Model['functions']): boolean =>
    functions.length === first.length && functions.every((one, at) => one.join() === first[at]?.join());
  if (sets.every(isSame)) return first;
  throw refused(
    'Members bring functions of their own that differ, whose names could mean two things. Export them without functions',
  );
}
