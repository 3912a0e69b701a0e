/** The map of a dataset: pictures described by a pretrained network, or by measures of colour and texture, and laid out by UMAP. */
import { embeddingMap, FEWEST_POINTS, MOST_POINTS } from '../classical/embedding-map.js';
import { handmadeFeatures } from '../classical/handmade-features.js';
import { neighbourAccuracy } from '../classical/neighbour-figures.js';
import { randomStream } from '../core/random.js';
import { selectFeatures } from '../dataset/features.js';
import { spriteOf } from '../dataset/cache-pictures.js';
import { compare } from '../dataset/split-groups.js';
import type { PictureMap } from '../dataset/survey-types.js';
import type { CachedItem, PixelCache } from '../dataset/types.js';
import type { WorkOptions } from '../core/progress.js';
import type { Tensor } from '../onnx/types.js';

/** What a map is drawn of. */
export interface MapSource {
  /** Whose small copies are shown. */
  readonly cache: PixelCache;
  /** float32 (N, D), in the order of the cache's items; measures of colour and texture unless told. */
  readonly described?: { readonly network: string; readonly features: Tensor } | undefined;
  /** Groups of pictures that are the same or nearly, by id; one is no neighbour of another. */
  readonly duplicates?: readonly (readonly { readonly id: string }[])[] | undefined;
}

export interface PictureMapOptions extends WorkOptions {
  /** 1 unless told. */
  readonly seed?: number | undefined;
}

/**
 * At most 5,000 of some items, chosen by seed and content, whatever their order and names.
 */
export function mapSample(items: readonly CachedItem[], seed = 1): readonly number[] {
  const hashOf = (place: number) => items[place] as CachedItem;
  const places = [...items.keys()].sort((a, b) => compare(hashOf(a).hash, hashOf(b).hash) || compare(hashOf(a).id, hashOf(b).id));
  return places.length <= MOST_POINTS ? places : randomStream(seed, 'map sample').shuffle(places).slice(0, MOST_POINTS);
}

/**
 * Where pictures lie that look alike to a network, how far the map can be trusted, and how well labels can be told apart.
 *
 * @returns `undefined` where there are fewer than ten pictures.
 * @throws MessierError what {@link embeddingMap} and {@link spriteOf} throw; the signal's reason.
 */
export async function pictureMap(
  { cache, described, duplicates = [] }: MapSource,
  { seed = 1, ...work }: PictureMapOptions = {},
): Promise<PictureMap | undefined> {
  const places = mapSample(cache.items, seed);
  if (places.length < FEWEST_POINTS) return undefined;
  const all = described?.features ?? (await handmadeFeatures(cache, work)).all;
  const scale = described ? 'length' : 'deviation';
  const made = await embeddingMap(selectFeatures(all, places), { scale, seed, ...work });
  const items = places.map((place) => cache.items[place] as CachedItem);
  const labels = [...new Set(items.flatMap(({ label = '' }) => (label === '' ? [] : [label])))].sort(compare);
  const numbers = new Map(labels.map((label, at) => [label, at]));
  const groups = new Map(duplicates.flatMap((group, at) => group.map(({ id }) => [id, at] as const)));
  const judged =
    labels.length < 2
      ? undefined
      : neighbourAccuracy(
          made.neighbours,
          items.map(({ label = '' }) => numbers.get(label) ?? -1),
          items.map(({ id }) => groups.get(id) ?? -1),
        );
  return {
    method: 'umap',
    network: described?.network,
    points: items.length,
    neighbours: made.k,
    trustworthiness: made.trustworthiness,
    knnAccuracy: judged?.accuracy,
    places: items.map(({ id, label = '', title }, at) => ({
      id,
      label,
      title,
      x: made.positions[2 * at] as number,
      y: made.positions[2 * at + 1] as number,
    })),
    sprite: await spriteOf(cache, places, work),
  };
}
