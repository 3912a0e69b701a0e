import { join } from 'node:path';
import { MessierError } from '../core/errors.js';
import { encodeManifest, readManifest } from '../dataset/manifest.js';
import { comparedData } from '../evaluate/compared-data.js';
import { compareModels, type JudgedModels } from '../evaluate/compare-models.js';
import type { ModelComparison } from '../evaluate/comparison-types.js';
import { writeAtomically } from '../formats/atomic.js';
import { checkUnused } from '../train/index.js';
import { checkHeadless } from './head-file.js';
import { makeFolder, type RunOptions } from './run.js';
import type { Recipe } from './schema.js';
import { openSource } from './sources.js';
import { finishedVariant, isFile, runVariant, type StudyCost } from './study-run.js';
import type { StudyKind, StudyVariant } from './study-variants.js';

/** How a study is run. */
export interface StudyOptions extends Omit<RunOptions, 'fold'> {
  readonly kind: StudyKind;
  /** The recipe that the variants are of: how data are opened. */
  readonly recipe: Recipe;
}

/** One variant of a study. */
export interface StudyRun {
  readonly name: string;
  /** What differs. */
  readonly title: string;
  readonly folder: string;
  /** `open`: not begun, or stopped. */
  readonly state: 'done' | 'failed' | 'open';
  /** Why it failed. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Of a run that is done. */
  readonly cost: StudyCost | null;
}

/** Several runs of one recipe with changes, on one split. Plain JSON. */
export interface Study {
  readonly kind: StudyKind;
  /** Its name. */
  readonly recipe: string;
  readonly folder: string;
  /** In their order. */
  readonly runs: readonly StudyRun[];
  /** Of those that are done; pairs each with the first of them (of `models` each with each). `null` before the end, and where none is done. */
  readonly comparison: ModelComparison | null;
  /** The page; `null` as long as there is none. */
  readonly report: string | null;
}

/**
 * Trains every variant in a folder of its own within `folder`, on the split of the first that ends, and compares the models on the part that the split
 * keeps aside. A variant that fails is told in the table, and the others go on. Where the signal is aborted, study.json says how far it came; with `resume`
 * runs that are done are taken as they are, and others continue. Writes study.json, split.json and study.html.
 *
 * @throws MessierError `train/folder` where a folder holds a run and `resume` is not set, `study/split` where `splitFrom` is another split than that of
 * the runs there are, and what reading the data throws; the signal's reason where it is aborted.
 *
 * @example
 * const loaded = changeRecipe(loadRecipe('cosmic-morphology'), { model: { weights: 'mobilenet_v2.onnx' } });
 * const options = { kind: 'transfer', recipe: loaded.recipe, data: 'pictures', folder: 'runs/transfer' } as const;
 * const variants = await transferVariants(loaded, { only: ['features', 'all'] });
 * const { comparison } = await runStudy(variants, options);
 */
export async function runStudy(variants: readonly StudyVariant[], options: StudyOptions): Promise<Study> {
  const { kind, recipe, folder, resume, signal } = options;
  const folderOf = ({ name }: StudyVariant): string => join(folder, name);
  if (resume !== true) {
    for (const variant of variants) {
      await checkUnused(folderOf(variant));
      await checkHeadless(folderOf(variant));
    }
  }
  await makeFolder(folder);
  const split = join(folder, 'split.json');
  await placeSplit(split, options);
  const runs: StudyRun[] = variants.map((variant) => {
    const { name, title } = variant;
    return { name, title, folder: folderOf(variant), state: 'open', error: null, cost: null };
  });
  const note = async (comparison: ModelComparison | null, report: string | null): Promise<Study> => {
    const study = { kind, recipe: recipe.name, folder, runs, comparison, report };
    await writeAtomically(join(folder, 'study.json'), JSON.stringify(study, undefined, 1));
    return study;
  };
  await note(null, null);
  for (const [at, variant] of variants.entries()) {
    runs[at] = {
      ...(runs[at] as StudyRun),
      ...(await outcomeOf(variant, { ...options, folder: folderOf(variant) }, { split, at, of: variants.length })),
    };
    await note(null, null);
  }
  const judged = runs.some(({ state }) => state === 'done') ? await judgeRuns(runs, split, options) : undefined;
  signal?.throwIfAborted();
  if (!judged) return note(null, null);
  const report = join(folder, 'study.html');
  const study = await note(judged.comparison, report);
  // The plots are loaded only here.
  const { studyPage } = await import('../report/index.js');
  await writeAtomically(report, studyPage({ ...study, comparison: judged.comparison, evaluations: judged.evaluations }));
  return study;
}

/** The split that all variants are to have, where one is told. */
async function placeSplit(path: string, { splitFrom }: StudyOptions): Promise<void> {
  if (splitFrom === undefined) return;
  const wanted = await readManifest(splitFrom);
  if (await isFile(path)) {
    if ((await readManifest(path)).signature === wanted.signature) return;
    throw new MessierError(
      'study/split',
      `The runs there are have the split "${path}", not "${splitFrom}". Choose another folder with --out.`,
    );
  }
  await writeAtomically(path, encodeManifest(wanted));
}

/** Where a variant stands in the study. */
interface Place {
  readonly split: string;
  readonly at: number;
  readonly of: number;
}

async function outcomeOf(
  variant: StudyVariant,
  options: StudyOptions,
  { split, at, of }: Place,
): Promise<Pick<StudyRun, 'state' | 'error' | 'cost'>> {
  const { folder, resume, signal, progress, onNotice } = options;
  const label = `${at + 1} of ${of}`;
  try {
    const known = resume === true ? await finishedVariant(variant, folder, split) : undefined;
    onNotice?.(`variant ${label}: ${variant.name} (${variant.title})${known ? ', done before' : ''}`);
    const cost =
      known ??
      (await runVariant(variant, {
        ...options,
        splitFrom: (await isFile(split)) ? split : undefined,
        progress: progress && ((one) => progress({ ...one, stage: `${label} ${variant.name}: ${one.stage}` })),
      }));
    if (!(await isFile(split))) {
      await writeAtomically(split, encodeManifest(await readManifest(join(folder, 'split.json'))));
    }
    return { state: 'done', error: null, cost };
  } catch (error) {
    // What is no MessierError is a mistake of this program, which no table should hide.
    if (signal?.aborted === true || !(error instanceof MessierError)) throw error;
    const { code, message } = error;
    onNotice?.(`variant ${label}: ${variant.name} failed: ${message} [${code}]`);
    return { state: 'failed', error: { code, message }, cost: null };
  }
}

async function judgeRuns(runs: readonly StudyRun[], split: string, options: StudyOptions): Promise<JudgedModels> {
  const { kind, recipe, data, threads, signal, progress } = options;
  const source = await openSource(recipe, data);
  try {
    const manifest = await readManifest(split);
    const done = runs
      .filter(({ state }) => state === 'done')
      .map(({ name, folder }) => ({ name, path: join(folder, 'model.onnx'), split: manifest }));
    return await compareModels(done, comparedData(source, manifest), {
      samples: recipe.evaluation.bootstrap,
      against: kind === 'models' ? 'all' : 'first',
      threads,
      signal,
      progress,
    });
  } finally {
    await source.dataset.close();
  }
}
