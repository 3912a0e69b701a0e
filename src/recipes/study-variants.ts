/** The variants of a recipe that studies hold beside one another. */
import { publishedWeights } from '../collect/published-weights.js';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { models } from '../models/registry.js';
import { editRecipe, type RecipeEdit } from './edit-recipe.js';
import type { LoadedRecipe } from './library.js';
import { openPretrained } from './pretrained.js';

/** A recipe among its relatives. */
export interface StudyVariant {
  /** Of its folder and its line; unique within the study. */
  readonly name: string;
  /** What differs, in a few words. */
  readonly title: string;
  readonly recipe: LoadedRecipe;
}

/** Kinds of studies. */
export const studyKinds = ['transfer', 'models'] as const;
export type StudyKind = (typeof studyKinds)[number];

/** The five networks that the Galaxy Zoo course project compares. */
export const originalModels = ['galaxy-cnn', 'inception-v3', 'vgg16', 'resnet50', 'xception'] as const;

/** Factor on the learning rate from block to block: of 20 blocks the first learns at about a hundredth of the head's rate. */
const layerwiseDecay = 0.8;

/** One way to use pretrained weights. */
interface Mode {
  readonly name: string;
  readonly title: string;
  /** Keys of `transfer`; the recipe's own stay where nothing is said. `null`: no pretrained weights at all. */
  readonly transfer: Readonly<Record<string, unknown>> | null;
  /** It needs classes: votes have no head that is fitted at once. */
  readonly classesOnly?: boolean;
}

/** How modes differ from one another. */
const plain = {
  mode: 'all',
  blocks: undefined,
  rateDecay: undefined,
  batchNorm: 'frozen',
  unfreezeEvery: undefined,
  headStart: undefined,
};

const modes: readonly Mode[] = [
  { name: 'features', title: 'frozen features, a linear head', transfer: { ...plain, mode: 'features' }, classesOnly: true },
  ...[1, 2, 4].map((blocks) => ({
    name: `last-${blocks}`,
    title: `head and last ${blocks === 1 ? 'block' : `${blocks} blocks`}`,
    transfer: { ...plain, mode: 'blocks', blocks },
  })),
  { name: 'all', title: 'everything', transfer: plain },
  {
    name: 'layer-wise',
    title: `everything, rates x ${layerwiseDecay} a block`,
    transfer: { ...plain, rateDecay: layerwiseDecay },
  },
  { name: 'gradual', title: 'everything, one more block each epoch', transfer: { ...plain, unfreezeEvery: 1 } },
  { name: 'head-start', title: 'everything, after a fitted head', transfer: { ...plain, headStart: true }, classesOnly: true },
  { name: 'batch-norm', title: 'everything, batch norms too', transfer: { ...plain, batchNorm: 'train' } },
  { name: 'scratch', title: 'the same network, random weights', transfer: null },
];

/** Names of the variants of a transfer study, in their order. */
export const transferModes: readonly string[] = modes.map(({ name }) => name);

/** Which ways are wanted. */
export interface TransferVariantOptions extends WorkOptions {
  /** Names of those that are wanted; all that differ unless told. */
  readonly only?: readonly string[] | undefined;
  /** Hears of a way that is left out. */
  readonly onNotice?: ((text: string) => void) | undefined;
}

/**
 * The recipe with each way of using its pretrained weights, which are opened first: where they can't be, that is told before anything is trained. Without
 * batch norms (ONNX files often have them folded into other layers) the way that trains them is left out.
 *
 * @throws MessierError `study/weights` for a recipe without pretrained weights, `study/variant` for a name that is none, or none for this task; what
 * openPretrained throws.
 */
export async function transferVariants(loaded: LoadedRecipe, options: TransferVariantOptions = {}): Promise<StudyVariant[]> {
  const { only = [], onNotice, progress, signal } = options;
  const { model, task, name: recipeName } = loaded.recipe;
  if (model.weights === undefined) {
    throw new MessierError(
      'study/weights',
      `A transfer study begins with pretrained weights, and the recipe "${recipeName}" names none. Give model.weights, or --weights FILE.`,
    );
  }
  const possible = modes.filter(({ classesOnly }) => task === 'classes' || classesOnly !== true);
  const wanted = chosen(possible, only);
  const pretrained = await openPretrained(loaded.recipe, { progress, signal });
  const hasNorms = pretrained?.backbone.graph.nodes.some(({ opType }) => opType === 'BatchNormalization') === true;
  const isIdle = ({ name }: Mode): boolean => name === 'batch-norm' && !hasNorms && !only.includes(name);
  if (wanted.some(isIdle)) {
    onNotice?.('The weights have no batch norms; the variant "batch-norm" would be "all" again and is left out.');
  }
  return wanted
    .filter((mode) => !isIdle(mode))
    .map(({ name, title, transfer }) => ({ name, title, recipe: editRecipe(loaded, transferEdits(transfer)) }));
}

function transferEdits(transfer: Mode['transfer']): RecipeEdit[] {
  if (transfer) return Object.entries(transfer).map(([key, value]) => ({ path: ['transfer', key], value }));
  return [
    { path: ['transfer'], value: undefined },
    { path: ['model', 'weights'], value: undefined },
  ];
}

function chosen<Kind extends { readonly name: string }>(all: readonly Kind[], only: readonly string[]): readonly Kind[] {
  const names = all.map(({ name }) => name);
  const stranger = only.find((name) => !names.includes(name));
  if (stranger !== undefined) {
    throw new MessierError('study/variant', `No variant "${stranger}" here. There are ${names.join(', ')}.`);
  }
  return only.length === 0 ? all : all.filter(({ name }) => only.includes(name));
}

/** Which networks, and what they begin with. */
export interface ModelVariantOptions {
  readonly models: readonly string[];
  /** `published`: ImageNet weights where some are known; `none`: random ones. */
  readonly weights: 'published' | 'none';
}

/**
 * The recipe with each network: at the recipe's size, or at the network's smallest where that is larger.
 *
 * @throws MessierError `model/unknown`, `study/variant` for a network that is named twice.
 */
export function modelVariants(loaded: LoadedRecipe, { models: names, weights }: ModelVariantOptions): StudyVariant[] {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new MessierError('study/variant', `Each network once expected; "${twice}" is named twice.`);
  return names.map((name) => {
    const { least } = models.get(name);
    const { model, pixels, evaluation } = loaded.recipe;
    const size = Math.max(pixels.size, least);
    const published = weights === 'published' && Object.hasOwn(publishedWeights, name);
    const edits: RecipeEdit[] = [
      { path: ['model', 'name'], value: name },
      { path: ['model', 'weights'], value: published ? 'published' : undefined },
      ...(size === pixels.size ? [] : [{ path: ['pixels', 'size'], value: size }]),
      ...(published ? [] : [{ path: ['transfer'], value: undefined }]),
      // Layers have other names in other networks.
      ...(evaluation.featureMaps.length > 0 && name !== model.name
        ? [{ path: ['evaluation', 'featureMaps'], value: undefined }]
        : []),
    ];
    const title = `${size} pixels, ${published ? 'ImageNet weights' : 'random weights'}`;
    return { name, title, recipe: editRecipe(loaded, edits) };
  });
}
