/** Layers: functions that add nodes and named parameters to a network, and the first values of those parameters. */
export * from './activations.js';
export { attention, transformerBlock, type AttentionOptions, type TransformerOptions } from './attention.js';
export {
  convNormActivation,
  invertedResidual,
  residual,
  squeezeExcite,
  type InvertedResidualOptions,
  type SqueezeExciteOptions,
} from './blocks.js';
export { conv2d, depthwiseConv2d, type ConvOptions } from './convolution.js';
export { dense, flatten, type DenseOptions } from './dense.js';
export { dropout } from './dropout.js';
export { classifier, withProbabilities, type ClassifierOptions } from './head.js';
export * as initializers from './initializers.js';
export type { FanMode, Initializer } from './initializers.js';
export { layers, type Layer } from './layers.js';
export { Network } from './network.js';
export { batchNorm, groupNorm, instanceNorm, layerNorm, type BatchNormOptions, type NormOptions } from './normalization.js';
export { parameterCount } from './parameters.js';
export {
  adaptiveAveragePool,
  averagePool,
  globalAveragePool,
  globalMaxPool,
  maxPool,
  type AveragePoolOptions,
  type PoolOptions,
} from './pooling.js';
export { centralSquare, croppedSide, preprocess, type PreprocessOptions, type SquareOptions } from './preprocess.js';
export { gru, lstm, type RecurrentOptions } from './recurrent.js';
export { embedding, paddingMask, positionEmbedding, sequenceMean } from './sequence.js';
export type { Padding, Pair } from './windows.js';
