import type { Dataset } from '../dataset/types.js';
import { answerDataset, type AnswerOptions } from './answer-dataset.js';
import type { BootstrapOptions } from './bootstrap.js';
import { comparePredictions, type Comparison, type NamedPredictions } from './compare.js';
import { evaluatePredictions } from './evaluate.js';
import type { Evaluation } from './types.js';

/** A model file under a name. */
export interface NamedModel {
  readonly name: string;
  readonly path: string;
}

/** Several models on the same pictures, and each by itself. */
export interface JudgedModels {
  readonly comparison: Comparison;
  /** In the order given. */
  readonly evaluations: readonly Evaluation[];
}

/**
 * Compares model files on the same labelled pictures, by {@link comparePredictions}.
 *
 * @throws MessierError `evaluate/compare`, and what evaluateModel throws.
 *
 * @example
 * const models = [{ name: 'plain', path: 'plain/model.onnx' }, { name: 'augmented', path: 'augmented/model.onnx' }];
 * const { comparison } = await compareModels(models, dataset);
 */
export async function compareModels(
  models: readonly NamedModel[],
  dataset: Dataset,
  options: BootstrapOptions & AnswerOptions = {},
): Promise<JudgedModels> {
  const named: NamedPredictions[] = [];
  const evaluations: Evaluation[] = [];
  for (const { name, path } of models) {
    const { predictions, temperature, dropped, skipped } = await answerDataset(path, dataset, options);
    named.push({ name, predictions });
    evaluations.push(evaluatePredictions(predictions, { ...options, temperature, items: { dropped, skipped } }));
  }
  return { comparison: comparePredictions(named, options), evaluations };
}
