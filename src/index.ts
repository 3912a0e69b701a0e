/** The public API of Messier, in the order of its pipeline. The engine is also exported as `messier/engine`, the data side as `messier/data`. */
export * from './engine.js';
export * from './data.js';
export {
  comparePredictions,
  type ComparedFigures,
  type ComparedPair,
  type Comparison,
  type NamedPredictions,
} from './evaluate/compare.js';
export { compareModels, type ComparedData, type JudgedModels, type NamedModel } from './evaluate/compare-models.js';
export type * from './evaluate/comparison-types.js';
export { evaluateModel, type JudgedModel } from './evaluate/evaluate-model.js';
export { answerVotes, evaluateVotesModel, votePredictions, type AnsweredVotes } from './evaluate/evaluate-votes-model.js';
export { evaluateVotes, meanShares, type EvaluateVotesOptions } from './evaluate/votes.js';
export type * from './evaluate/votes-types.js';
export { evaluatePredictions, type EvaluateOptions } from './evaluate/evaluate.js';
export { mostConfidentMistakes, type WrongAnswer } from './evaluate/predictions.js';
export {
  openPredictor,
  predictDataset,
  type Asked,
  type Prediction,
  type Predictor,
  type PredictorOptions,
  type Question,
} from './evaluate/predictor.js';
export { calibrated, crossFittedTemperature, fitTemperature } from './evaluate/temperature.js';
export type * from './evaluate/types.js';
export { judgeClasses, train } from './train/index.js';
export type { EpochRecord, Monitor, TrainOptions, TrainResult, Validation } from './train/index.js';
export * from './classical/index.js';
export { reviewDataset, type ReviewOptions } from './clean/review.js';
export type { Reason, ReasonKind, Review, Suspect } from './clean/types.js';
export {
  encodeText,
  keywordLabel,
  learnVocabulary,
  maskWords,
  matchKeywords,
  measureLeakage,
  textTerms,
  type KeywordRule,
  type LeakageReport,
  type TextPipeline,
  type VocabularyOptions,
} from './text/index.js';
export * from './votes/index.js';
export { featureMaps, type LayerMaps } from './explain/feature-maps.js';
export { exploreDataset, type ExploreOptions } from './recipes/explore.js';
export { crossValidate, type CrossValidateOptions, type CrossValidation } from './recipes/cross-validate.js';
export { ensembleRuns, type EnsembleResult, type EnsembleRunOptions } from './recipes/ensemble.js';
export { writeSimulatedVotes, type SimulatedVotesOptions } from './recipes/simulated-votes.js';
export { runStudy, type Study, type StudyOptions } from './recipes/study.js';
export { modelVariants, transferVariants, type StudyVariant } from './recipes/study-variants.js';
export { loadTree, treeNames } from './recipes/trees.js';
export { changeRecipe, loadRecipe, recipeNames, type LoadedRecipe } from './recipes/library.js';
export { parseRecipe } from './recipes/parse.js';
export { runRecipe, type RunOptions, type RunResult } from './recipes/run.js';
export { recipeJsonSchema, type Recipe, type RecipeInput } from './recipes/schema.js';
