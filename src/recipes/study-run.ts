/** One run of a study: trained, gone on with, or taken as it is. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readManifest } from '../dataset/manifest.js';
import { writeAtomically } from '../formats/atomic.js';
import { sha256 } from '../formats/hash.js';
import { loadModel } from '../formats/model-file.js';
import { readFileWhole } from '../formats/read-file.js';
import { readCard, type ModelCard } from '../models/card.js';
import { outlineModel } from '../models/registry.js';
import { parameterCount } from '../nn/parameters.js';
import { networkOf } from './network.js';
import { openPretrained, settle } from './pretrained.js';
import { runRecipe, type RunOptions } from './run.js';
import type { Recipe } from './schema.js';
import type { StudyVariant } from './study-variants.js';
import { learnersOf } from './transfer.js';

/** What a finished run of a study took. */
export interface StudyCost {
  /** Of training, a head start included. Features of a frozen network that were kept from an earlier run cost nothing. */
  readonly seconds: number;
  /** Epochs that were trained; 0 where a head alone was fitted. */
  readonly epochs: number;
  /** Numbers that learn, in the last epoch. */
  readonly trainable: number;
  /** All numbers of the network, as it is trained. */
  readonly parameters: number;
}

/** The file in a run's folder that says it is done, and with which recipe and split. */
const fileName = 'study-run.json';
const longest = 10_000;

const doneSchema = z.object({
  recipeHash: z.string(),
  splitHash: z.string(),
  seconds: z.number(),
  epochs: z.number(),
  trainable: z.number(),
  parameters: z.number(),
});

/** Trains a variant in its folder, or goes on with it, and notes what it took. Throws what runRecipe throws. */
export async function runVariant({ recipe }: StudyVariant, options: RunOptions): Promise<StudyCost> {
  const { folder, signal } = options;
  const { training } = await runRecipe(recipe, options);
  const card = readCard(loadModel(join(folder, 'model.onnx')));
  const sizes = await sizesOf(recipe.recipe, card, signal);
  const cost = { seconds: training.seconds, epochs: training.history.length, ...sizes };
  const { recipeHash, splitHash } = card.training;
  await writeAtomically(join(folder, fileName), JSON.stringify({ recipeHash, splitHash, ...cost }, undefined, 1));
  return cost;
}

/**
 * What a variant took that is done: its folder holds the note of its end, and a model of this very recipe and, where there is one already, this very split.
 * `undefined` where it is not, or is another's.
 */
export async function finishedVariant({ recipe }: StudyVariant, folder: string, split: string): Promise<StudyCost | undefined> {
  if (!(await isFile(join(folder, fileName))) || !(await isFile(join(folder, 'evaluation.json')))) return undefined;
  if (!(await isFile(join(folder, 'model.onnx')))) return undefined;
  const bytes = await readFileWhole(join(folder, fileName), longest);
  const found = doneSchema.safeParse(parsed(new TextDecoder().decode(bytes)));
  if (!found.success) return undefined;
  const { recipeHash, splitHash, ...cost } = found.data;
  const { training } = readCard(loadModel(join(folder, 'model.onnx')));
  const wanted = (await isFile(split)) ? (await readManifest(split)).signature : training.splitHash;
  const isSame = recipeHash === sha256(recipe.text) && splitHash === wanted;
  return isSame && training.recipeHash === recipeHash && training.splitHash === splitHash ? cost : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A damaged note: the run is gone on with, which writes it anew.
    return undefined;
  }
}

export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function sizesOf(
  recipe: Recipe,
  { classes, text }: ModelCard,
  signal: AbortSignal | undefined,
): Promise<Pick<StudyCost, 'trainable' | 'parameters'>> {
  const pretrained = await openPretrained(recipe, { signal });
  const { channels, size } = recipe.pixels;
  const { name, dropout } = recipe.model;
  const network =
    pretrained || text
      ? networkOf(settle(recipe, pretrained), { outputs: classes.length, pipeline: text, pretrained })
      : outlineModel(name, { classes: classes.length, channels, height: size, width: size, dropout });
  const { trainable = () => true } = learnersOf(network, recipe);
  const last = recipe.training.epochs - 1;
  const learns = (parameter: string): boolean =>
    recipe.transfer?.mode === 'features' ? parameter.startsWith('head.') : trainable(parameter, last);
  return { trainable: parameterCount(network, learns), parameters: parameterCount(network) };
}
