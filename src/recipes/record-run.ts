import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openCatalogue } from '../catalogue/open.js';
import { encodeManifest } from '../dataset/manifest.js';
import { sha256 } from '../formats/hash.js';
import { loadModel } from '../formats/model-file.js';
import { readCard } from '../models/card.js';
import type { Prepared } from './prepare.js';
import type { RunResult } from './run-options.js';

/**
 * Notes a finished run in the catalogue that its data are from: its split, figures and model. The same run again changes nothing.
 * Throws what openCatalogue throws.
 */
export async function recordRun({ dataset, manifest }: Prepared, result: Omit<RunResult, 'training'>): Promise<void> {
  const { folder, model, evaluation, votes } = result;
  const hash = sha256(await readFile(model));
  const card = readCard(loadModel(model));
  const id = sha256(`${manifest.signature} ${hash}`).slice(0, 16);
  const figures = evaluation
    ? {
        accuracy: evaluation.accuracy.value,
        balancedAccuracy: evaluation.balancedAccuracy.value,
        macroF1: evaluation.macroF1.value,
      }
    : votes
      ? { rmse: votes.rmse.value }
      : {};
  const data = dataset.location;
  const catalogue = await openCatalogue();
  try {
    await catalogue.recordSplit({ hash: manifest.signature, data, manifest: encodeManifest(manifest) });
    await catalogue.recordRun({ id, data, split: manifest.signature, folder: resolve(folder), recipe: card.name, figures });
    const { architecture } = card.training;
    await catalogue.recordModel({ hash, run: id, path: resolve(model), architecture, classes: card.classes });
  } finally {
    await catalogue.close();
  }
}
