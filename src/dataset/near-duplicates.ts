import { MessierError } from '../core/errors.js';
import { DisjointSets } from './disjoint-sets.js';
import { pairsWithin, type Words } from './hamming-search.js';

/** What near-duplicates are found by. */
export interface Fingerprinted {
  readonly id: string;
  /** SHA-256 of the content. */
  readonly hash: string;
  /** 16 hexadecimal digits: {@link perceptualHash}. */
  readonly perceptual: string;
}

export interface NearDuplicateOptions {
  /**
   * Bits of the perceptual hashes that may differ, 0 to 16. 8 unless told: re-encoding, halving and more light changed at most that many
   * in 99 of 100 pictures.
   */
  readonly distance?: number | undefined;
  /** Whether two items, by their places in the list, are really alike. Without it, near hashes are enough. */
  readonly confirm?: ((a: number, b: number) => boolean) | undefined;
}

/** Above this many bits nearly every pair of pictures would be compared. */
const mostDistance = 16;

/** Items with one perceptual hash that are compared with each other before the rest is left alone. */
const mostUnlike = 256;

/**
 * Groups of items that are the same (one SHA-256) or nearly (perceptual hashes within the distance, and confirmed): places in the list,
 * ascending, at least two a group, groups in the order of their first items. If a is like b and b like c, all three are one group.
 * Mirrored and turned copies are not found.
 *
 * Items with one perceptual hash are compared with the first of each group among them instead of each with each, and of more than 256
 * mutually unlike ones the rest is left alone, so that frames without any structure don't make the work quadratic.
 *
 * 10^5 hashes take about three seconds of one core; see {@link pairsWithin}. Throws `duplicates/distance` and `duplicates/hash`.
 *
 * @example
 * const groups = nearDuplicates(items, { confirm: (a, b) => lookAlike(looks[a], looks[b]) });
 */
export function nearDuplicates(items: readonly Fingerprinted[], options: NearDuplicateOptions = {}): number[][] {
  const { distance = 8, confirm = () => true } = options;
  if (!Number.isInteger(distance) || distance < 0 || distance > mostDistance) {
    throw new MessierError(
      'duplicates/distance',
      `Near-duplicates differ in 0 to ${mostDistance} bits of the perceptual hash; ${distance} received. Leave it out for 8.`,
    );
  }
  const sets = new DisjointSets(items.length);
  const alike = (a: number, b: number): boolean => {
    if (sets.find(a) !== sets.find(b) && confirm(a, b)) sets.join(a, b);
    return sets.find(a) === sets.find(b);
  };
  const byHash = firstsByPerceptual(items, sets, alike);
  const firsts = [...byHash.values()];
  pairsWithin(wordsOf([...byHash.keys()]), distance, (left, right) => {
    for (const a of firsts[left] ?? []) for (const b of firsts[right] ?? []) alike(a, b);
  });
  return sets.sets().filter((group) => group.length > 1);
}

/** Joins items of one content, then those of one perceptual hash that are alike; gives the first of each group under its hash. */
function firstsByPerceptual(
  items: readonly Fingerprinted[],
  sets: DisjointSets,
  alike: (a: number, b: number) => boolean,
): Map<string, number[]> {
  const byContent = new Map<string, number>();
  const byHash = new Map<string, number[]>();
  for (const [index, { id, hash, perceptual }] of items.entries()) {
    if (!/^[0-9a-f]{16}$/.test(perceptual)) {
      throw new MessierError(
        'duplicates/hash',
        `A perceptual hash has 16 hexadecimal digits; "${id}" has "${perceptual}". Use perceptualHash.`,
      );
    }
    const same = byContent.get(hash);
    if (same !== undefined) {
      sets.join(same, index);
      continue;
    }
    byContent.set(hash, index);
    const firsts = byHash.get(perceptual);
    if (!firsts) byHash.set(perceptual, [index]);
    else if (!firsts.some((first) => alike(first, index)) && firsts.length < mostUnlike) firsts.push(index);
  }
  return byHash;
}

function wordsOf(hashes: readonly string[]): Words {
  return {
    high: Uint32Array.from(hashes, (hash) => Number.parseInt(hash.slice(0, 8), 16)),
    low: Uint32Array.from(hashes, (hash) => Number.parseInt(hash.slice(8), 16)),
  };
}
