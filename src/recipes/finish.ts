/** From trained weights to a judged model: calibration, evaluation, the model file and the report. */
import { join } from 'node:path';
import { judgedPart } from '../dataset/part-of.js';
import { evaluatePredictions } from '../evaluate/evaluate.js';
import { predictDataset, type DatasetPredictions } from '../evaluate/predict-dataset.js';
import { openPredictor } from '../evaluate/predictor.js';
import { calibrated, crossFittedTemperature, fitTemperature, logitsOf } from '../evaluate/temperature.js';
import type { Evaluation, Predictions } from '../evaluate/types.js';
import { writeAtomically } from '../formats/atomic.js';
import { saveModel } from '../formats/model-file.js';
import { deploy } from '../models/deploy.js';
import { updateCard } from '../models/card.js';
import { firstCard } from './card.js';
import type { FinishOptions } from './finish-options.js';
import type { CleaningReport } from '../report/types.js';
import { isCatalogueLocation } from '../catalogue/location.js';
import type { CleaningStudyOptions } from './cleaning-study.js';
import { studyInputs } from './inputs-study.js';
import { writeRunReport } from './write-report.js';

/** What is left of a run when it is done. */
export interface Finished {
  readonly model: string;
  readonly report: string;
  readonly evaluation: Evaluation;
  readonly judged: 'test' | 'validation';
  /** Where people's decisions changed what was learned from. */
  readonly cleaning?: CleaningReport | undefined;
}

/**
 * Judges the model on the held-out part: the test part, or the validation part where there is no other. The temperature is fitted on the
 * validation part where a test part is left to judge it; else on the judged part, and what the evaluation says of calibrated
 * probabilities comes from a cross-fit, so that no picture is judged by a temperature that it had a part in.
 */
export async function finishRun(options: FinishOptions): Promise<Finished> {
  const { recipe, prepared, training, folder, work } = options;
  const judged = judgedPart(prepared);
  const path = join(folder, 'model.onnx');
  const deployed = deploy(training.model, firstCard(options));
  await saveModel(deployed, path);
  const predictor = await openPredictor(path, { threads: options.threads });
  const predicted = (part: string): Promise<DatasetPredictions> => {
    const chosen = prepared.items.filter((item) => item.part === part);
    return predictDataset(predictor, prepared.dataset, chosen, work);
  };
  try {
    const { predictions: answers, skipped } = await predicted(judged);
    const validation =
      judged === 'test' && prepared.items.some(({ part }) => part === 'validation') ? await predicted('validation') : undefined;
    const { temperature, probabilities } = calibrate(answers, validation?.predictions);
    const predictions = { ...answers, probabilities };
    const evaluation = evaluatePredictions(predictions, {
      samples: recipe.evaluation.bootstrap,
      temperature,
      items: { dropped: prepared.dropped, skipped: [...prepared.skipped, ...skipped] },
    });
    const metrics = {
      accuracy: evaluation.accuracy.value,
      balancedAccuracy: evaluation.balancedAccuracy.value,
      macroF1: evaluation.macroF1.value,
    };
    await saveModel(updateCard(deployed, { temperature, metrics }), path);
    await writeAtomically(join(folder, 'evaluation.json'), JSON.stringify({ judged, ...evaluation }, undefined, 1));
    const inputs = options.pipeline && (await studyInputs({ ...options, judged, evaluation }));
    if (inputs) await writeAtomically(join(folder, 'inputs.json'), JSON.stringify(inputs, undefined, 1));
    const cleaning = await cleaningOf({ ...options, judged, predictions });
    if (cleaning) await writeAtomically(join(folder, 'cleaning.json'), JSON.stringify(cleaning, undefined, 1));
    const report = await writeRunReport({ ...options, judged, evaluation, predictions, inputs, cleaning, model: path });
    return { model: path, report, evaluation, judged, ...(cleaning && { cleaning }) };
  } finally {
    await predictor.close();
  }
}

async function cleaningOf(options: CleaningStudyOptions): Promise<CleaningReport | undefined> {
  const { recipe, prepared } = options;
  if (!recipe.evaluation.cleaning || !isCatalogueLocation(prepared.dataset.location)) return undefined;
  // Databases are loaded only here.
  const { studyCleaning } = await import('./cleaning-study.js');
  return studyCleaning(options);
}

/** Temperature for the model, and the probabilities by which the judged part is judged. */
function calibrate(
  answers: Predictions,
  validation: Predictions | undefined,
): { readonly temperature: number; readonly probabilities: Float32Array } {
  const classes = answers.classes.length;
  if (validation) {
    const temperature = fitTemperature(logitsOf(validation.uncalibrated), validation.labels, classes);
    return { temperature, probabilities: calibrated(logitsOf(answers.uncalibrated), classes, temperature) };
  }
  // A cross-fit needs two pictures.
  if (answers.labels.length < 2) return { temperature: 1, probabilities: answers.uncalibrated };
  const logits = logitsOf(answers.uncalibrated);
  const temperature = fitTemperature(logits, answers.labels, classes);
  return { temperature, probabilities: crossFittedTemperature(logits, answers.labels, classes).probabilities };
}
