/** Transformations of whole models: pure functions from a model to a model. */
export { cutModel, type CutOptions } from './cut.js';
export { foldBatchNorm } from './fold-batch-norm.js';
export { foldConstants, type FoldOptions } from './fold-constants.js';
export { withMetadata } from './metadata.js';
export { pruneDeadNodes } from './prune.js';
export { replaceInitializers } from './replace-initializers.js';
export { storeWeights } from './store-weights.js';
export { symbolicBatch } from './symbolic-batch.js';
