/** Differentiation of ONNX graphs, and the training step built on it. */
export { gradients, type GradientOptions } from './reverse.js';
export { differentiableOperators, registerGradient, type GradientRule, type RuleContext, type Target } from './rule.js';
export {
  binaryCrossEntropy,
  meanSquaredError,
  softmaxCrossEntropy,
  type BinaryCrossEntropyOptions,
  type CrossEntropyOptions,
  type Loss,
  type LossTerms,
  type MeanLossOptions,
} from './losses.js';
export {
  adam,
  adamW,
  rmsProp,
  sgd,
  type AdamOptions,
  type Optimizer,
  type RmsPropOptions,
  type SgdOptions,
  type Update,
  type UpdateContext,
} from './optimizers.js';
export { parameterNames } from './parameters.js';
export {
  constantRate,
  cosineDecay,
  exponentialDecay,
  oneCycle,
  stepDecay,
  warmUp,
  type OneCycleOptions,
  type Schedule,
} from './schedules.js';
export { trainedModel } from './trained-model.js';
export type { StateTensor } from './parameter-updates.js';
export { trainingStep, type TrainingOptions, type TrainingStep } from './training-step.js';
export type { NoiseInput } from './training-graph.js';
