import { MessierError } from '../core/errors.js';
import { stemmer } from '../text/stem.js';
import { textLimits, tokens } from '../text/tokens.js';

/** What the search of a catalogue holds of a text, and what a search may say. */
export const searchLimits = {
  /** Words of one item that can be found: PostgreSQL numbers positions up to 16,383. */
  words: 16_000,
  /** Times that one word of an item counts: PostgreSQL keeps 256 positions of a word. */
  repeats: 255,
  /** Of an item's stems as UTF-8: PostgreSQL's `tsvector` ends at 2^20. */
  bytes: 2 ** 19,
  /** Characters of a search. */
  search: 10_000,
  /** Words of a search. */
  searchWords: 64,
} as const;

/** A search, by stems. Each entry is a word, or several in their order. */
export interface ParsedSearch {
  /** All of these; at least one. */
  readonly included: readonly (readonly string[])[];
  /** None of these. */
  readonly excluded: readonly (readonly string[])[];
}

const stem = stemmer('english');
const stems = (text: string): string[] =>
  tokens(text)
    .map(stem)
    .filter((one) => one !== '');

/**
 * The stems by which an item is found, in their order: of its title, then of its other texts. Both databases are given the same list, so that they find the
 * same items. Of very long texts the beginning counts: {@link searchLimits}.
 *
 * @example
 * searchWords('Rings of Saturn', 'Seen by Cassini'); // ring of saturn seen by cassini
 */
export function searchWords(...texts: readonly string[]): readonly string[] {
  const all: string[] = [];
  for (const text of texts) for (const one of stems(text.slice(0, textLimits.text))) all.push(one);
  // So few reach no limit: a word has at most 64 characters.
  return all.length <= searchLimits.repeats ? all : limited(all);
}

function limited(words: readonly string[]): readonly string[] {
  const found: string[] = [];
  const counts = new Map<string, number>();
  let bytes = 0;
  for (const one of words) {
    const count = (counts.get(one) ?? 0) + 1;
    if (count > searchLimits.repeats) continue;
    bytes += Buffer.byteLength(one);
    if (found.length === searchLimits.words || bytes > searchLimits.bytes) return found;
    counts.set(one, count);
    found.push(one);
  }
  return found;
}

/** Stems as the text of an FTS5 table, whose tokenizer cuts at the spaces alone: `ascii` takes all beyond ASCII for letters, `tokenchars` the apostrophe. */
export const fts5Text = (words: readonly string[]): string => words.join(' ');

/** Stems as the text of a `tsvector`, to be cast: no parser of PostgreSQL's changes them. */
export const tsvectorText = (words: readonly string[]): string => {
  let text = '';
  let position = 0;
  for (const word of words) text += `${/^[a-z0-9]+$/.test(word) ? word : quoted(word)}:${++position} `;
  return text;
};

/**
 * Reads a search: words, all of which must occur; "several in this order" in quotation marks; and with a hyphen in front, what must not occur.
 * Signs and operators of either database mean nothing in it.
 *
 * @throws MessierError `catalogue/search` where no word is left that an item could be found by, and beyond {@link searchLimits}.
 *
 * @example
 * parseSearch('"spiral galaxy" rings -art'); // included: [[spiral, galaxi], [ring]], excluded: [[art]]
 */
export function parseSearch(text: string): ParsedSearch {
  if (text.length > searchLimits.search) {
    throw new MessierError(
      'catalogue/search',
      `A search has at most ${searchLimits.search} characters, ${text.length} received. Give the words that matter.`,
    );
  }
  const included: (readonly string[])[] = [];
  const excluded: (readonly string[])[] = [];
  for (const [, minus, phrase, bare = ''] of text.matchAll(
    /(?<!\S)(-?)["\u201C\u201D]([^"\u201C\u201D]*)["\u201C\u201D]?|([^\s"\u201C\u201D]+)/g,
  )) {
    const isExcluded = minus === '-' || bare.startsWith('-');
    const words = stems(phrase ?? bare);
    if (words.length === 0) continue;
    if (isExcluded) excluded.push(words);
    else if (phrase === undefined) included.push(...words.map((word) => [word]));
    else included.push(words);
  }
  checkSearch(text, included, excluded);
  return { included, excluded };
}

/** A search as FTS5's MATCH takes it. */
export function fts5Match({ included, excluded }: ParsedSearch): string {
  const strings = (phrases: readonly (readonly string[])[], operator: string): string =>
    phrases.map((words) => `"${words.join(' ')}"`).join(operator);
  const all = `(${strings(included, ' AND ')})`;
  return excluded.length === 0 ? all : `${all} NOT (${strings(excluded, ' OR ')})`;
}

/** A search as text of a `tsquery`, to be cast. */
export function tsqueryText({ included, excluded }: ParsedSearch): string {
  const phrase = (words: readonly string[]): string => `(${words.map(quoted).join(' <-> ')})`;
  return [...included.map(phrase), ...excluded.map((words) => `!${phrase(words)}`)].join(' & ');
}

const quoted = (word: string): string => `'${word.replaceAll("'", "''")}'`;

function checkSearch(text: string, included: readonly (readonly string[])[], excluded: readonly (readonly string[])[]): void {
  if (included.length === 0) {
    const found = excluded.length === 0 ? 'none' : 'excluded ones alone';
    throw new MessierError(
      'catalogue/search',
      `A search needs a word to find; "${text.slice(0, 80)}" has ${found}. Add a word, or leave the search out and filter by other fields.`,
    );
  }
  const words = [...included, ...excluded].flat().length;
  if (words > searchLimits.searchWords) {
    throw new MessierError(
      'catalogue/search',
      `A search has at most ${searchLimits.searchWords} words, ${words} received. Give the words that matter.`,
    );
  }
}
