import { Registry } from '../core/registry.js';
import type { Value } from '../onnx/assembler.js';
import { attention, transformerBlock } from './attention.js';
import { convNormActivation, invertedResidual, residual, squeezeExcite } from './blocks.js';
import { conv2d, depthwiseConv2d } from './convolution.js';
import { dense, flatten } from './dense.js';
import { dropout } from './dropout.js';
import { classifier } from './head.js';
import type { Network } from './network.js';
import { batchNorm, groupNorm, instanceNorm, layerNorm } from './normalization.js';
import { adaptiveAveragePool, averagePool, globalAveragePool, globalMaxPool, maxPool } from './pooling.js';
import { gru, lstm } from './recurrent.js';
import { embedding, paddingMask, positionEmbedding, sequenceMean } from './sequence.js';

/** Adds nodes and parameters to a network and returns a value; each layer has options of its own. */
export type Layer = (net: Network, x: Value, ...options: never[]) => Value;

/** Layers by name. `test/contract/layers.test.ts` compares every one of them with plain loops. */
export const layers = new Registry<Layer>('layer')
  .register('conv2d', conv2d)
  .register('depthwiseConv2d', depthwiseConv2d)
  .register('dense', dense)
  .register('flatten', flatten)
  .register('batchNorm', batchNorm)
  .register('layerNorm', layerNorm)
  .register('instanceNorm', instanceNorm)
  .register('groupNorm', groupNorm)
  .register('maxPool', maxPool)
  .register('averagePool', averagePool)
  .register('adaptiveAveragePool', adaptiveAveragePool)
  .register('globalAveragePool', globalAveragePool)
  .register('globalMaxPool', globalMaxPool)
  .register('dropout', dropout)
  .register('residual', residual)
  .register('convNormActivation', convNormActivation)
  .register('squeezeExcite', squeezeExcite)
  .register('invertedResidual', invertedResidual)
  .register('embedding', embedding)
  .register('positionEmbedding', positionEmbedding)
  .register('paddingMask', paddingMask)
  .register('sequenceMean', sequenceMean)
  .register('lstm', lstm)
  .register('gru', gru)
  .register('attention', attention)
  .register('transformerBlock', transformerBlock)
  .register('classifier', classifier);
