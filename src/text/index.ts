/** Texts: their words, stems and vocabulary, labels from keywords, and how well labels follow from single words. */
export { keywordClasses, keywordLabel, keywordRuleSchema, keywordsOf, matchKeywords, type KeywordRule } from './keywords.js';
export { measureLeakage, type LeakageReport } from './leakage.js';
export { maskWords } from './mask.js';
export {
  checkTextPipeline,
  encodeText,
  encodeTexts,
  textTerms,
  unknown,
  vocabularySize,
  type TextPipeline,
  type TextRules,
} from './pipeline.js';
export { stemLanguages } from './stem.js';
export type { LabelledText } from './term-table.js';
export { learnVocabulary, type VocabularyOptions } from './vocabulary.js';
