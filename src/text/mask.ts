import { stemmer } from './stem.js';
import { tokens } from './tokens.js';
import type { TextRules } from './pipeline.js';

/**
 * The rules, or the pipeline, without these words in any form that has the same stem. Masked words leave no gap: a mark in their place would say
 * that one of them stood there. Learn the vocabulary anew with the masked rules to have its places for other words.
 *
 * @param words Words or phrases; each word of a phrase is masked. Stems are masked too where stemming leaves them as they are.
 *
 * @example
 * const blind = maskWords(pipeline, ['galaxy', 'spiral']);
 * encodeText(blind, 'Spiral galaxies'); // as an empty text
 */
export function maskWords<Rules extends TextRules>(rules: Rules, words: readonly string[]): Rules {
  const stem = rules.stems === null ? undefined : stemmer(rules.stems);
  const added = words.flatMap((word) => tokens(word)).flatMap((word) => (stem ? [word, stem(word)] : [word]));
  const masked = [...new Set([...rules.masked, ...added])].sort();
  return { ...rules, masked };
}
