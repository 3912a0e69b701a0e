import type { WorkOptions } from '../core/progress.js';
import type { SplitManifest } from '../dataset/manifest.js';
import type { VoteTable } from '../dataset/open-votes.js';
import type { Dataset } from '../dataset/types.js';
import { answerWith, type AnswerOptions, type Answered } from './answer-dataset.js';
import { comparePredictions, type CompareOptions } from './compare.js';
import { compareVotePredictions, type NamedVotes } from './compare-votes.js';
import type { ComparedPart, ComparedRow, ModelComparison, NamedFigures } from './comparison-types.js';
import { costsInTurns } from './costs-in-turns.js';
import { evaluatePredictions } from './evaluate.js';
import { answerVotes, votePredictions, type AnsweredVotes } from './evaluate-votes-model.js';
import { everyThread, timedQuestions, type ModelCost } from './model-cost.js';
import type { Predictor } from './prediction.js';
import { openPredictor } from './predictor.js';
import { countSeen, watchContent } from './seen.js';
import type { Evaluation, Interval } from './types.js';

/** A model file under a name. */
export interface NamedModel {
  readonly name: string;
  readonly path: string;
  /** It was trained with, where that is known. */
  readonly split?: SplitManifest | undefined;
}

/** Pictures of a part, of which `of` there are in all. */
export interface PartData {
  readonly dataset: Dataset;
  readonly of: number;
}

/** What models are compared on. */
export interface ComparedData {
  /** What figures, intervals and tests are of. */
  readonly dataset: Dataset;
  /** What that is; `all` unless told. */
  readonly judged?: ModelComparison['judged'] | undefined;
  /** Votes on all of it, where models answer with votes. */
  readonly votes?: VoteTable | undefined;
  readonly train?: PartData | undefined;
  readonly validation?: PartData | undefined;
}

/** Several models on the same pictures, and each by itself. */
export interface JudgedModels {
  readonly comparison: ModelComparison;
  /** In the order given; none of models of votes. */
  readonly evaluations: readonly Evaluation[];
}

/** What one model answered on each part. */
interface Answers<Kind> {
  readonly name: string;
  readonly cost: ModelCost;
  /** Different pictures that speed was measured on. */
  readonly timed: number;
  /** Judged ones that it learned from. */
  readonly seen: number | null;
  readonly judged: Kind;
  readonly train: Kind | undefined;
  readonly validation: Kind | undefined;
}

/**
 * Compares model files on the same pictures in one table: figures of the judged pictures with intervals and paired tests, accuracy (of votes the
 * error) on training and validation part, parameters, speed and size, and how many of the judged pictures a model learned from. One model is at work at
 * a time; speed is measured in turns.
 *
 * @throws MessierError `evaluate/compare` for models that can't be compared, `evaluate/task` for a model of classes among those of votes, and what
 * evaluateModel throws.
 *
 * @example
 * const models = [{ name: 'plain', path: 'plain/model.onnx' }, { name: 'augmented', path: 'augmented/model.onnx' }];
 * const { comparison } = await compareModels(models, { dataset });
 */
export async function compareModels(
  models: readonly NamedModel[],
  data: ComparedData,
  options: CompareOptions & AnswerOptions = {},
): Promise<JudgedModels> {
  return data.votes ? compareVotes(models, { ...data, votes: data.votes }, options) : compareClasses(models, data, options);
}

async function compareClasses(
  models: readonly NamedModel[],
  data: ComparedData,
  options: CompareOptions & AnswerOptions,
): Promise<JudgedModels> {
  const answers = await answersOf(models, data, options, answerWith, ({ predictions }) => predictions.ids);
  const accuracy = ({ predictions }: Answered): Interval =>
    comparePredictions([{ name: '', predictions }], options).models[0]?.accuracy as Interval;
  const { classes, baseline, pairs, ...rest } = comparePredictions(
    answers.map(({ name, judged }) => ({ name, predictions: judged.predictions })),
    options,
  );
  const { label, ...always } = baseline;
  return {
    comparison: {
      task: 'classes',
      classes,
      ...frame(answers, data, options, ({ predictions }) => predictions.ids.length),
      models: rest.models.map(({ name: _, ...figures }, at) => rowOf(answers[at] as Answers<Answered>, figures, accuracy)),
      baseline: { label: `always "${label}"`, figures: { ...always } },
      pairs: pairs.map(({ difference, mcnemar, ...pair }) => ({ ...pair, difference: { ...difference }, p: mcnemar.exact })),
      test: 'mcnemar',
      bootstrap: rest.bootstrap,
    },
    evaluations: answers.map(({ judged: { predictions, temperature, dropped, skipped } }) =>
      evaluatePredictions(predictions, { ...options, temperature, items: { dropped, skipped } }),
    ),
  };
}

async function compareVotes(
  models: readonly NamedModel[],
  data: ComparedData & { readonly votes: VoteTable },
  options: CompareOptions & AnswerOptions,
): Promise<JudgedModels> {
  const { votes } = data;
  const answers = await answersOf(
    models,
    data,
    options,
    (predictor, dataset, work) => answerVotes(predictor, { dataset, votes }, dataset.items, work),
    (answered) => answered.votes.ids,
  );
  const [first] = answers;
  // Of one table for all: the mean of the training part where there is one.
  const known = first?.train?.votes ?? first?.judged.votes ?? votes;
  const named = (name: string, answered: AnsweredVotes): NamedVotes => ({
    name,
    ids: answered.votes.ids,
    predictions: votePredictions(answered, known),
  });
  const error = (answered: AnsweredVotes): Interval =>
    compareVotePredictions([named('', answered)], options).models[0]?.rmse as Interval;
  const compared = compareVotePredictions(
    answers.map(({ name, judged }) => named(name, judged)),
    options,
  );
  return {
    comparison: {
      task: 'votes',
      classes: compared.columns,
      ...frame(answers, data, options, (answered) => answered.votes.ids.length),
      models: compared.models.map(({ rmse }, at) => rowOf(answers[at] as Answers<AnsweredVotes>, { rmse }, error)),
      baseline: { label: `always the mean of the ${first?.train ? 'training' : 'judged'} part`, figures: compared.baseline },
      pairs: compared.pairs.map(({ permutation, ...pair }) => ({ ...pair, p: permutation })),
      test: 'permutation',
      bootstrap: compared.bootstrap,
    },
    evaluations: [],
  };
}

/** Asks one model after the other; speed is measured in turns. */
async function answersOf<Kind>(
  models: readonly NamedModel[],
  data: ComparedData,
  { threads, inThread, progress, signal }: AnswerOptions,
  answer: (predictor: Predictor, dataset: Dataset, work: WorkOptions) => Promise<Kind>,
  idsOf: (answered: Kind) => readonly string[],
): Promise<Answers<Kind>[]> {
  const all: Omit<Answers<Kind>, 'cost' | 'timed'>[] = [];
  let takesPictures = false;
  for (const [at, { name, path, split }] of models.entries()) {
    signal?.throwIfAborted();
    const stage = `model ${at + 1} of ${models.length}, ${name}`;
    const work: WorkOptions = {
      signal,
      progress:
        progress &&
        ((one) => {
          progress({ ...one, stage: `${stage}: ${one.stage}` });
        }),
    };
    const predictor = await openPredictor(path, { threads, inThread });
    try {
      const watched = watchContent(data.dataset);
      const judged = await answer(predictor, watched, work);
      const train = data.train && (await answer(predictor, data.train.dataset, work));
      const validation = data.validation && (await answer(predictor, data.validation.dataset, work));
      const { inputs } = predictor.card;
      takesPictures ||= inputs !== 'text';
      all.push({ name, judged, train, validation, seen: split ? countSeen(watched, idsOf(judged), { split, inputs }) : null });
    } finally {
      await predictor.close();
    }
  }
  const questions = await timedQuestions(data.dataset, takesPictures);
  const paths = models.map(({ path }) => path);
  const costs = await costsInTurns(paths, { questions, threads, inThread, signal });
  return all.map((answered, at) => ({ ...answered, cost: costs[at] as ModelCost, timed: questions.length }));
}

/** What is said of the whole table. */
function frame<Kind>(
  [first]: readonly Answers<Kind>[],
  { dataset, judged = 'all', train, validation }: ComparedData,
  { threads }: AnswerOptions,
  count: (answered: Kind) => number,
): Pick<ModelComparison, 'judged' | 'parts' | 'speed'> {
  const part = (answered: Kind | undefined, of: number): ComparedPart | null =>
    answered === undefined ? null : { pictures: count(answered), of };
  return {
    judged,
    parts: {
      judged: part(first?.judged, dataset.items.length) ?? { pictures: 0, of: 0 },
      train: part(first?.train, train?.of ?? 0),
      validation: part(first?.validation, validation?.of ?? 0),
    },
    speed: { threads: everyThread(threads), pictures: first?.timed ?? 0 },
  };
}

function rowOf<Kind>(
  { name, cost, train, validation, seen }: Answers<Kind>,
  figures: NamedFigures,
  figure: (of: Kind) => Interval,
): ComparedRow {
  return {
    name,
    figures,
    train: train ? figure(train) : null,
    validation: validation ? figure(validation) : null,
    seen,
    ...cost,
  };
}
