/** What a network that was trained before says of pictures: its features, and which of its own classes it sees. */
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { FoundWeights } from '../collect/find-weights.js';
import { publishedWeights } from '../collect/published-weights.js';
import { openWeights } from '../collect/weights.js';
import type { WorkOptions } from '../core/progress.js';
import { makeFeatureCache } from '../dataset/feature-cache.js';
import { meanFeatures } from '../dataset/features.js';
import type { PixelCache } from '../dataset/types.js';
import { backboneOf } from '../models/backbone.js';
import { pretrainedModel } from '../models/index.js';
import { featuresOf } from '../models/transfer.js';
import { GraphBuilder } from '../onnx/builder.js';
import { isTensorInfo, type Model, type Tensor } from '../onnx/types.js';
import { upgradeModel } from '../onnx/upgrade/index.js';
import { skyWords } from './sky-words.js';

/** A network's words for pictures, in the order of the cache. */
export interface Description {
  /** For people: the architecture, or the file. */
  readonly network: string;
  /** float32 (N, D): mean over the picture and its three mirror images. */
  readonly features: Tensor;
  /** float32 (N, 1000): probabilities of ImageNet's classes, mean of the same views; absent for a network of other classes. */
  readonly words: Tensor | undefined;
}

export interface DescribeOptions extends WorkOptions {
  /** Takes the features. */
  readonly folder: string;
}

const half = [0.5, 0.5, 0.5];

/**
 * Features and classes of every picture of a cache of whole frames, stretched to the network's square. Kept in `folder`, and found again.
 *
 * @param cache Three channels; its side is the size of the pictures that the network gets.
 * @throws MessierError what `openWeights`, `backboneOf` and `makeFeatureCache` throw; the signal's reason.
 */
export async function describePictures(cache: PixelCache, weights: FoundWeights, options: DescribeOptions): Promise<Description> {
  const { folder, ...work } = options;
  const { path, architecture } = weights;
  const { side } = cache;
  const opened = await openWeights(path, { folder, ...work });
  const published = publishedWeights[architecture ?? ''];
  const shape = { channels: 3, height: side, width: side } as const;
  const whole = opened.kind === 'model' ? opened.model : pretrainedModel(architecture ?? '', opened.tensors, shape).model;
  const { model, words } = describing(whole, side);
  const { features } = await makeFeatureCache(cache, {
    model,
    preprocess: {
      size: side,
      fit: 'stretch',
      crop: 1,
      channels: 3,
      mean: published?.mean ?? half,
      deviation: published?.deviation ?? half,
    },
    views: 'flips',
    folder,
    threads: availableParallelism(),
    ...work,
  });
  const rows = meanFeatures(features);
  return { network: architecture ?? basename(path), ...divided(rows, words) };
}

/** Side of the pictures that weights were trained on. */
export function sideOf({ architecture }: FoundWeights): number {
  return publishedWeights[architecture ?? '']?.size ?? usualSide;
}

/** What most networks take; that of the published MobileNetV2. */
const usualSide = 224;

/** A network whose features are followed by its probabilities, where its classes are ImageNet's. */
function describing(given: Model, side: number): { readonly model: Model; readonly words: number } {
  const whole = upgradeModel(given);
  const size = { height: side, width: side, channels: 3 } as const;
  const own = whole.graph.outputs.find((one) => isTensorInfo(one) && one.shape?.length === 2 && one.shape[1] === skyWords.length);
  if (!own || own.name === 'features') return { model: backboneOf(whole, size).model, words: 0 };
  const g = new GraphBuilder({ opset: whole.opsets[''] ?? 17 }).adopt(whole);
  const hasName = whole.graph.outputs.some(({ name }) => name === 'features');
  let features = g.value(hasName ? 'features' : featuresOf(whole));
  const rank = features.shape?.length ?? 0;
  const axes = Array.from({ length: Math.max(0, rank - 2) }, (_, axis) => axis + 2);
  if (axes.length > 0) features = g.reduceMean(features, axes, false);
  const classes = g.value(own.name);
  const isShare = whole.graph.nodes.some(({ opType, outputs }) => opType === 'Softmax' && outputs.includes(own.name));
  const both = g.concat([features, isShare ? classes : g.softmax(classes, 1)], 1);
  const name = g.unique('described');
  g.output(both, name);
  const model = { ...g.build({ name: whole.graph.name }), metadata: {} };
  return { model: backboneOf(model, { ...size, at: name }).model, words: skyWords.length };
}

function divided({ dims, data }: Tensor, words: number): Pick<Description, 'features' | 'words'> {
  const [count = 0, width = 0] = dims;
  const part = (from: number, size: number): Tensor => {
    const rows = new Float32Array(count * size);
    for (let row = 0; row < count; row++) {
      rows.set((data as Float32Array).subarray(row * width + from, row * width + from + size), row * size);
    }
    return { type: 'float32', dims: [count, size], data: rows };
  };
  return { features: part(0, width - words), words: words === 0 ? undefined : part(width - words, words) };
}
