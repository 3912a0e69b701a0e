/** The network of a recipe with its first weights. */
import { checkLayers } from '../explain/feature-maps.js';
import { createModel, createTextNetwork, replaceHead } from '../models/index.js';
import { outlineModel } from '../models/registry.js';
import type { Model } from '../onnx/types.js';
import { vocabularySize, type TextPipeline } from '../text/index.js';
import type { Pretrained } from './pretrained.js';
import type { Recipe } from './schema.js';

/** What a network is made for. */
export interface NetworkNeeds {
  /** Numbers that it answers with: classes, or answers of a tree. */
  readonly outputs: number;
  /** Where it reads texts. */
  readonly pipeline?: TextPipeline | undefined;
  /** Where it does not begin at random. */
  readonly pretrained?: Pretrained | undefined;
}

/** Inputs as the recipe says, output `logits` (N, outputs). Throws what createModel, createTextNetwork and replaceHead throw. */
export function networkOf(recipe: Recipe, { outputs, pipeline, pretrained }: NetworkNeeds): Model {
  const { channels, size } = recipe.pixels;
  const { name, dropout } = recipe.model;
  const { seed } = recipe.training;
  if (pretrained)
    return replaceHead(pretrained.backbone, { classes: outputs, at: pretrained.backbone.graph.outputs[0]?.name, seed });
  if (!pipeline) return createModel(name, { classes: outputs, channels, height: size, width: size, dropout, seed });
  const { branch, embedding, units } = recipe.text;
  const { length } = pipeline;
  const image = recipe.inputs === 'both' ? { channels, size } : undefined;
  return createTextNetwork({
    classes: outputs,
    branch,
    vocabulary: vocabularySize(pipeline),
    length,
    embedding,
    units,
    image,
    dropout,
    seed,
  });
}

/** A recipe of texts with other inputs, its network the same but for what it reads: pictures alone are read by the branch that reads them beside texts. */
export function reading(recipe: Recipe, inputs: Recipe['inputs']): Recipe {
  return { ...recipe, inputs, ...(inputs === 'image' && { model: { ...recipe.model, name: 'apod-cnn' } }) };
}

/** A vocabulary that is as good as any to see whether a network can be built. */
const someWords: TextPipeline = {
  format: 'messier-text/1',
  stems: null,
  stopWords: [],
  masked: [],
  length: 8,
  words: ['galaxy'],
};

/** Stops where the recipe's network can't be built or lacks a layer whose maps are asked for, before anything costs time. */
export function checkNetwork(recipe: Recipe, pretrained: Pretrained | undefined): void {
  const { channels, size } = recipe.pixels;
  const { name, dropout } = recipe.model;
  const isPlain = recipe.inputs === 'image' && !pretrained;
  const pipeline = recipe.inputs === 'image' ? undefined : someWords;
  // Without its numbers: those of large networks take seconds to draw.
  const network = isPlain
    ? outlineModel(name, { classes: 2, channels, height: size, width: size, dropout })
    : networkOf(recipe, { outputs: 2, pipeline, pretrained });
  checkLayers(network, recipe.evaluation.featureMaps);
}
