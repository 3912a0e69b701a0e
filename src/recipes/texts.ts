/** Texts of a run as the numbers that its network reads. */
import type { Column } from '../dataset/types.js';
import { encodeTexts, learnVocabulary, type TextPipeline } from '../text/index.js';
import type { PreparedItem } from './prepare.js';
import type { Recipe } from './schema.js';

/** The recipe's pipeline, its vocabulary learned from these texts alone: those of the training part. */
export function learnPipeline(
  { text: { stems, stopWords, vocabulary, length } }: Recipe,
  items: readonly PreparedItem[],
  masked: readonly string[] = [],
): TextPipeline {
  const texts = items.map(({ text = '' }) => text);
  return learnVocabulary(texts, { stems, size: vocabulary, length, masked, ...(stopWords ? {} : { stopWords: [] }) });
}

/** Encoded texts, a row an item. */
export function tokensColumn(pipeline: TextPipeline, items: readonly PreparedItem[]): Column {
  const texts = items.map(({ text = '' }) => text);
  return { type: 'int64', width: pipeline.length, data: encodeTexts(pipeline, texts) };
}
