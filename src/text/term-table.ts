import { textTerms, type TextRules } from './pipeline.js';

/** A text with its class. */
export interface LabelledText {
  readonly text: string;
  readonly label: string;
}

/** Which texts hold which terms, and the class of each text. */
export interface TermTable {
  readonly terms: readonly string[];
  /** Numbers of the texts that hold term t, rising: `texts.subarray(starts[t], starts[t + 1])`. */
  readonly texts: Int32Array;
  readonly starts: Int32Array;
  readonly classes: readonly string[];
  /** Class of each text. */
  readonly labels: Int32Array;
  /** Texts of each class. */
  readonly counts: Float64Array;
}

/**
 * Counts terms of texts; how often a text holds a term does not matter.
 *
 * @param keep Which terms to keep, given how many texts hold them.
 */
export function termTable(
  items: readonly LabelledText[],
  rules: TextRules,
  classes: readonly string[],
  keep: (term: string, texts: number) => boolean,
): TermTable {
  const holders = new Map<string, number[]>();
  for (const [number, { text }] of items.entries()) {
    for (const term of new Set(textTerms(rules, text))) {
      const known = holders.get(term);
      if (known) known.push(number);
      else holders.set(term, [number]);
    }
  }
  const kept = [...holders].filter(([term, texts]) => keep(term, texts.length)).sort(([a], [b]) => (a < b ? -1 : 1));
  const starts = new Int32Array(kept.length + 1);
  for (const [at, [, texts]] of kept.entries()) starts[at + 1] = (starts[at] ?? 0) + texts.length;
  const texts = new Int32Array(starts.at(-1) ?? 0);
  for (const [at, [, numbers]] of kept.entries()) texts.set(numbers, starts[at]);
  const places = new Map(classes.map((name, place) => [name, place]));
  const labels = Int32Array.from(items, ({ label }) => places.get(label) ?? -1);
  return { terms: kept.map(([term]) => term), texts, starts, classes, labels, counts: classCounts(labels, classes.length) };
}

/** Texts of each class. */
export function classCounts(labels: Int32Array, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/** Numbers of the texts that hold a term. */
export function textsWith(table: TermTable, term: number): Int32Array {
  return table.texts.subarray(table.starts[term], table.starts[term + 1]);
}

/** Place of the largest value; the first of equal ones. */
export function largest(values: Float64Array): number {
  let best = 0;
  for (let at = 1; at < values.length; at++) if ((values[at] ?? 0) > (values[best] ?? 0)) best = at;
  return best;
}
