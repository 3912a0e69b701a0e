import type { Dataset } from '../dataset/types.js';
import { answerDataset, type AnswerOptions } from './answer-dataset.js';
import type { BootstrapOptions } from './bootstrap.js';
import { evaluatePredictions } from './evaluate.js';
import type { Evaluation, Predictions } from './types.js';

/** A judgement and the answers it is of. */
export interface JudgedModel {
  readonly evaluation: Evaluation;
  readonly predictions: Predictions;
}

/**
 * Judges a model file on labelled pictures. Labels become classes by the rule in the model's card; labels that it drops are counted, broken
 * pictures and items without a label skipped with their reason.
 *
 * @throws MessierError `evaluate/empty` where nothing is left to judge; what openPredictor, applyLabels and evaluatePredictions throw; the
 * signal's reason where it is aborted.
 *
 * @example
 * const { evaluation } = await evaluateModel('model.onnx', dataset);
 */
export async function evaluateModel(
  path: string,
  dataset: Dataset,
  options: BootstrapOptions & AnswerOptions = {},
): Promise<JudgedModel> {
  const { predictions, temperature, dropped, skipped } = await answerDataset(path, dataset, options);
  const evaluation = evaluatePredictions(predictions, { ...options, temperature, items: { dropped, skipped } });
  return { evaluation, predictions };
}
