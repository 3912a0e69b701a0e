/** From finished runs to one model that answers for all of them, judged on pictures that none of them has seen. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { applyLabels } from '../dataset/labels.js';
import { encodeManifest, type SplitManifest } from '../dataset/manifest.js';
import { partOf } from '../dataset/part-of.js';
import type { Dataset, LabelRule } from '../dataset/types.js';
import { predictDataset, type JudgedItem } from '../evaluate/predict-dataset.js';
import { costsInTurns } from '../evaluate/costs-in-turns.js';
import { timedQuestions, type ModelCost } from '../evaluate/model-cost.js';
import type { Predictor } from '../evaluate/prediction.js';
import { openPredictor } from '../evaluate/predictor.js';
import type { EnsembleMethod, EnsembleReport } from '../evaluate/ensemble-types.js';
import type { Predictions } from '../evaluate/types.js';
import { writeAtomically } from '../formats/atomic.js';
import { saveModel } from '../formats/model-file.js';
import { updateCard } from '../models/card.js';
import { ensembleCard } from '../models/ensemble-card.js';
import { ensemble } from '../models/ensemble.js';
import { fitEnsemble } from './ensemble-fit.js';
import { judgeEnsemble } from './ensemble-judge.js';
import { commonBalance, readMembers, type RunMember } from './ensemble-members.js';
import { combineSplits } from './ensemble-split.js';
import { openJudged, type JudgedColumns } from './open-judged.js';
import { makeFolder } from './run.js';
import { version } from './version.js';

/** What is put together, and how. */
export interface EnsembleRunOptions extends WorkOptions {
  /** Folders of runs: model.onnx with split.json. */
  readonly runs: readonly string[];
  /** The data that the runs were trained on. */
  readonly data: string;
  /** Where the ensemble is written. */
  readonly folder: string;
  /** `average` unless told. */
  readonly method?: EnsembleMethod | undefined;
  /** Of a stack: answers are chosen for accuracy + balance * balanced accuracy. That of the runs' recipes unless told, 0 where they differ. */
  readonly balance?: number | undefined;
  readonly columns?: JudgedColumns | undefined;
  /** Bootstrap samples of the intervals, 1000 unless told. */
  readonly samples?: number | undefined;
  /** Every core unless told. */
  readonly threads?: number | undefined;
}

/** What an ensemble leaves. */
export interface EnsembleResult extends EnsembleReport {
  readonly folder: string;
  readonly model: string;
  /** Path of the page. */
  readonly report: string;
}

/** A labelled part of the split. */
interface PartItems {
  readonly dataset: Dataset;
  readonly items: readonly JudgedItem[];
}

/** What a model answers on both parts. */
interface MemberAnswers {
  readonly fitted: Predictions;
  readonly judged: Predictions;
}

/**
 * Puts finished runs together: fits the combination and its temperature on pictures that no run was trained on, judges it on others that none of them was trained
 * on or fitted to, and writes model.onnx, split.json, ensemble.json and ensemble.html. Which of the pictures these are follows from the runs' split.json
 * ({@link combineSplits}). The gain is that over the member which was best on the fitted pictures: taken over the best of the judged ones it would come out too small, and
 * over the worst too large.
 *
 * @throws MessierError `ensemble/pictures` where no picture is left to fit or to judge, or a class has none to fit; `ensemble/folder` where the folder holds a run;
 * what readMembers, ensemble, openJudged and the readers throw; the signal's reason where it is aborted
 *
 * @example
 * const { gains, best } = await ensembleRuns({ runs: ['runs/a', 'runs/b'], data: 'pictures', folder: 'runs/both', method: 'stack' });
 */
export async function ensembleRuns(options: EnsembleRunOptions): Promise<EnsembleResult> {
  const { runs, data, folder, method = 'average', columns, samples, threads, progress, signal } = options;
  const work = { progress, signal };
  const members = await readMembers(runs);
  const rule: LabelRule = ensembleCard(
    members.map(({ card }) => card),
    {},
  );
  const split = combineSplits(
    members.map((member) => member.split),
    rule,
  );
  checkPictures(split);
  await prepareFolder(folder, members);
  const paths = members.map(({ path }) => path);
  const { dataset } = await openJudged(paths, data, columns);
  try {
    const [validation, test] = [partItems(dataset, split, 'validation', rule), partItems(dataset, split, 'test', rule)];
    const answers: MemberAnswers[] = [];
    for (const [at, { path, name }] of members.entries()) {
      progress?.({ stage: `ask ${name}`, done: at, total: members.length, unit: 'models' });
      answers.push(
        await withPredictor(path, threads, async (predictor) => ({
          fitted: await predicted(predictor, validation, rule, work),
          judged: await predicted(predictor, test, rule, work),
        })),
      );
    }
    const balance = options.balance ?? commonBalance(members);
    const combined = await fitEnsemble(method, { ...fitData(answers, validation, split), balance }, work);
    const path = join(folder, 'model.onnx');
    const { weights, stack, offsets, temperature } = combined;
    const model = ensemble(
      members.map((member) => member.model),
      {
        ...(stack ? { stack } : { weights }),
        offsets,
        temperature,
        training: { splitHash: split.signature, dataHash: split.dataset.hash, version },
      },
    );
    await saveModel(model, path);
    const judged = await withPredictor(path, threads, (predictor) => predicted(predictor, test, rule, work));
    const questions = await timedQuestions(
      test.dataset,
      members.some(({ card }) => card.inputs !== 'text'),
    );
    const [cost, ...costs] = await costsInTurns([path, ...paths], { questions, threads, signal });
    const report = judgeEnsemble({
      method,
      split: members.every((member) => member.split.signature === split.signature) ? 'common' : 'combined',
      members: members.map(({ name, card }, at) => ({
        name,
        architecture: card.training.architecture,
        ...(answers[at] as MemberAnswers),
        cost: costs[at] as ModelCost,
      })),
      ensemble: { judged, cost: cost as ModelCost },
      combined,
      balance: method === 'stack' ? balance : null,
      samples,
    });
    const { accuracy, balancedAccuracy, macroF1 } = report.ensemble;
    const metrics = { accuracy: accuracy.value, balancedAccuracy: balancedAccuracy.value, macroF1: macroF1.value };
    await saveModel(updateCard(model, { metrics }), path);
    await writeAtomically(join(folder, 'split.json'), encodeManifest(split));
    await writeAtomically(join(folder, 'ensemble.json'), JSON.stringify(report, undefined, 1));
    // The plots are loaded only here.
    const { ensemblePage } = await import('../report/index.js');
    const page = join(folder, 'ensemble.html');
    await writeAtomically(page, ensemblePage(report));
    return { folder, model: path, report: page, ...report };
  } finally {
    await dataset.close();
  }
}

async function withPredictor<T>(
  path: string,
  threads: number | undefined,
  use: (predictor: Predictor) => Promise<T>,
): Promise<T> {
  const predictor = await openPredictor(path, { threads });
  try {
    return await use(predictor);
  } finally {
    await predictor.close();
  }
}

function partItems(all: Dataset, split: SplitManifest, part: 'validation' | 'test', rule: LabelRule): PartItems {
  const dataset = partOf(all, split, part);
  return { dataset, items: applyLabels(dataset.items, rule).items };
}

/** Answers with the classes in the ensemble's order. */
async function predicted(predictor: Predictor, part: PartItems, { classes }: LabelRule, work: WorkOptions): Promise<Predictions> {
  const { predictions } = await predictDataset(predictor, part.dataset, part.items, work);
  const places = classes.map((label) => predictor.card.classes.indexOf(label));
  const ordered = (rows: Float32Array): Float32Array =>
    rows.map((_, at) => rows[at - (at % classes.length) + (places[at % classes.length] ?? 0)] ?? NaN);
  const { probabilities, uncalibrated } = predictions;
  return { ...predictions, classes, probabilities: ordered(probabilities), uncalibrated: ordered(uncalibrated) };
}

/** The fitted pictures with what keeps near-duplicates in one fold. */
function fitData(answers: readonly MemberAnswers[], { items }: PartItems, { items: entries, duplicates }: SplitManifest) {
  const members = answers.map(({ fitted }) => fitted);
  const known = new Map(entries.map((entry) => [entry.id, entry]));
  const labels = new Map(items.map(({ id, classIndex }) => [id, String(classIndex)]));
  const ids = members[0]?.ids ?? [];
  const places = new Map(ids.map((id, place) => [id, place]));
  return {
    members,
    items: ids.map((id) => ({ id, hash: known.get(id)?.hash ?? id, label: labels.get(id) ?? '', group: known.get(id)?.group })),
    duplicates: duplicates.map((group) => group.flatMap((id) => places.get(id) ?? [])).filter((group) => group.length > 1),
  };
}

function checkPictures({ items, classes }: SplitManifest): void {
  const count = (part: string, label?: string): number =>
    items.filter((item) => item.part === part && (label === undefined || item.label === label)).length;
  const way =
    'Train the runs on one split with a validation and a test part: the first by a recipe with split.validation above 0, the others with --split-from FIRST/split.json';
  const refuse = (problem: string): never => {
    throw new MessierError('ensemble/pictures', `${problem} ${way}.`);
  };
  const [fitted, judged] = [count('validation'), count('test')];
  if (fitted === 0 || judged === 0) {
    refuse(
      `Of ${items.length} pictures, ${fitted} are left to fit the ensemble and ${judged} to judge it: the others are in the training part of a run, or a run does not list them.`,
    );
  }
  const empty = classes.find((label) => count('validation', label) === 0);
  if (empty !== undefined) refuse(`The class "${empty}" has no picture that no run was trained on, to fit the ensemble.`);
}

async function prepareFolder(folder: string, members: readonly RunMember[]): Promise<void> {
  const isMember = members.some((member) => resolve(folder) === member.folder);
  const isRun = ['recipe.yaml', 'metrics.jsonl'].some((file) => existsSync(join(folder, file)));
  if (isMember || isRun) {
    throw new MessierError(
      'ensemble/folder',
      `"${folder}" holds a run, whose model would be lost. Choose another folder with --out.`,
    );
  }
  await makeFolder(folder);
}
