import { sha256 } from '../formats/hash.js';
import type { ModelCard } from '../models/index.js';
import type { FinishOptions } from './finish-options.js';
import { countClasses } from './prepare.js';
import { offsetsOf, preprocessOf } from './settings.js';
import { taskOf } from './task.js';
import { version } from './version.js';

/** The card of a run's model before it is calibrated and judged. */
export function firstCard({ recipe, text, prepared, pipeline, pretrained, training }: FinishOptions): ModelCard {
  const { rule, items, manifest, votes } = prepared;
  const learned = items.filter(({ part }) => part === 'train');
  const { names } = taskOf(recipe, prepared);
  return {
    format: 'messier-model/1',
    name: recipe.name,
    inputs: recipe.inputs,
    classes: names,
    labels: votes ? {} : rule.labels,
    preprocess: preprocessOf(recipe),
    stretch: recipe.pixels.stretch,
    views: recipe.inputs === 'text' ? 'one' : recipe.evaluation.views,
    ...(pipeline && { text: pipeline }),
    ...(votes && { votes: { tree: votes.tree, head: recipe.votes.head } }),
    temperature: 1,
    offsets: votes ? names.map(() => 0) : offsetsOf(recipe, countClasses(learned, rule.classes.length)),
    training: {
      // Networks of texts are not named by the recipe.
      architecture: pretrained?.name ?? training.model.metadata['messier.architecture'] ?? recipe.model.name,
      recipeHash: sha256(text),
      dataHash: manifest.dataset.hash,
      splitHash: manifest.signature,
      pictures: learned.length,
      version,
    },
    metrics: {},
  };
}
