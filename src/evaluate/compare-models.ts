import type { Dataset } from '../dataset/types.js';
import { answerDataset, type AnswerOptions } from './answer-dataset.js';
import type { BootstrapOptions } from './bootstrap.js';
import { comparePredictions, type Comparison, type NamedPredictions } from './compare.js';

/** A model file under a name. */
export interface NamedModel {
  readonly name: string;
  readonly path: string;
}

/**
 * Compares model files on the same labelled pictures, by {@link comparePredictions}.
 *
 * @throws MessierError `evaluate/compare`, and what evaluateModel throws.
 *
 * @example
 * const models = [{ name: 'plain', path: 'plain/model.onnx' }, { name: 'augmented', path: 'augmented/model.onnx' }];
 * const { pairs } = await compareModels(models, dataset);
 */
export async function compareModels(
  models: readonly NamedModel[],
  dataset: Dataset,
  options: BootstrapOptions & AnswerOptions = {},
): Promise<Comparison> {
  const named: NamedPredictions[] = [];
  for (const { name, path } of models)
    named.push({ name, predictions: (await answerDataset(path, dataset, options)).predictions });
  return comparePredictions(named, options);
}
