import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { encodeManifest } from '../dataset/manifest.js';
import { openBatches } from '../dataset/batches.js';
import { openOrdered } from '../dataset/ordered.js';
import { writeAtomically } from '../formats/atomic.js';
import type { Evaluation } from '../evaluate/types.js';
import { checkLayers } from '../explain/feature-maps.js';
import { createModel } from '../models/index.js';
import type { Model } from '../onnx/types.js';
import { checkUnused, judgeClasses, train, type EpochRecord, type TrainResult } from '../train/index.js';
import { fingerprintOf } from './fingerprint.js';
import { finishRun } from './finish.js';
import type { LoadedRecipe } from './library.js';
import { countClasses, prepareData, type Prepared } from './prepare.js';
import type { Recipe } from './schema.js';
import { lossOf, optimizerOf, preprocessOf, scheduleOf } from './settings.js';

/** What a run needs besides its recipe. */
export interface RunOptions extends WorkOptions {
  /** Folder, table or array file. */
  readonly data: string;
  /** The run's folder. */
  readonly folder: string;
  /** Continue a run that was stopped. */
  readonly resume?: boolean | undefined;
  /** Split manifest of an earlier run. */
  readonly splitFrom?: string | undefined;
  /** Threads; every core unless told. The last bits of the weights depend on it. */
  readonly threads?: number | undefined;
  /** Hears of each epoch that is done. */
  readonly onEpoch?: ((record: EpochRecord, epochs: number) => void) | undefined;
  /** Hears of what people should know, such as a damaged checkpoint that was passed over. */
  readonly onNotice?: ((text: string) => void) | undefined;
  /** How the user can run it again, for the report. */
  readonly commandLine?: string | undefined;
}

/** What a run leaves. */
export interface RunResult {
  readonly folder: string;
  readonly model: string;
  readonly report: string;
  readonly evaluation: Evaluation;
  /** Which part was judged: `test`, or `validation` where the split has no test part. */
  readonly judged: 'test' | 'validation';
  readonly training: TrainResult;
}

/**
 * The whole way of a recipe: read and divide the data, train, calibrate, judge on the held-out part, write the model and its report. The folder
 * then holds model.onnx, report.html, evaluation.json, manifest.json, split.json, recipe.yaml, metrics.jsonl and checkpoints/.
 *
 * @throws MessierError what its parts throw; where the signal is aborted, its reason, after a checkpoint is written.
 * @example
 * const { evaluation } = await runRecipe(loadRecipe('galaxy-shapes'), { data: 'pictures', folder: 'runs/first' });
 */
export async function runRecipe({ recipe, text }: LoadedRecipe, options: RunOptions): Promise<RunResult> {
  const { data, folder, splitFrom, commandLine = '', progress, signal, threads } = options;
  const work = { progress, signal };
  // What a recipe can't have is told before pictures are read and trained on.
  checkLayers(networkOf(recipe, 2), recipe.evaluation.featureMaps);
  await makeFolder(folder);
  if (options.resume !== true) await checkUnused(folder);
  const prepared = await prepareData(recipe, { data, splitFrom, ...work });
  try {
    const training = await trainOn(prepared, recipe, options);
    await writeAtomically(join(folder, 'recipe.yaml'), text);
    await writeAtomically(join(folder, 'split.json'), encodeManifest(prepared.manifest));
    const finished = await finishRun({
      recipe,
      text,
      prepared,
      training,
      folder,
      threads: threads ?? availableParallelism(),
      commandLine,
      work,
    });
    return { folder, training, ...finished };
  } finally {
    await prepared.dataset.close();
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MessierError('run/folder', `The run's folder "${folder}" can't be made: ${reason}. Choose another with --out.`, {
      cause: error,
    });
  }
}

/** The recipe's network with its first weights. */
function networkOf({ model: { name, dropout }, pixels, training }: Recipe, classes: number): Model {
  const { channels, size } = pixels;
  return createModel(name, { classes, channels, height: size, width: size, dropout, seed: training.seed });
}

async function trainOn(prepared: Prepared, recipe: Recipe, options: RunOptions): Promise<TrainResult> {
  const { folder, resume, threads, onEpoch, onNotice, progress, signal } = options;
  const { cache, items, rule } = prepared;
  const { training } = recipe;
  const preprocess = preprocessOf(recipe);
  const of = (part: string) => {
    const chosen = items.filter((item) => item.part === part);
    return { chosen, indices: chosen.map(({ index }) => index), labels: Int32Array.from(chosen, ({ classIndex }) => classIndex) };
  };
  const [learning, watching] = [of('train'), of('validation')];
  const batches = await openBatches(cache, {
    indices: learning.indices,
    labels: learning.labels,
    classes: rule.classes,
    preprocess,
    augmentation: recipe.augment,
    sampling: { power: training.samplingPower },
    size: training.batch,
    seed: training.seed,
  });
  try {
    const validation =
      watching.chosen.length === 0 ? undefined : await openOrdered(cache, { indices: watching.indices, preprocess });
    try {
      return await train({
        progress,
        signal,
        onEpoch: (record) => onEpoch?.(record, training.epochs),
        onNotice,
        model: networkOf(recipe, rule.classes.length),
        batches,
        validation: validation && { source: validation, judge: judgeClasses(watching.labels, rule.classes.length) },
        loss: lossOf(recipe, countClasses(learning.chosen, rule.classes.length)),
        optimizer: optimizerOf(recipe),
        schedule: scheduleOf(recipe, training.epochs * batches.steps),
        epochs: training.epochs,
        seed: training.seed,
        clipNorm: training.clipNorm,
        averageDecay: training.averageDecay,
        monitor: training.monitor,
        folder,
        resume,
        threads,
        fingerprint: fingerprintOf(recipe, prepared),
      });
    } finally {
      await validation?.close();
    }
  } finally {
    await batches.close();
  }
}
