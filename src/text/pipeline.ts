/** From texts to the numbers that a network reads. A pipeline is plain JSON that lies in the model's card. */
import { z } from 'zod';
import { MessierError } from '../core/errors.js';
import { stemLanguages, stemmer, type StemLanguage } from './stem.js';
import { tokens } from './tokens.js';

/** How the words of a text become terms. */
export interface TextRules {
  /** Whose stems are taken; `null` leaves words as they are. */
  readonly stems: StemLanguage | null;
  /** Words that are left out, as {@link tokens} gives them. The list itself, so that a later list changes no model. */
  readonly stopWords: readonly string[];
  /** Terms that are left out after stemming; see {@link maskWords}. */
  readonly masked: readonly string[];
}

/** All that is needed to give a model a text. */
export interface TextPipeline extends TextRules {
  readonly format: 'messier-text/1';
  /** Numbers of an encoded text. */
  readonly length: number;
  /** Terms by number: the first has 2. Number 0 fills up, 1 is every other term. */
  readonly words: readonly string[];
}

/** What {@link encodeText} gives for places after the last term, and for terms that are not in the vocabulary. */
export const padding = 0;
export const unknown = 1;
/** Number of the vocabulary's first word. */
export const firstWord = 2;

export const pipelineLimits = {
  /** Numbers of an encoded text. */
  length: 4096,
  /** Words of a vocabulary, of a stop list and of masked terms. */
  words: 1_000_000,
} as const;

const term = z.string().min(1).max(256);
const terms_ = z.array(term).max(pipelineLimits.words);

const schema = z.object({
  format: z.literal('messier-text/1'),
  stems: z.enum(stemLanguages).nullable(),
  stopWords: terms_,
  masked: terms_,
  length: z.int().min(1).max(pipelineLimits.length),
  words: terms_.refine((words) => new Set(words).size === words.length, { error: 'each word stands there once' }),
});

/**
 * A pipeline that was read from a file, where it keeps its rules.
 *
 * @throws MessierError `text/pipeline` where it is of a newer format or damaged.
 */
export function checkTextPipeline(value: unknown): TextPipeline {
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  const version = /^messier-text\/(\d+)$/.exec(String(format))?.[1];
  if (version !== undefined && Number(version) > 1) {
    const problem = `format "messier-text/${version}" is newer than this program, which reads messier-text/1`;
    throw new MessierError('text/pipeline', `Text pipeline: ${problem}. Update messier.`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues
    .slice(0, 5)
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ` : '') + message);
  throw new MessierError('text/pipeline', `Text pipeline: ${issues.join('; ')}. Take what messier train wrote, unchanged.`);
}

/**
 * The terms of a text: its words without stop words, brought to their stems, without masked terms.
 *
 * @example
 * textTerms({ stems: 'english', stopWords: englishStopWords, masked: [] }, 'The galaxies of the Virgo cluster'); // galaxi virgo cluster
 */
export function textTerms(rules: TextRules, text: string): readonly string[] {
  const { stop, masked } = setsOf(rules);
  const kept = tokens(text).filter((word) => !stop.has(word));
  const stemmed = rules.stems === null ? kept : kept.map(stemmer(rules.stems));
  return masked.size > 0 ? stemmed.filter((one) => !masked.has(one)) : stemmed;
}

/**
 * A text as numbers: `pipeline.length` of them, the first terms of the text and then 0. A text without terms is one unknown term, so that every text
 * has a length of at least 1.
 *
 * @throws MessierError `text/limit`.
 *
 * @example
 * const numbers = encodeText(pipeline, 'A spiral galaxy'); // Int32Array(200) [ 57, 12, 0, 0, ... ]
 */
export function encodeText(pipeline: TextPipeline, text: string): Int32Array {
  const { numbers } = indexOf(pipeline);
  const encoded = new Int32Array(pipeline.length).fill(padding);
  const terms = textTerms(pipeline, text);
  const count = Math.min(terms.length, pipeline.length);
  for (let at = 0; at < count; at++) encoded[at] = numbers.get(terms[at] ?? '') ?? unknown;
  if (count === 0) encoded[0] = unknown;
  return encoded;
}

/** {@link encodeText} of each text: (texts, length), row after row, as networks read them. */
export function encodeTexts(pipeline: TextPipeline, texts: readonly string[]): BigInt64Array<ArrayBuffer> {
  const data = new BigInt64Array(texts.length * pipeline.length);
  texts.forEach((text, row) => {
    data.set(BigInt64Array.from(encodeText(pipeline, text), BigInt), row * pipeline.length);
  });
  return data;
}

/** Rows of the embedding table that a pipeline asks for: its words, the padding and the unknown term. */
export function vocabularySize(pipeline: TextPipeline): number {
  return pipeline.words.length + firstWord;
}

/** Sets are made once for each object of rules: texts come by the thousand. */
const sets = new WeakMap<TextRules, { readonly stop: ReadonlySet<string>; readonly masked: ReadonlySet<string> }>();
function setsOf(rules: TextRules): { readonly stop: ReadonlySet<string>; readonly masked: ReadonlySet<string> } {
  const known = sets.get(rules);
  if (known) return known;
  const made = { stop: new Set(rules.stopWords), masked: new Set(rules.masked) };
  sets.set(rules, made);
  return made;
}

const indexes = new WeakMap<TextPipeline, { readonly numbers: ReadonlyMap<string, number> }>();
function indexOf(pipeline: TextPipeline): { readonly numbers: ReadonlyMap<string, number> } {
  const known = indexes.get(pipeline);
  if (known) return known;
  const made = { numbers: new Map(pipeline.words.map((word, at) => [word, at + firstWord])) };
  indexes.set(pipeline, made);
  return made;
}
