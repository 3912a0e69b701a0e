import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isCatalogueLocation } from '../catalogue/location.js';
import { MessierError } from '../core/errors.js';
import { encodeManifest } from '../dataset/manifest.js';
import { writeAtomically } from '../formats/atomic.js';
import { checkUnused } from '../train/index.js';
import { finishRun } from './finish.js';
import { finishVotes } from './finish-votes.js';
import { checkHeadless } from './head-file.js';
import { learn } from './learn.js';
import type { Lesson } from './lesson.js';
import type { LoadedRecipe } from './library.js';
import { checkNetwork } from './network.js';
import { prepareData } from './prepare.js';
import { openPretrained, settle } from './pretrained.js';
import type { RunOptions, RunResult } from './run-options.js';
import { learnPipeline } from './texts.js';
import { makeFolders } from '../formats/make-folders.js';

export type { RunOptions, RunResult } from './run-options.js';

/**
 * The whole way of a recipe: read and divide the data, train, calibrate, judge on the held-out part, write the model and its report. The folder
 * then holds model.onnx, report.html, evaluation.json, manifest.json, split.json, recipe.yaml, metrics.jsonl and checkpoints/ (of a head on frozen
 * features head.safetensors).
 *
 * @throws MessierError what its parts throw; where the signal is aborted, its reason, after a checkpoint is written.
 * @example
 * const { evaluation } = await runRecipe(loadRecipe('galaxy-shapes'), { data: 'pictures', folder: 'runs/first' });
 */
export async function runRecipe({ recipe: written, text }: LoadedRecipe, options: RunOptions): Promise<RunResult> {
  const { data, folder, splitFrom, fold, commandLine = '', progress, signal, threads } = options;
  const work = { progress, signal };
  // What a recipe can't have is told before pictures are read and trained on.
  const pretrained = await openPretrained(written, work);
  const recipe = settle(written, pretrained);
  checkNetwork(recipe, pretrained);
  await makeFolder(folder);
  if (options.resume !== true) {
    await checkUnused(folder);
    await checkHeadless(folder);
  }
  const prepared = await prepareData(recipe, { data, splitFrom, fold, ...work });
  try {
    const learning = prepared.items.filter(({ part }) => part === 'train');
    const pipeline = recipe.inputs === 'image' ? undefined : learnPipeline(recipe, learning);
    const lesson: Lesson = { recipe, prepared, pipeline, pretrained };
    const training = await learn(lesson, options);
    await writeAtomically(join(folder, 'recipe.yaml'), text);
    await writeAtomically(join(folder, 'split.json'), encodeManifest(prepared.manifest));
    const finish = recipe.task === 'votes' ? finishVotes : finishRun;
    const finished = await finish({
      ...lesson,
      text,
      training,
      folder,
      threads: threads ?? availableParallelism(),
      commandLine,
      work,
      onNotice: options.onNotice,
      learnAgain(other, name) {
        options.onNotice?.(`another network to compare with: ${name}`);
        return learn(other, { ...options, folder: join(folder, name) });
      },
    });
    const result = { folder, ...finished };
    if (isCatalogueLocation(data)) {
      // Databases are loaded only here.
      const { recordRun } = await import('./record-run.js');
      await recordRun(prepared, result);
    }
    return { ...result, training };
  } finally {
    await prepared.dataset.close();
  }
}

/** Throws `run/folder` where it can't be made. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MessierError('run/folder', `The folder "${folder}" can't be made: ${reason}. Choose another with --out.`, {
      cause: error,
    });
  }
}
