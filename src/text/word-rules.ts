/** Labels guessed from the presence of a few words. */
import { largest, textsWith, type TermTable } from './term-table.js';

/** `if the text holds the word: the class`; tried in order. */
export interface WordRule {
  readonly word: string;
  readonly label: string;
}

/** A list of rules; `otherwise` where none applies. */
export interface DecisionList {
  readonly rules: readonly WordRule[];
  readonly otherwise: string;
}

/** How well guesses fit. */
export interface Fit {
  readonly accuracy: number;
  /** Mean over the classes that occur of the share of their texts that are guessed right. */
  readonly balancedAccuracy: number;
}

/** For each term, how many of its texts each class has: row t holds the classes of term t. */
export function classesOfTerms(table: TermTable, labels: Int32Array): Float64Array {
  const width = table.classes.length;
  const held = new Float64Array(table.terms.length * width);
  for (let term = 0; term < table.terms.length; term++) {
    const end = table.starts[term + 1] ?? 0;
    for (let at = table.starts[term] ?? 0; at < end; at++) {
      const place = term * width + (labels[table.texts[at] ?? 0] ?? 0);
      held[place] = (held[place] ?? 0) + 1;
    }
  }
  return held;
}

/**
 * Mutual information of a term's presence and the label, in bits: sum of p(x, y) log2(p(x, y) / (p(x) p(y))) over x present or absent and all classes y.
 *
 * @param held Texts of each class that hold the term.
 * @param counts Texts of each class.
 */
export function information(held: Float64Array, counts: Float64Array): number {
  let total = 0;
  let present = 0;
  for (let label = 0; label < counts.length; label++) {
    total += counts[label] ?? 0;
    present += held[label] ?? 0;
  }
  let bits = 0;
  for (let label = 0; label < counts.length; label++) {
    const count = counts[label] ?? 0;
    const both = held[label] ?? 0;
    bits += shared(both, present, count, total) + shared(count - both, total - present, count, total);
  }
  return Math.max(0, bits);
}

const shared = (both: number, row: number, column: number, total: number): number =>
  both > 0 ? (both / total) * Math.log2((both * total) / (row * column)) : 0;

/**
 * The best guess from one word: one class where it stands, one where it does not.
 *
 * @param held Texts of each class that hold the term.
 * @param weights What a right guess counts in each class.
 */
export function oneWordRule(
  table: TermTable,
  term: number,
  held: Float64Array,
  weights: Float64Array,
): DecisionList & { readonly score: number } {
  const present = held.map((count, label) => count * (weights[label] ?? 0));
  const absent = held.map((count, label) => ((table.counts[label] ?? 0) - count) * (weights[label] ?? 0));
  const [here, elsewhere] = [largest(present), largest(absent)];
  return {
    rules: [{ word: table.terms[term] ?? '', label: table.classes[here] ?? '' }],
    otherwise: table.classes[elsewhere] ?? '',
    score: (present[here] ?? 0) + (absent[elsewhere] ?? 0),
  };
}

/**
 * Learns a decision list, greedily: each step puts a word and a class before all rules or after them, whichever raises the weighted number of right
 * guesses most; texts that no rule reaches get the class of most weight among them. Ends when nothing raises it.
 *
 * Source: after R. L. Rivest, Learning decision lists, Machine Learning 2 (1987) 229-246.
 */
export function learnDecisionList(table: TermTable, labels: Int32Array, weights: Float64Array, most: number): DecisionList {
  const { classes, terms, texts, starts } = table;
  const name = (place: number): string => classes[place] ?? '';
  const guesses = new Int32Array(labels.length).fill(-1);
  // Weight of the texts that no rule reaches, by class.
  const left = new Float64Array(classes.length);
  for (const label of labels) left[label] = (left[label] ?? 0) + (weights[label] ?? 0);
  const rules: WordRule[] = [];
  const all = new Float64Array(classes.length);
  const free = new Float64Array(classes.length);
  while (rules.length < most) {
    const otherwise = largest(left);
    let best = { gain: 1e-9, term: -1, label: 0, isFirst: false };
    for (let term = 0; term < terms.length; term++) {
      all.fill(0);
      free.fill(0);
      let right = 0;
      const end = starts[term + 1] ?? 0;
      for (let at = starts[term] ?? 0; at < end; at++) {
        const text = texts[at] ?? 0;
        const label = labels[text] ?? 0;
        const weight = weights[label] ?? 0;
        const guess = guesses[text] ?? -1;
        all[label] = (all[label] ?? 0) + weight;
        if (guess < 0) free[label] = (free[label] ?? 0) + weight;
        if ((guess < 0 ? otherwise : guess) === label) right += weight;
      }
      const first = largest(all);
      const gainFirst = (all[first] ?? 0) - right;
      if (gainFirst > best.gain) best = { gain: gainFirst, term, label: first, isFirst: true };
      const last = largest(free);
      let rest = 0;
      for (let label = 0; label < left.length; label++) rest = Math.max(rest, (left[label] ?? 0) - (free[label] ?? 0));
      const gainLast = (free[last] ?? 0) + rest - (left[otherwise] ?? 0);
      if (gainLast > best.gain) best = { gain: gainLast, term, label: last, isFirst: false };
    }
    if (best.term < 0) break;
    const rule = { word: terms[best.term] ?? '', label: name(best.label) };
    if (best.isFirst) rules.unshift(rule);
    else rules.push(rule);
    for (const text of textsWith(table, best.term)) {
      const label = labels[text] ?? 0;
      const isFree = guesses[text] === -1;
      if (isFree) left[label] = (left[label] ?? 0) - (weights[label] ?? 0);
      if (isFree || best.isFirst) guesses[text] = best.label;
    }
  }
  // A word that was put in front later hides its earlier rule.
  const reached = rules.filter(({ word }, at) => rules.findIndex((rule) => rule.word === word) === at);
  return { rules: reached, otherwise: name(largest(left)) };
}

/** How well a list guesses the texts of a table. */
export function fitOf(list: DecisionList, table: TermTable, places: ReadonlyMap<string, number>): Fit {
  const { classes, labels } = table;
  const guesses = new Int32Array(labels.length).fill(-1);
  for (const { word, label } of list.rules) {
    const place = places.get(word);
    if (place === undefined) continue;
    const guess = classes.indexOf(label);
    for (const text of textsWith(table, place)) if (guesses[text] === -1) guesses[text] = guess;
  }
  const otherwise = classes.indexOf(list.otherwise);
  return fitOfGuesses(
    guesses.map((guess) => (guess < 0 ? otherwise : guess)),
    table,
  );
}

/** How well guessed classes, one for each text of a table, fit its labels. */
export function fitOfGuesses(guesses: Int32Array, { classes, labels, counts }: TermTable): Fit {
  const right = new Float64Array(classes.length);
  for (const [text, label] of labels.entries()) if (guesses[text] === label) right[label] = (right[label] ?? 0) + 1;
  const present = [...counts.keys()].filter((label) => (counts[label] ?? 0) > 0);
  const recalls = present.map((label) => (right[label] ?? 0) / (counts[label] ?? 1));
  return {
    accuracy: right.reduce((sum, count) => sum + count, 0) / labels.length,
    balancedAccuracy: recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length,
  };
}
