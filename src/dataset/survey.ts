import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { randomStream } from '../core/random.js';
import { thumbnailUri } from '../formats/picture-encode.js';
import type { DataReport, Thumbnail } from './survey-types.js';
import { walkCache } from './cache-reader.js';
import { distributionOf } from './distribution.js';
import { surveyDuplicates } from './survey-duplicates.js';
import { aspectOf, sidesOf, sizeCellsOf, sizesOf, timelineOf } from './survey-counts.js';
import { compare } from './split-groups.js';
import type { CachedItem, Dataset, PixelCache, Skipped } from './types.js';

/** Labels that samples are shown of, those with the most pictures first. */
const mostLabels = 20;
/** Samples of each label. */
const samplesEach = 8;
/** Longer side of a sample, in pixels. */
const sampleSide = 96;

/** A report without its map. */
export type Survey = Omit<DataReport, 'map'>;

export interface SurveyOptions extends WorkOptions {
  /** Chooses the samples; 1 unless told. */
  readonly seed?: number | undefined;
}

/**
 * What there is in a dataset: the pictures of each raw label, sizes, brightness and colour, years and sources, near-duplicates, what is left out
 * and why, and samples. Brightness and colour are those of the cached central square. Of more than 20 sizes the rarest are
 * counted with the nearest common one; a sample that can't be read any more is counted as left out.
 *
 * Throws `cache/read`; the signal's reason.
 *
 * @example
 * const report = await surveyDataset(dataset, await makePixelCache(dataset, { side: 64, channels: 3, folder }));
 */
export async function surveyDataset(dataset: Dataset, cache: PixelCache, options: SurveyOptions = {}): Promise<Survey> {
  const { seed = 1 } = options;
  const groups = groupByLabel(cache.items);
  const colours = await measure(cache, options);
  const brightness = [...groups].map(([label, places]) => {
    const means = places.map((place) => mean(colours[place] ?? []));
    return [label, distributionOf(means)] as const;
  });
  const colour = [...groups].map(([label, places]) => {
    const channel = (index: number) => mean(places.map((place) => colours[place]?.[index] ?? 0));
    return [label, [channel(0), channel(1), channel(2)] as const] as const;
  });
  const { duplicates, copies } = await surveyDuplicates(cache, options);
  const { samples, unreadable } = await sample(dataset, cache, groups, { ...options, seed });
  return {
    name: dataset.name,
    location: dataset.location,
    items: cache.items.length,
    classes: Object.fromEntries([...groups].map(([label, places]) => [label, places.length])),
    ...sizesOf(cache.items),
    sizeCells: sizeCellsOf(cache.items),
    sides: sidesOf(cache.items),
    aspect: aspectOf(cache.items),
    brightness: Object.fromEntries(brightness),
    colour: Object.fromEntries(colour),
    timeline: timelineOf(cache.items),
    duplicates,
    skipped: [...cache.skipped, ...unreadable],
    samples,
    copies,
  };
}

/** Places of the items of each raw label, labels by name; '' for none. */
function groupByLabel(items: readonly CachedItem[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const [place, { label = '' }] of items.entries()) {
    const places = groups.get(label);
    if (places) places.push(place);
    else groups.set(label, [place]);
  }
  return new Map([...groups].sort(([a], [b]) => compare(a, b)));
}

/** Mean red, green and blue of each picture, in [0, 1]; gray ones have three equal means. */
async function measure(cache: PixelCache, work: WorkOptions): Promise<number[][]> {
  const { side, channels } = cache;
  const colours: number[][] = [];
  for await (const pixels of walkCache(cache, 'measure pictures', work)) {
    colours.push([0, 1, 2].map((channel) => planeMean(pixels, Math.min(channel, channels - 1), side * side)));
  }
  return colours;
}

function planeMean(pixels: Uint8Array, plane: number, size: number): number {
  let sum = 0;
  for (let at = plane * size; at < (plane + 1) * size; at++) sum += pixels[at] as number;
  return sum / (255 * size);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Pictures of the most common labels, chosen by the seed and by content. */
async function sample(
  dataset: Dataset,
  cache: PixelCache,
  groups: ReadonlyMap<string, readonly number[]>,
  { seed, progress, signal }: WorkOptions & { readonly seed: number },
): Promise<{ readonly samples: Thumbnail[]; readonly unreadable: Skipped[] }> {
  const common = [...groups].sort(([, a], [, b]) => b.length - a.length).slice(0, mostLabels);
  const chosen = common.flatMap(([label, places]) => {
    const items = places.map((place) => cache.items[place] as CachedItem);
    items.sort((a, b) => compare(a.hash, b.hash) || compare(a.id, b.id));
    return randomStream(seed, 'samples', label).shuffle(items).slice(0, samplesEach);
  });
  const samples: Thumbnail[] = [];
  const unreadable: Skipped[] = [];
  for (const [done, item] of chosen.entries()) {
    signal?.throwIfAborted();
    try {
      const { picture } = await dataset.load(item);
      samples.push({ id: item.id, uri: await thumbnailUri(picture, sampleSide), label: item.label ?? '' });
    } catch (error) {
      if (!(error instanceof MessierError)) throw error;
      unreadable.push({ id: item.id, code: error.code, reason: error.message });
    }
    progress?.({ stage: 'make samples', done: done + 1, total: chosen.length, unit: 'pictures' });
  }
  return { samples, unreadable };
}
