/** From trained weights to a judged model of votes: evaluation, the model file, a submission and the report. */
import { join } from 'node:path';
import { pickVotes, type VoteTable } from '../dataset/open-votes.js';
import { judgedPart } from '../dataset/part-of.js';
import { answerVotes, votePredictions } from '../evaluate/evaluate-votes-model.js';
import { openPredictor } from '../evaluate/predictor.js';
import { evaluateVotes } from '../evaluate/votes.js';
import { writeAtomically } from '../formats/atomic.js';
import { saveModel } from '../formats/model-file.js';
import { updateCard } from '../models/card.js';
import { deploy } from '../models/deploy.js';
import { encodeSubmission } from '../votes/index.js';
import { firstCard } from './card.js';
import type { FinishOptions } from './finish-options.js';
import type { RunResult } from './run-options.js';
import { writeVotesReport } from './write-votes-report.js';

/**
 * Judges the model on the held-out part by the shares of its answers, and writes model.onnx, evaluation.json, predictions.csv (its answers on that
 * part as the Kaggle challenge takes them) and report.html.
 */
export async function finishVotes(options: FinishOptions): Promise<Omit<RunResult, 'folder' | 'training'>> {
  const { recipe, prepared, training, folder, work } = options;
  const { votes, dataset, items } = prepared;
  if (!votes) throw new RangeError('Votes are finished where there are votes.');
  const judged = judgedPart(prepared);
  const of = (part: string) => items.filter((item) => item.part === part);
  const path = join(folder, 'model.onnx');
  const deployed = deploy(training.model, firstCard(options));
  await saveModel(deployed, path);
  const predictor = await openPredictor(path, { threads: options.threads });
  try {
    const answered = await answerVotes(predictor, { dataset, votes }, of(judged), work);
    const learned = pickVotes(
      votes,
      of('train').map(({ id }) => id),
    );
    const predictions = votePredictions(answered, learned);
    const evaluation = evaluateVotes(predictions, {
      samples: recipe.evaluation.bootstrap,
      skipped: [...prepared.skipped, ...answered.skipped],
    });
    await saveModel(updateCard(deployed, { metrics: { rmse: evaluation.rmse.value } }), path);
    await writeAtomically(join(folder, 'evaluation.json'), JSON.stringify({ judged, ...evaluation }, undefined, 1));
    await writeAtomically(
      join(folder, 'predictions.csv'),
      encodeSubmission(votes.tree, namesOf(answered.votes), answered.shares),
    );
    const report = await writeVotesReport({ ...options, judged, evaluation, answered });
    return { model: path, report, votes: evaluation, judged };
  } finally {
    await predictor.close();
  }
}

/** Objects as the challenge names them; where two pictures are of one object, or of files of one name, their paths. */
function namesOf({ ids, objects }: VoteTable): readonly string[] {
  return new Set(objects).size === objects.length ? objects : ids;
}
