/** From the words of a recipe to the engine's objects. */
import {
  adam,
  adamW,
  constantRate,
  cosineDecay,
  oneCycle,
  rmsProp,
  sgd,
  softmaxCrossEntropy,
  type Loss,
  type Optimizer,
  type Schedule,
} from '../autodiff/index.js';
import { classWeights } from '../dataset/sampling.js';
import type { Preprocess } from '../dataset/types.js';
import type { Recipe } from './schema.js';

/** Fills a value of all channels, or takes one a channel. */
const perChannel = (value: number | readonly number[] = 0.5, channels: number): readonly number[] =>
  typeof value === 'number' ? Array<number>(channels).fill(value) : value;

/** How the recipe's pictures become the network's input. */
export function preprocessOf({ pixels }: Recipe): Preprocess {
  const { size, fit, crop, channels, mean, deviation } = pixels;
  return { size, fit, crop, channels, mean: perChannel(mean, channels), deviation: perChannel(deviation, channels) };
}

/** Cross-entropy against shares of the classes; `counts` are the training pictures of each class. */
export function lossOf({ training }: Recipe, counts: readonly number[]): Loss {
  return softmaxCrossEntropy({
    targets: 'shares',
    labelSmoothing: training.labelSmoothing,
    ...(training.classWeights === 0 ? {} : { classWeights: classWeights(counts, training.classWeights) }),
  });
}

export function optimizerOf({ training }: Recipe): Optimizer {
  const { name, weightDecay, momentum } = training.optimizer;
  const decay = weightDecay === undefined ? {} : { weightDecay };
  const inertia = momentum === undefined ? {} : { momentum };
  switch (name) {
    case 'adam':
      return adam(decay);
    case 'adamW':
      return adamW(decay);
    case 'sgd':
      return sgd({ ...decay, ...inertia });
    case 'rmsProp':
      return rmsProp({ ...decay, ...inertia });
  }
}

/** The learning rate over all steps of the run. */
export function scheduleOf({ training }: Recipe, steps: number): Schedule {
  const { rate } = training.optimizer;
  switch (training.schedule) {
    case 'constant':
      return constantRate(rate);
    case 'cosine':
      return cosineDecay(rate, { steps });
    case 'oneCycle':
      return oneCycle(rate, { steps });
  }
}

/**
 * What is added to the logits of class c with share p of the training pictures where the recipe asks for a balance: (1 - power + exponent) log p,
 * which undoes sampling and class weights, and log(1 + balance / (C p)). Answering by the largest of the resulting probabilities
 * maximises accuracy + balance * balanced accuracy (Bayes' decision where a right answer gains 1 + balance / (C p)).
 */
export function offsetsOf({ evaluation: { balance }, training, transfer }: Recipe, counts: readonly number[]): number[] {
  if (balance === undefined) return counts.map(() => 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  // A head on features is fitted to every picture once.
  const power = transfer?.mode === 'features' ? 1 : training.samplingPower;
  return counts.map((count) => {
    // A class without training pictures is as rare as one with a single one.
    const share = Math.max(count, 1) / total;
    const undone = (1 - power + training.classWeights) * Math.log(share);
    return undone + Math.log(1 + balance / (counts.length * share));
  });
}
