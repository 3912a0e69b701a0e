/** Weights that a recipe begins with. */
import { join } from 'node:path';
import type { WorkOptions } from '../core/progress.js';
import { MessierError } from '../core/errors.js';
import { openWeights } from '../collect/weights.js';
import { sha256File } from '../formats/hash.js';
import { backboneOf } from '../models/backbone.js';
import { deepFeatures } from '../models/depths.js';
import { pretrainedModel } from '../models/index.js';
import type { Model } from '../onnx/types.js';
import { messierHome } from '../formats/home.js';
import type { Recipe } from './schema.js';

/** A network that was trained before, on other pictures. */
export interface Pretrained {
  /** Input `image` float32 (N, channels, size, size), output `features` (N, D), which a new head reads. */
  readonly backbone: Model;
  /** For people: the architecture, or the file. */
  readonly name: string;
  /** SHA-256 of the file. */
  readonly hash: string;
  /** What it expects of values in [0, 1], where that is known. */
  readonly mean?: readonly number[] | undefined;
  readonly deviation?: readonly number[] | undefined;
}

/** What a network becomes a backbone for. */
export interface Begin {
  readonly model: Pick<Recipe['model'], 'name' | 'dropout'>;
  readonly pixels: Pick<Recipe['pixels'], 'channels' | 'size'>;
  readonly transfer?: Recipe['transfer'];
}

/**
 * Opens what `model.weights` names, downloads it where it is published; `undefined` where the recipe begins at random.
 *
 * @throws MessierError what openWeights, loadWeights and backboneOf throw.
 */
export async function openPretrained(recipe: Recipe, work: WorkOptions): Promise<Pretrained | undefined> {
  const { name, weights } = recipe.model;
  return weights === undefined ? undefined : openBackbone(weights === 'published' ? name : weights, recipe, work);
}

/**
 * The backbone of a file of weights, or of an architecture's published ones, for pictures of that shape.
 *
 * @throws MessierError what openWeights, loadWeights and backboneOf throw.
 */
export async function openBackbone(weights: string, { model, pixels, transfer }: Begin, work: WorkOptions): Promise<Pretrained> {
  const opened = await openWeights(weights, { folder: join(messierHome(), 'weights'), ...work }).catch((error: unknown) => {
    if (!(error instanceof MessierError && error.code.startsWith('download/'))) throw error;
    const way = 'Without a network, give weights that are here: --weights FILE.onnx or FILE.safetensors.';
    throw new MessierError(error.code, `${error.message} ${way}`, { cause: error });
  });
  const { channels, size } = pixels;
  const shape = { channels, height: size, width: size };
  const backbone = (whole: Model): Model => deepFeatures(backboneOf(whole, shape).model, transfer?.depths ?? 1);
  const hash = await sha256File(opened.path, work);
  if (opened.kind === 'model') return { backbone: backbone(opened.model), name: opened.path, hash };
  const whole = pretrainedModel(model.name, opened.tensors, { ...shape, dropout: model.dropout, source: opened.path });
  const { mean, deviation } = opened.published ?? {};
  return { backbone: backbone(whole.model), name: model.name, hash, mean, deviation };
}

const flat = (value: number | readonly number[]): number | number[] => (typeof value === 'number' ? value : [...value]);

/** The recipe with what its weights ask of pixels, where it says nothing itself. */
export function settle(recipe: Recipe, pretrained: Pretrained | undefined): Recipe {
  const { mean = pretrained?.mean ?? 0.5, deviation = pretrained?.deviation ?? 0.5 } = recipe.pixels;
  return { ...recipe, pixels: { ...recipe.pixels, mean: flat(mean), deviation: flat(deviation) } };
}
