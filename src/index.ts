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
export { compareModels, type JudgedModels, type NamedModel } from './evaluate/compare-models.js';
export { evaluateModel, type JudgedModel } from './evaluate/evaluate-model.js';
export { evaluatePredictions, type EvaluateOptions } from './evaluate/evaluate.js';
export { mostConfidentMistakes, type WrongAnswer } from './evaluate/predictions.js';
export { openPredictor, predictDataset, type Prediction, type Predictor, type PredictorOptions } from './evaluate/predictor.js';
export { calibrated, crossFittedTemperature, fitTemperature } from './evaluate/temperature.js';
export type * from './evaluate/types.js';
export { train } from './train/index.js';
export type { EpochRecord, Monitor, TrainOptions, TrainResult } from './train/index.js';
export { featureMaps, type LayerMaps } from './explain/feature-maps.js';
export { loadRecipe, recipeNames, type LoadedRecipe } from './recipes/library.js';
export { parseRecipe } from './recipes/parse.js';
export { runRecipe, type RunOptions, type RunResult } from './recipes/run.js';
export { recipeJsonSchema, type Recipe, type RecipeInput } from './recipes/schema.js';
