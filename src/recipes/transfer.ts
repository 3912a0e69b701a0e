/** How pretrained weights are put to use: what learns, how quickly, and heads on features that are computed once. */
import { join } from 'node:path';
import { logisticRegression } from '../classical/index.js';
import { MessierError } from '../core/errors.js';
import { makeFeatureCache } from '../dataset/feature-cache.js';
import { meanFeatures, selectFeatures } from '../dataset/features.js';
import { classWeights } from '../dataset/sampling.js';
import { kFold } from '../dataset/split.js';
import { unitsOf } from '../dataset/split-groups.js';
import { blocksOf } from '../models/blocks-of.js';
import { featureModel } from '../models/backbone.js';
import type { Model } from '../onnx/types.js';
import type { TrainOptions } from '../train/index.js';
import type { FittedHead } from './head-file.js';
import { messierHome } from '../formats/home.js';
import type { LearnOptions, Lesson } from './lesson.js';
import { countClasses, type PreparedItem } from './prepare.js';
import type { Recipe } from './schema.js';
import { preprocessOf } from './settings.js';

/** What learns and how quickly, for `train`; all alike where the recipe says nothing. */
export function learnersOf(model: Model, { transfer }: Recipe): Pick<TrainOptions, 'trainable' | 'rateFactor' | 'batchNorm'> {
  if (!transfer) return {};
  const { mode, blocks, rateDecay, batchNorm, unfreezeEvery } = transfer;
  const all = blocksOf(model);
  /** How many blocks lie between a parameter's block and the head. */
  const depth = new Map(all.flatMap(({ parameters }, at) => parameters.map((name) => [name, all.length - 1 - at] as const)));
  const deepest = mode === 'blocks' ? blocks : all.length;
  const thawed = (epoch: number): number =>
    unfreezeEvery === undefined ? deepest : Math.min(deepest, Math.floor(epoch / unfreezeEvery));
  return {
    batchNorm: batchNorm === 'frozen' ? 'inference' : 'train',
    trainable: (name, epoch) => (depth.get(name) ?? 0) <= thawed(epoch),
    ...(rateDecay < 1 && { rateFactor: (name: string) => rateDecay ** (depth.get(name) ?? 0) }),
  };
}

/**
 * The head that fits the training part best by logistic regression on features of the frozen backbone: of each view of `evaluation.views`,
 * computed once and kept under {@link messierHome}.
 */
export async function fitFeatureHead(
  model: Model,
  { recipe, prepared }: Lesson,
  { threads, progress, signal }: LearnOptions,
): Promise<FittedHead> {
  const began = performance.now();
  const { cache, items, rule, manifest } = prepared;
  if (!cache) throw new RangeError('Features are those of pictures.');
  const work = { threads, progress, signal };
  const learning = items.filter(({ part }) => part === 'train');
  const { classes } = rule;
  const counts = countClasses(learning, classes.length);
  checkEach(classes, counts);
  const { views } = recipe.evaluation;
  const l2 = recipe.transfer?.l2 ?? 'auto';
  const folder = join(messierHome(), 'features');
  const { size } = recipe.pixels;
  const backbone = featureModel(model, { height: size, width: size });
  const preprocess = preprocessOf(recipe);
  const { features } = await makeFeatureCache(cache, { model: backbone, preprocess, views, folder, ...work });
  const places = new Map(learning.map(({ id }, place) => [id, place]));
  const groups = manifest.duplicates.map((ids) => ids.flatMap((id) => places.get(id) ?? [])).filter((group) => group.length > 1);
  const { labelSmoothing, seed } = recipe.training;
  const strength = l2 === 'auto' ? { l2, folds: headFolds(learning, groups, seed) } : { l2 };
  // A linear head answers the mean over the views as it answers the mean of their features.
  const rows = meanFeatures(
    selectFeatures(
      features,
      learning.map(({ index }) => index),
    ),
  );
  const { weight, bias } = await logisticRegression(
    rows,
    learning.map(({ classIndex }) => classIndex),
    {
      classes: classes.length,
      labelSmoothing,
      ...strength,
      classWeights: headWeights(recipe, counts),
      progress,
      signal,
    },
  );
  const tensors = new Map([
    ['head.weight', weight],
    ['head.bias', bias],
  ]);
  return { tensors, seconds: (performance.now() - began) / 1000 };
}

/** Each class counts as its weights say and as often as the recipe draws it, which the answers' offsets undo. */
export function headWeights(
  { training: { classWeights: exponent, samplingPower } }: Recipe,
  counts: readonly number[],
): number[] {
  const drawn = classWeights(counts, 1 - samplingPower);
  return classWeights(counts, exponent).map((weight, at) => weight * (drawn[at] ?? 1));
}

/** Most folds by which the strength of the penalty is chosen. */
const mostFolds = 5;

function headFolds(learning: readonly PreparedItem[], groups: readonly (readonly number[])[], seed: number): Int32Array {
  const folds = Math.min(mostFolds, unitsOf(learning, groups).length);
  if (folds >= 2) return kFold(learning, { folds, seed, groups });
  throw new MessierError(
    'data/part',
    'The strength of the penalty is chosen out of fold, and the training pictures all belong together. Set transfer.l2 to a number, as 1.',
  );
}

/** A head that is fitted, other than one that is trained, has no answer for a class that it never saw. */
function checkEach(classes: readonly string[], counts: readonly number[]): void {
  const missing = classes.filter((_, at) => counts[at] === 0);
  if (missing.length === 0) return;
  throw new MessierError(
    'data/classes',
    `A head on features learns from pictures of every class; the training part has none of ${missing.slice(0, 10).join(', ')}. Leave them out of data.classes, or add pictures.`,
  );
}
