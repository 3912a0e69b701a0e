import { MessierError } from '../core/errors.js';
import { firstWord, pipelineLimits, textTerms, type TextPipeline, type TextRules } from './pipeline.js';
import { englishStopWords } from './stop-words.js';

/** What a pipeline is learnt with. */
export interface VocabularyOptions extends Partial<TextRules> {
  /** Rows of the embedding table at most, the padding and the unknown term among them; 10,000 unless told. */
  readonly size?: number | undefined;
  /** Numbers of an encoded text; 200 unless told. */
  readonly length?: number | undefined;
}

/**
 * Learns the vocabulary of texts: the most frequent terms, equally frequent ones in the order of their code points. The order of the texts does
 * not matter. Give the training part alone. Unless told, words are English: its stop words are left out and stems taken; with `stems` of another
 * language no word is left out.
 *
 * @throws MessierError `text/options`, `text/limit`, `text/empty` where no text has a term.
 *
 * @example
 * const pipeline = learnVocabulary(texts, { size: 10_000, length: 200 });
 */
export function learnVocabulary(texts: Iterable<string>, options: VocabularyOptions = {}): TextPipeline {
  const { size = 10_000, length = 200, stems = 'english', masked = [] } = options;
  const stopWords = options.stopWords ?? (stems === 'english' ? englishStopWords : []);
  check('size', size, firstWord + 1, pipelineLimits.words);
  check('length', length, 1, pipelineLimits.length);
  const rules: TextRules = { stems, stopWords, masked };
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const term of textTerms(rules, text)) counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  if (counts.size === 0) {
    throw new MessierError(
      'text/empty',
      'No text holds a word that counts: check the column of texts and the list of stop words.',
    );
  }
  const ordered = [...counts].sort(([a, often], [b, other]) => other - often || byCodePoint(a, b));
  return { format: 'messier-text/1', ...rules, length, words: ordered.slice(0, size - firstWord).map(([term]) => term) };
}

function check(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new MessierError('text/options', `${name}: a whole number from ${least} to ${most} expected, ${value} received.`);
}

/** Code points, where `<` compares UTF-16 units and puts what is beyond U+FFFF before U+E000. */
function byCodePoint(a: string, b: string): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const difference = (a.codePointAt(at) ?? 0) - (b.codePointAt(at) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
