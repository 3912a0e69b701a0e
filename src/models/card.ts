import { z } from 'zod';
import { MessierError } from '../core/errors.js';
import { replaceInitializers, withMetadata } from '../onnx/rewrite/index.js';
import type { Model, Tensor } from '../onnx/types.js';
import type { Stretch } from '../sky/stretch.js';
import { checkTextPipeline, type TextPipeline } from '../text/index.js';
import { treeLayout } from '../votes/layout.js';
import { voteHeads, type VoteHead } from '../votes/vote-head.js';
import { parseVoteTree, type VoteTree } from '../votes/tree.js';

/** What a finished model knows about itself; lies as JSON in its metadata under `messier.model`. */
export interface ModelCard {
  readonly format: 'messier-model/1';
  /** The recipe's name. */
  readonly name: string;
  /** What it takes: `image`, `tokens` (words as numbers), or both. */
  readonly inputs: 'image' | 'text' | 'both';
  /** In the order of the output `probabilities`; of a model of votes the answers' columns, in the order of `shares`. */
  readonly classes: readonly string[];
  /** Raw label to class, `null` for dropped. */
  readonly labels: Readonly<Record<string, string | null>>;
  readonly preprocess: {
    readonly size: number;
    readonly fit?: 'crop' | 'stretch' | undefined;
    readonly crop: number;
    readonly channels: 1 | 3;
    readonly mean: readonly number[];
    readonly deviation: readonly number[];
  };
  /** How raw counts (FITS) become pixels before the model. */
  readonly stretch: Stretch;
  /** Views whose logits are averaged inside the model. */
  readonly views: 'one' | 'flips' | 'dihedral';
  /** How texts become `tokens`, where it takes any. */
  readonly text?: TextPipeline | undefined;
  /** What volunteers were asked, of a model that answers with shares of votes. */
  readonly votes?: VotesCard | undefined;
  /** Added to the logits of the classes; moves the balance between frequent and rare classes. */
  readonly offsets: readonly number[];
  /** Divides the logits after that, which changes how sure the model says it is and never what it answers; 1 leaves them. */
  readonly temperature: number;
  /** Where it comes from. */
  readonly training: {
    readonly architecture: string;
    readonly recipeHash: string;
    readonly dataHash: string;
    readonly splitHash: string;
    readonly pictures: number;
    readonly version: string;
  };
  /** Figures on the held-out pictures: accuracy, balancedAccuracy, macroF1. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** The tree of a model of votes. */
export interface VotesCard {
  readonly tree: VoteTree;
  readonly head: VoteHead;
}

/** What {@link updateCard} may change: everything that the graph holds as a number or not at all. */
export type CardChanges = Partial<Omit<ModelCard, 'format' | 'inputs' | 'classes' | 'preprocess' | 'views' | 'text' | 'votes'>>;

const key = 'messier.model';
/** Classes alone, as a JSON list, for readers that know nothing of cards. */
const classesKey = 'messier.classes';
/** Initializers of the graph that repeat the card. */
const offsetsName = 'messier.offsets';
const temperatureName = 'messier.temperature';

const names = z.array(z.string().min(1)).min(2);
const preprocess = z
  .object({
    size: z.int().min(1),
    fit: z.enum(['crop', 'stretch']).optional(),
    crop: z.number().gt(0).max(1),
    channels: z.union([z.literal(1), z.literal(3)]),
    mean: z.array(z.number()),
    deviation: z.array(z.number().positive()),
  })
  .refine(({ channels, mean, deviation }) => mean.length === channels && deviation.length === channels, {
    error: 'mean and deviation have one number a channel',
  });

const votes = z.object({ tree: z.unknown().transform((value) => parseVoteTree(value, 'model card')), head: z.enum(voteHeads) });

const schema = z
  .object({
    format: z.literal('messier-model/1'),
    name: z.string(),
    inputs: z.enum(['image', 'text', 'both']).default('image'),
    classes: names.refine((classes) => new Set(classes).size === classes.length, { error: 'each class has a name of its own' }),
    labels: z.record(z.string(), z.string().nullable()),
    preprocess,
    stretch: z.object({
      kind: z.enum(['linear', 'asinh', 'log', 'sqrt', 'zscale']),
      softening: z.number().positive(),
      low: z.number(),
      high: z.number(),
    }),
    views: z.enum(['one', 'flips', 'dihedral']),
    text: z.unknown().transform(checkTextPipeline).optional(),
    votes: votes.optional(),
    offsets: z.array(z.number()),
    temperature: z.number().positive(),
    training: z.object({
      architecture: z.string(),
      recipeHash: z.string(),
      dataHash: z.string(),
      splitHash: z.string(),
      pictures: z.int().min(0),
      version: z.string(),
    }),
    metrics: z.record(z.string(), z.number()),
  })
  .refine(({ classes, offsets }) => offsets.length === classes.length, { path: ['offsets'], error: 'one number a class' })
  .refine(({ inputs, text }) => (inputs === 'image') === (text === undefined), { path: ['text'], error: 'where texts are taken' })
  .refine(({ classes, votes: own }) => !own || treeLayout(own.tree).columns.join() === classes.join(), {
    path: ['votes'],
    error: "the tree's columns are the classes",
  });

/**
 * The card of a model that {@link deploy} made.
 *
 * @throws MessierError `model/card` where there is none, where it is of a newer format or damaged, or where the graph calibrates otherwise
 *
 * @example
 * const { classes, preprocess } = readCard(await loadModel('model.onnx'));
 */
export function readCard(model: Model): ModelCard {
  const text = model.metadata[key];
  if (text === undefined) {
    throw refused(
      `no metadata "${key}". The file was not made by messier train, so that its classes and pixels are unknown. ` +
        'Train a model, or give this one a new head and fine-tune it',
    );
  }
  const card = checkCard(parsed(text));
  for (const [name, tensor] of calibration(card)) {
    const found = model.graph.initializers.get(name);
    if (found?.data.length === tensor.data.length && tensor.data.every((value, at) => value === found.data[at])) continue;
    throw refused(`initializer "${name}" is not what the card says. Change cards with updateCard, which changes both`);
  }
  return card;
}

/**
 * The model with other entries in its card, and in its graph where they stand there too (`offsets`, `temperature`).
 *
 * @throws MessierError `model/card`
 *
 * @example
 * const calibrated = updateCard(model, { temperature: 1.31 });
 */
export function updateCard(model: Model, changes: CardChanges): Model {
  const card = checkCard({ ...readCard(model), ...changes });
  return withCard(replaceInitializers(model, calibration(card)), card);
}

/** The model with a card in its metadata; its graph must hold the {@link calibration} already. */
export function withCard(model: Model, card: ModelCard): Model {
  return withMetadata(model, { [key]: JSON.stringify(card), [classesKey]: JSON.stringify(card.classes) });
}

/** The card's numbers as they stand in the graph: offsets (classes) and temperature (1); none of a model of votes. */
export function calibration({
  offsets,
  temperature,
  votes,
}: ModelCard): ReadonlyMap<string, Tensor & { readonly data: Float32Array }> {
  const tensor = (values: readonly number[]) =>
    ({ type: 'float32', dims: [values.length], data: Float32Array.from(values) }) as const;
  if (votes) return new Map();
  return new Map([
    [offsetsName, tensor(offsets)],
    [temperatureName, tensor([temperature])],
  ]);
}

/** The card where it keeps its rules. Throws `model/card`. */
export function checkCard(card: unknown): ModelCard {
  const format = typeof card === 'object' && card !== null && 'format' in card ? card.format : undefined;
  const version = /^messier-model\/(\d+)$/.exec(String(format))?.[1];
  if (version !== undefined && Number(version) > 1) {
    throw refused(`format "messier-model/${version}" is newer than this program, which reads messier-model/1. Update messier`);
  }
  const result = schema.safeParse(card);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message));
  throw refused(`${issues.join('; ')}. Take the file that messier train wrote, unchanged`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused(`metadata "${key}" is no JSON. Take the file that messier train wrote, unchanged`, cause);
  }
}

function refused(problem: string, cause?: unknown): MessierError {
  return new MessierError('model/card', `Model card: ${problem}.`, { cause });
}
