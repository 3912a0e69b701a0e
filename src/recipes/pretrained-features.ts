/** What a pretrained network says of every picture of a dataset. */
import { basename, join } from 'node:path';
import type { FoundWeights } from '../collect/find-weights.js';
import { publishedWeights } from '../collect/published-weights.js';
import type { WorkOptions } from '../core/progress.js';
import { makeFeatureCache } from '../dataset/feature-cache.js';
import { meanFeatures } from '../dataset/features.js';
import { makePixelCache } from '../dataset/pixel-cache.js';
import type { Dataset, PixelCache, Preprocess } from '../dataset/types.js';
import { loadModel } from '../formats/model-file.js';
import { readCard } from '../models/index.js';
import { isTensorInfo, type Model, type Tensor } from '../onnx/types.js';
import { defaultStretch, type Stretch } from '../sky/stretch.js';
import { openBackbone } from './pretrained.js';

/** Side that pictures get where a network takes any. */
const usualSide = 224;

/** Where caches lie: pixels in `folder/pixels`, features in `folder/features`. */
export interface PretrainedFeaturesOptions extends WorkOptions {
  /** As {@link messierHome} gives it. */
  readonly folder: string;
  /** How the dataset was opened to turn raw counts into pixels; the default stretch unless told. */
  readonly stretch?: Stretch | undefined;
}

/** A dataset's pictures, and what the network makes of them. */
export interface PretrainedFeatures {
  /** For people: the architecture, or the name of the file. */
  readonly network: string;
  /** Central squares as the network takes them, before its crop. */
  readonly cache: PixelCache;
  /** float32 (N, D), in the order of `cache.items`: what the network's last layer reads. */
  readonly features: Tensor;
}

/**
 * Features of all pictures that can be read, by a network that was trained before: each picture's central square, as it is, at the network's own
 * size, crop and normalisation (of finished models their own, of published weights the publisher's; else 224 pixels, unless the file has a fixed size,
 * with mean and deviation 0.5). Pixels and features are cached.
 *
 * @throws MessierError what `makePixelCache`, `makeFeatureCache`, `openWeights`, `loadWeights` and `backboneOf` throw; the signal's reason.
 *
 * @example
 * const weights = await findWeights(undefined, { folder: join(messierHome(), 'weights') });
 * if (weights) await pretrainedFeatures(dataset, weights, { folder: messierHome() });
 */
export async function pretrainedFeatures(
  dataset: Dataset,
  weights: FoundWeights,
  { folder, stretch = defaultStretch, ...work }: PretrainedFeaturesOptions,
): Promise<PretrainedFeatures> {
  const { path, architecture } = weights;
  const preprocess = architecture === undefined ? ownPreprocess(loadModel(path)) : publishedPreprocess(architecture);
  const { size, crop, channels, fit } = preprocess;
  // The name matters for a state dict alone.
  const model = { name: architecture ?? basename(path), dropout: undefined };
  const { backbone } = await openBackbone(path, { model, pixels: { channels, size } }, work);
  const side = Math.round(size / crop);
  const cache = await makePixelCache(dataset, { side, channels, fit, stretch, folder: join(folder, 'pixels'), ...work });
  const { features } = await makeFeatureCache(cache, {
    model: backbone,
    preprocess,
    views: 'one',
    folder: join(folder, 'features'),
    ...work,
  });
  return { network: architecture ?? basename(path), cache, features: meanFeatures(features) };
}

const half = [0.5, 0.5, 0.5];

function publishedPreprocess(architecture: string): Preprocess {
  const { size = usualSide, mean = half, deviation = half } = publishedWeights[architecture] ?? {};
  return { size, crop: 1, channels: 3, mean, deviation };
}

/** A finished model knows what it reads; of another file the shape of its input tells the size, if anything. */
function ownPreprocess(model: Model): Preprocess {
  if (model.metadata['messier.model'] !== undefined) {
    const { preprocess } = readCard(model);
    const { mean, deviation } = preprocess;
    // A network of grays takes the mean of the channels.
    const three = (values: readonly number[]) => (values.length === 3 ? values : half.map(() => values[0] ?? 0));
    return { ...preprocess, channels: 3, mean: three(mean), deviation: three(deviation) };
  }
  const [input] = model.graph.inputs;
  const shape = input && isTensorInfo(input) ? (input.shape ?? []) : [];
  const sides = shape.slice(1).filter((dim) => typeof dim === 'number' && dim > 3);
  return { size: Number(sides[0] ?? usualSide), crop: 1, channels: 3, mean: half, deviation: half };
}
