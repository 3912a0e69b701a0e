import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { MessierError } from '../core/errors.js';
import { readManifest, type SplitManifest } from '../dataset/manifest.js';
import { loadModel } from '../formats/model-file.js';
import { readCard, type ModelCard } from '../models/card.js';
import type { Model } from '../onnx/types.js';
import { loadRecipe } from './library.js';

/** A run that becomes a member of an ensemble. */
export interface RunMember {
  /** The folder's last part, or all of it where two have the same. */
  readonly name: string;
  readonly folder: string;
  /** Path of its model. */
  readonly path: string;
  readonly model: Model;
  readonly card: ModelCard;
  readonly split: SplitManifest;
}

/** `evaluation.balance` of the recipes of these runs, where it is the same in all of them; else 0. */
export function commonBalance(members: readonly RunMember[]): number {
  const paths = members.map(({ folder }) => join(folder, 'recipe.yaml'));
  if (!paths.every((path) => existsSync(path))) return 0;
  const [first = 0, ...others] = new Set(paths.map((path) => loadRecipe(path).recipe.evaluation.balance));
  return others.length === 0 ? first : 0;
}

/**
 * Reads the model and the split of each run.
 *
 * @param runs Folders of runs, or their model.onnx.
 * @throws MessierError `ensemble/members` for fewer than two different runs, `ensemble/split` where a run's split is not the one that its model was trained on,
 * `ensemble/votes` for models of votes, and what loadModel, readCard and readManifest throw.
 */
export async function readMembers(runs: readonly string[]): Promise<RunMember[]> {
  const folders = [...new Set(runs.map((run) => resolve(isFile(run) ? dirname(run) : run)))];
  if (folders.length < 2) {
    throw new MessierError(
      'ensemble/members',
      `At least two different runs expected, ${folders.length} received. Add a run's folder.`,
    );
  }
  const members: RunMember[] = [];
  for (const folder of folders) {
    const path = join(folder, 'model.onnx');
    const model = loadModel(path);
    const card = readCard(model);
    if (card.votes) {
      throw new MessierError(
        'ensemble/votes',
        `"${path}" answers with votes, which this command does not judge. Average such models with ensemble() of the library, and judge the file with messier evaluate.`,
      );
    }
    const split = await readManifest(join(folder, 'split.json'));
    if (split.signature !== card.training.splitHash) {
      throw new MessierError(
        'ensemble/split',
        `"${join(folder, 'split.json')}" is not the split that the model beside it was trained on, so that nobody knows what it has seen. Restore the run's own split.json.`,
      );
    }
    const isUnique = folders.every((other) => other === folder || basename(other) !== basename(folder));
    members.push({ name: isUnique ? basename(folder) : folder, folder, path, model, card, split });
  }
  return members;
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
