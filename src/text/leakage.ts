/** Whether labels follow from single words of the texts that a model reads. */
import { MessierError } from '../core/errors.js';
import { randomStream } from '../core/random.js';
import { keywordLabel, keywordsOf, type KeywordRule } from './keywords.js';
import { maskWords } from './mask.js';
import type { TextRules } from './pipeline.js';
import { classCounts, largest, termTable, type LabelledText, type TermTable } from './term-table.js';
import {
  classesOfTerms,
  fitOf,
  fitOfGuesses,
  information,
  learnDecisionList,
  oneWordRule,
  type DecisionList,
  type Fit,
} from './word-rules.js';

/** How leakage is measured. */
export interface LeakageOptions {
  /** How the model's texts become terms: its pipeline. */
  readonly rules: TextRules;
  /** Where labels were made from keywords, by which rule. */
  readonly keywords?: KeywordRule | undefined;
  /** Words that the decision list may use; 10 unless told. */
  readonly words?: number | undefined;
  /** How often labels are shuffled to learn what chance gives; 99 unless told. */
  readonly permutations?: number | undefined;
  readonly seed?: number | undefined;
}

/** What one word tells. */
export interface TellingWord {
  /** As a term: a stem, where stems are taken. */
  readonly word: string;
  /** It is one of the words that labels were made from. */
  readonly isKeyword: boolean;
  /** Training texts that hold it. */
  readonly texts: number;
  /** Of its presence and the label in the training texts, in bits. */
  readonly information: number;
  /** More than the best of all words tells where labels are shuffled, in 19 of 20 shuffles. */
  readonly isBeyondChance: boolean;
  /** Of held-out texts, guessed from this word alone as suits accuracy. */
  readonly accuracy: number;
  /** The same as suits balanced accuracy. */
  readonly balancedAccuracy: number;
}

/** What shuffled labels give. */
export interface ChanceFit {
  readonly mean: number;
  /** Not exceeded in 19 of 20 shuffles. */
  readonly high: number;
  /** Share of shuffles, with the true labels among them, that give at least as much as the true labels. */
  readonly p: number;
}

/** How well labels follow from single words. Plain JSON. */
export interface LeakageReport {
  readonly texts: { readonly train: number; readonly heldOut: number };
  readonly classes: readonly string[];
  /** Entropy of the training labels, in bits: the most that words could tell. */
  readonly entropy: number;
  /** Held-out texts, all given the most frequent class. */
  readonly baseline: Fit;
  /** The words that tell most, at most 30. */
  readonly words: readonly TellingWord[];
  /** The best guess from one word, and what chance gives for its balanced accuracy. */
  readonly single: DecisionList & Fit & { readonly chance: ChanceFit };
  /** The best guess from a few words. */
  readonly list: DecisionList & Fit & { readonly chance: ChanceFit };
  /** What the keyword rule itself guesses from these texts; `null` where no rule was given or all its keywords are masked. */
  readonly keywords: Fit | null;
  /** How far the list goes from chance (0) to certainty (1): (balanced accuracy - chance) / (1 - chance). */
  readonly excess: number;
  /**
   * The excess is at least a half and no chance (p at most 0.05), or the keyword rule gets as far: a score of a model that reads these texts says
   * little but that it found these words.
   */
  readonly leaks: boolean;
  /** Words to leave out when the evaluation is repeated: for {@link maskWords}. */
  readonly mask: readonly string[];
}

const mostListed = 30;
/** A word that alone tells this share of the labels' entropy is masked. */
const tellingShare = 0.05;
const leakingExcess = 0.5;
const significance = 0.05;

/**
 * Measures how well labels follow from single words: guesses are learnt on training texts and judged on held-out ones, and compared with what the
 * same search finds where the training labels are shuffled. Words of a single training text are not looked at.
 *
 * @throws MessierError `text/leakage` for fewer than two classes or no held-out texts.
 *
 * @example
 * const report = measureLeakage(train, heldOut, { rules: pipeline, keywords: rule });
 * if (report.leaks) evaluateAgain(maskWords(pipeline, report.mask));
 */
export function measureLeakage(
  train: readonly LabelledText[],
  heldOut: readonly LabelledText[],
  options: LeakageOptions,
): LeakageReport {
  const { rules, keywords, words = 10, permutations = 99, seed = 1 } = options;
  const classes = [...new Set([...train, ...heldOut].map(({ label }) => label))].sort();
  if (classes.length < 2 || train.length === 0 || heldOut.length === 0) {
    throw new MessierError(
      'text/leakage',
      `Training texts of two classes and held-out texts expected; ${train.length} and ${heldOut.length} of ${classes.length} classes received.`,
    );
  }
  const table = termTable(train, rules, classes, (_, texts) => texts > 1);
  const known = new Set(table.terms);
  const judged = termTable(heldOut, rules, classes, (term) => known.has(term));
  const places = new Map(judged.terms.map((term, place) => [term, place]));
  const width = classes.length;
  const search = (labels: Int32Array): Found => {
    const balanced = balancedWeights(classCounts(labels, width));
    const held = classesOfTerms(table, labels);
    const row = (term: number): Float64Array => held.subarray(term * width, (term + 1) * width);
    const bits = Float64Array.from(table.terms, (_, term) => information(row(term), table.counts));
    let single: DecisionList & { readonly score: number } = { rules: [], otherwise: classes[0] ?? '', score: 0 };
    for (const term of table.terms.keys()) {
      const rule = oneWordRule(table, term, row(term), balanced);
      if (rule.score > single.score) single = rule;
    }
    const list = learnDecisionList(table, labels, balanced, words);
    return { held: row, bits, single, singleFit: fitOf(single, judged, places), list, listFit: fitOf(list, judged, places) };
  };
  const found = search(table.labels);
  const shuffled = Array.from({ length: permutations }, (_, turn) => {
    const { bits, singleFit, listFit } = search(randomStream(seed, 'leakage', turn).shuffle(table.labels.slice()));
    return { information: bits[largest(bits)] ?? 0, single: singleFit.balancedAccuracy, list: listFit.balancedAccuracy };
  });
  const limit = chanceOf(
    shuffled.map((turn) => turn.information),
    0,
  ).high;
  const bare: TextRules = { ...rules, masked: [] };
  const isKeyword = new Set(keywords ? maskWords(bare, keywordsOf(keywords)).masked : []);
  const total = table.counts.reduce((sum, count) => sum + count, 0);
  const entropy = table.counts.reduce((bits, count) => (count > 0 ? bits - (count / total) * Math.log2(count / total) : bits), 0);
  const ones = new Float64Array(width).fill(1);
  const balanced = balancedWeights(table.counts);
  const telling = [...table.terms.keys()]
    .sort((a, b) => (found.bits[b] ?? 0) - (found.bits[a] ?? 0))
    .map((term) => ({ term, word: table.terms[term] ?? '', bits: found.bits[term] ?? 0 }));
  const list = chanceOf(
    shuffled.map((turn) => turn.list),
    found.listFit.balancedAccuracy,
  );
  const excess = Math.max(0, (found.listFit.balancedAccuracy - list.mean) / (1 - list.mean));
  const baseline = { rules: [], otherwise: classes[largest(table.counts)] ?? '' };
  const beyond = telling.filter(({ bits }) => bits > limit);
  const listed = new Set(found.list.rules.map(({ word }) => word));
  const heavy = beyond.filter(({ word, bits }) => listed.has(word) || bits >= tellingShare * entropy).map(({ word }) => word);
  const ruleFit =
    keywords && [...isKeyword].some((word) => !rules.masked.includes(word)) ? keywordFit(keywords, heldOut, judged) : null;
  const ruleExcess = ruleFit ? (ruleFit.balancedAccuracy - list.mean) / (1 - list.mean) : 0;
  return {
    texts: { train: train.length, heldOut: heldOut.length },
    classes,
    entropy,
    baseline: fitOf(baseline, judged, places),
    words: telling.slice(0, mostListed).map(({ term, word, bits }) => ({
      word,
      isKeyword: isKeyword.has(word),
      texts: (table.starts[term + 1] ?? 0) - (table.starts[term] ?? 0),
      information: bits,
      isBeyondChance: bits > limit,
      accuracy: fitOf(oneWordRule(table, term, found.held(term), ones), judged, places).accuracy,
      balancedAccuracy: fitOf(oneWordRule(table, term, found.held(term), balanced), judged, places).balancedAccuracy,
    })),
    single: {
      rules: found.single.rules,
      otherwise: found.single.otherwise,
      ...found.singleFit,
      chance: chanceOf(
        shuffled.map((turn) => turn.single),
        found.singleFit.balancedAccuracy,
      ),
    },
    list: { ...found.list, ...found.listFit, chance: list },
    keywords: ruleFit,
    excess,
    leaks: (excess >= leakingExcess && list.p <= significance) || ruleExcess >= leakingExcess,
    mask: [...new Set([...isKeyword, ...heavy])].sort(),
  };
}

interface Found {
  /** Texts of each class that hold a term. */
  readonly held: (term: number) => Float64Array;
  /** Information of each term. */
  readonly bits: Float64Array;
  readonly single: DecisionList;
  readonly singleFit: Fit;
  readonly list: DecisionList;
  readonly listFit: Fit;
}

/** With these, right guesses add up to the balanced accuracy. */
function balancedWeights(counts: Float64Array): Float64Array {
  const present = counts.reduce((sum, count) => sum + Math.min(1, count), 0);
  return counts.map((count) => (count > 0 ? 1 / (count * present) : 0));
}

function keywordFit(rule: KeywordRule, texts: readonly LabelledText[], table: TermTable): Fit {
  return fitOfGuesses(
    Int32Array.from(texts, ({ text }) => table.classes.indexOf(keywordLabel(rule, text))),
    table,
  );
}

/** Phipson and Smyth 2010, doi:10.2202/1544-6115.1585: the true labels are one of the shuffles. */
function chanceOf(values: readonly number[], truth: number): ChanceFit {
  const sorted = values.toSorted((a, b) => a - b);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / Math.max(1, sorted.length);
  const high = sorted[Math.ceil(0.95 * (sorted.length + 1)) - 1] ?? sorted.at(-1) ?? 0;
  return { mean, high, p: (1 + sorted.filter((value) => value >= truth).length) / (1 + sorted.length) };
}
