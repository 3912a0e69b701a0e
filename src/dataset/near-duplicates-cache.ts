import { openCacheReader } from './cache-reader.js';
import { lookAlike, lookOf, type Look } from './look-alike.js';
import { nearDuplicates } from './near-duplicates.js';
import type { PixelCache } from './types.js';

/** Looks kept at once, 4 kB each. */
const mostLooks = 16_384;

/**
 * Groups of pictures of a cache that are the same or nearly: {@link nearDuplicates} confirmed on the pixels by {@link lookAlike}. Found
 * are copies encoded again, resized, brightened or recoloured; not found are mirrored, turned, shifted and otherwise cropped ones.
 * Places in `cache.items`. Throws `cache/read`.
 *
 * @example
 * const parts = splitItems(items, { shares, seed, groups: duplicatesInCache(cache) });
 */
export function duplicatesInCache(cache: PixelCache, distance?: number): number[][] {
  const reader = openCacheReader(cache);
  const buffer = new Uint8Array(reader.bytesEach);
  const looks = new Map<number, Look>();
  const look = (index: number): Look => {
    const known = looks.get(index);
    if (known) return known;
    const [oldest] = looks.keys();
    if (oldest !== undefined && looks.size >= mostLooks) looks.delete(oldest);
    const made = lookOf(reader.read(index, buffer), cache.side, cache.channels);
    looks.set(index, made);
    return made;
  };
  try {
    return nearDuplicates(cache.items, { distance, confirm: (a, b) => lookAlike(look(a), look(b)) });
  } finally {
    reader.close();
  }
}
