import { join } from 'node:path';
import { FEWEST_POINTS, MOST_POINTS } from '../classical/embedding-map.js';
import type { FoundWeights } from '../collect/find-weights.js';
import type { WorkOptions } from '../core/progress.js';
import { makePixelCache } from '../dataset/pixel-cache.js';
import { surveyDataset } from '../dataset/survey.js';
import type { DataReport, PictureMap } from '../dataset/survey-types.js';
import type { Dataset, PixelCache } from '../dataset/types.js';
import { defaultStretch } from '../sky/stretch.js';
import { mapSample, pictureMap } from './picture-map.js';
import { pretrainedFeatures, type PretrainedFeatures } from './pretrained-features.js';

/** Least side of the pictures that are looked at. */
const side = 96;

export interface ExploreOptions extends WorkOptions {
  /** Where caches lie, as `messierHome` gives it. */
  readonly folder: string;
  /** Of the network that describes the pictures for the map; without it the map is made of colour and texture. */
  readonly weights?: FoundWeights | undefined;
  /** Chooses the samples, and begins the map; 1 unless told. */
  readonly seed?: number | undefined;
}

/**
 * All that the page about a dataset shows: {@link surveyDataset} and a map of at most 5,000 pictures.
 *
 * @param dataset Opened with the default stretch.
 * @throws MessierError what `surveyDataset`, `pretrainedFeatures` and `pictureMap` throw; the signal's reason.
 *
 * @example
 * const report = await exploreDataset(dataset, { folder: messierHome(), weights: await findWeights(undefined, { folder }) });
 * await writeFile('explore.html', dataReportPage(report));
 */
export async function exploreDataset(
  dataset: Dataset,
  { folder, weights, seed = 1, ...work }: ExploreOptions,
): Promise<DataReport> {
  const count = dataset.items.length;
  const describe = (some: Dataset): Promise<PretrainedFeatures> | undefined =>
    weights && pretrainedFeatures(some, weights, { folder, ...work });
  const look = (some: Dataset): Promise<PixelCache> =>
    makePixelCache(some, { side, channels: 3, stretch: defaultStretch, folder: join(folder, 'pixels'), ...work });
  const described = count >= FEWEST_POINTS && count <= MOST_POINTS ? await describe(dataset) : undefined;
  // Pictures are decoded once where the network's squares are large enough to look at.
  const cache = described && described.cache.side >= side ? described.cache : await look(dataset);
  const survey = await surveyDataset(dataset, cache, { seed, ...work });
  const draw = async (some: Dataset, known?: PretrainedFeatures): Promise<PictureMap | undefined> => {
    const own = known ?? (await describe(some));
    const seen = own?.cache ?? (some === dataset ? cache : await look(some));
    return pictureMap({ cache: seen, described: own, duplicates: survey.duplicates }, { seed, ...work });
  };
  if (cache.items.length < FEWEST_POINTS) return { ...survey, map: undefined };
  if (count <= MOST_POINTS) return { ...survey, map: await draw(dataset, described) };
  const items = mapSample(cache.items, seed).flatMap((place) => cache.items[place] ?? []);
  return { ...survey, map: await draw({ ...dataset, items, skipped: [], load: (item) => dataset.load(item) }) };
}
