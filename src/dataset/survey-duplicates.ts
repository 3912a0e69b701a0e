import type { WorkOptions } from '../core/progress.js';
import { thumbnailUri } from '../formats/picture-encode.js';
import { CachePictures } from './cache-pictures.js';
import { duplicatesInCache } from './near-duplicates-cache.js';
import type { DataReport, Duplicate, Thumbnail } from './survey-types.js';
import type { CachedItem, PixelCache } from './types.js';

/** Groups that are shown as pictures. */
const mostGroups = 60;
/** Pictures that are shown of a group. */
const mostOfGroup = 8;
/** Side of such a picture. */
const side = 72;

/** Groups of duplicates, those with several labels first, and pictures of the first ones. */
export async function surveyDuplicates(
  cache: PixelCache,
  { progress, signal }: WorkOptions,
): Promise<Pick<DataReport, 'duplicates' | 'copies'>> {
  signal?.throwIfAborted();
  progress?.({ stage: 'find near-duplicates', done: 0, total: cache.items.length, unit: 'pictures' });
  const groups = duplicatesInCache(cache);
  progress?.({ stage: 'find near-duplicates', done: cache.items.length, total: cache.items.length, unit: 'pictures' });
  const labels = (group: readonly number[]) => new Set(group.map((place) => cache.items[place]?.label)).size;
  const doubtful = groups.filter((group) => labels(group) > 1);
  const ordered = [...doubtful, ...groups.filter((group) => labels(group) === 1)];
  const copies: Thumbnail[] = [];
  const pictures = CachePictures.open(cache);
  try {
    for (const place of ordered.slice(0, mostGroups).flatMap((group) => group.slice(0, mostOfGroup))) {
      signal?.throwIfAborted();
      const { id, label = '' } = cache.items[place] as CachedItem;
      copies.push({ id, label, uri: await thumbnailUri(pictures.picture(place), side) });
    }
  } finally {
    pictures.close();
  }
  return { duplicates: ordered.map((group) => group.map((place) => described(cache, group, place))), copies };
}

function described({ items }: PixelCache, group: readonly number[], place: number): Duplicate {
  const { id, label, hash } = items[place] as CachedItem;
  return { id, label, exact: group.some((other) => other !== place && items[other]?.hash === hash) };
}
