/** Words of 64 bits: the high and the low half of each. */
export interface Words {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

/** Widest part of a word that a table is made for: 2^22 entries of 4 bytes. */
const widest = 22;

/** Bits that differ. */
function bitCount(bits: number): number {
  let count = bits - ((bits >>> 1) & 0x55555555);
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return Math.imul((count + (count >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** A run of bits of the words, `width` of them from bit `from` on, counted from the lowest. */
interface Part {
  readonly from: number;
  readonly width: number;
}

/**
 * Calls `found` for each pair of words that differ in at most `distance` bits, once, with a < b, in no useful order.
 *
 * The words are cut into m parts; two words within the distance have a part in which they differ by at most floor(distance / m) bits,
 * so that it is enough to look up each part and its neighbours in a table. m is the one that should cost least. With 10^6 random
 * words and 8 bits that is about 10^3 look-ups a word, where comparing all would take 10^6.
 *
 * Source: M. Norouzi, A. Punjani and D. J. Fleet, Fast Search in Hamming Space with Multi-Index Hashing, CVPR 2012, arXiv:1307.2982.
 *
 * @param distance 0 to 64.
 */
export function pairsWithin(words: Words, distance: number, found: (a: number, b: number) => void): void {
  const parts = bestParts(words.low.length, distance);
  if (parts.length === 0) {
    compareAll(words, distance, found);
    return;
  }
  const radius = Math.floor(distance / parts.length);
  const keys = parts.map((part) => partOf(words, part));
  for (const [index, { width }] of parts.entries()) {
    const earlier = keys.slice(0, index);
    const key = keys[index] as Uint32Array;
    const masks = neighbours(width, radius);
    searchPart(key, width, masks, (a, b) => {
      if (differing(words, a, b) > distance) return;
      // A pair that an earlier part found already.
      if (earlier.some((other) => bitCount((other[a] as number) ^ (other[b] as number)) <= radius)) return;
      found(a, b);
    });
  }
}

function differing({ high, low }: Words, a: number, b: number): number {
  return bitCount((high[a] as number) ^ (high[b] as number)) + bitCount((low[a] as number) ^ (low[b] as number));
}

function compareAll(words: Words, distance: number, found: (a: number, b: number) => void): void {
  for (let b = 1; b < words.low.length; b++) {
    for (let a = 0; a < b; a++) if (differing(words, a, b) <= distance) found(a, b);
  }
}

/** The division of the 64 bits with the fewest expected look-ups and comparisons a word; none where comparing all costs less. */
function bestParts(count: number, distance: number): Part[] {
  let best: Part[] = [];
  let least = count / 2;
  for (let parts = Math.ceil(64 / widest); parts <= 16; parts++) {
    const lookUps = neighbourCount(Math.ceil(64 / parts), Math.floor(distance / parts));
    const tables = (parts * 2 ** Math.ceil(64 / parts)) / count;
    const cost = parts * lookUps * (1 + count / 2 ** (64 / parts)) + tables;
    if (cost >= least) continue;
    least = cost;
    const edges = Array.from({ length: parts + 1 }, (_, k) => Math.floor((k * 64) / parts));
    best = edges.slice(1).map((to, k) => ({ from: edges[k] as number, width: to - (edges[k] as number) }));
  }
  return best;
}

function partOf({ high, low }: Words, { from, width }: Part): Uint32Array {
  const mask = 2 ** width - 1;
  return Uint32Array.from(low, (word, index) => {
    const upper = high[index] as number;
    if (from >= 32) return (upper >>> (from - 32)) & mask;
    return (from === 0 ? word : (word >>> from) | (upper << (32 - from))) & mask;
  });
}

/** How many numbers of `width` bits have at most `most` bits set. */
function neighbourCount(width: number, most: number): number {
  let sum = 1;
  for (let set = 1, choices = 1; set <= Math.min(most, width); set++) {
    choices = (choices * (width - set + 1)) / set;
    sum += choices;
  }
  return sum;
}

/** All numbers of `width` bits with at most `most` bits set. */
function neighbours(width: number, most: number): Uint32Array {
  const masks = [0];
  const grow = (mask: number, from: number, left: number): void => {
    for (let bit = from; bit < width; bit++) {
      masks.push(mask | (1 << bit));
      if (left > 1) grow(mask | (1 << bit), bit + 1, left - 1);
    }
  };
  if (most > 0) grow(0, 0, most);
  return Uint32Array.from(masks);
}

/** Calls `candidate` for the pairs a < b whose keys differ by one of the masks. */
function searchPart(keys: Uint32Array, width: number, masks: Uint32Array, candidate: (a: number, b: number) => void): void {
  // Words in the order of their keys; those of key k are members[starts[k]] to members[starts[k + 1] - 1], ascending.
  const starts = new Int32Array(2 ** width + 1);
  for (const key of keys) starts[key + 1] = (starts[key + 1] as number) + 1;
  for (let key = 0; key < 2 ** width; key++) starts[key + 1] = (starts[key + 1] as number) + (starts[key] as number);
  const members = new Int32Array(keys.length);
  const filled = starts.slice();
  for (const [index, key] of keys.entries()) {
    const at = filled[key] as number;
    members[at] = index;
    filled[key] = at + 1;
  }
  // In the order of their keys: what one word looks up lies beside what the one before looked up, in the processor's caches.
  for (const b of members) {
    for (const mask of masks) {
      const key = (keys[b] as number) ^ mask;
      const end = starts[key + 1] as number;
      for (let at = starts[key] as number; at < end; at++) {
        const a = members[at] as number;
        if (a >= b) break;
        candidate(a, b);
      }
    }
  }
}
