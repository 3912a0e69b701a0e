/** Training: from batches to a trained model, with checkpoints from which a killed run goes on to the same bits. */
export { epochLine } from './epoch-line.js';
export { checkUnused, train } from './train.js';
export type { EpochRecord, Monitor, TrainOptions, TrainResult, Validation } from './types.js';
export { judgeClasses } from './validate.js';
