import type { Model } from '../types.js';
import { foldConstants } from './fold-constants.js';

/** Operators that make weights in files that keep none, as the ONNX project's test models do. */
export const weightMakers: readonly string[] = ['Constant', 'ConstantOfShape'];

/** Above the 25088 x 4096 elements of VGG's first dense layer. */
const most = 2 ** 28;

/** The model with what its Constant and ConstantOfShape nodes make as initializers, under the names of the nodes' outputs. */
export function storeWeights(model: Model): Model {
  return foldConstants(model, { operators: weightMakers, maxElements: most, maxGrown: most });
}
