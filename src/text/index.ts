/** Texts: their words, stems and vocabulary, labels from keywords, and how well labels follow from single words. */
export {
  keywordClasses,
  keywordLabel,
  keywordRuleSchema,
  keywordsOf,
  matchKeywords,
  type KeywordMatch,
  type KeywordRule,
} from './keywords.js';
export { measureLeakage, type ChanceFit, type LeakageOptions, type LeakageReport, type TellingWord } from './leakage.js';
export { maskWords } from './mask.js';
export {
  checkTextPipeline,
  encodedLength,
  encodeText,
  padding,
  pipelineLimits,
  textTerms,
  unknown,
  vocabularySize,
  type TextPipeline,
  type TextRules,
} from './pipeline.js';
export { stemLanguages, type StemLanguage } from './stem.js';
export { englishStopWords } from './stop-words.js';
export type { LabelledText } from './term-table.js';
export { textLimits, tokens } from './tokens.js';
export { learnVocabulary, type VocabularyOptions } from './vocabulary.js';
export type { DecisionList, Fit, WordRule } from './word-rules.js';
