import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MessierError } from '../core/errors.js';
import { readManifest, type SplitManifest } from '../dataset/manifest.js';
import { loadModel } from '../formats/model-file.js';
import { readCard, type ModelCard } from '../models/card.js';

/** The split that a model was trained with, and what it takes. */
export interface OwnSplit {
  readonly split: SplitManifest;
  readonly inputs: ModelCard['inputs'];
}

/** What a model is judged by, and who hears what can't be known. */
export interface OwnSplitOptions {
  /** The split that says what is judged, and where it was read. */
  readonly judged?: { readonly path: string; readonly split: SplitManifest } | undefined;
  /** For people. */
  readonly name: string;
  readonly onNotice: (text: string) => void;
}

/**
 * The split that a model was trained with: the split.json beside it, or that by which it is judged, where the card names it. `undefined` where it is not
 * known; it is told where the model was trained with another split than that by which it is judged, or where the file beside it can't be read.
 *
 * @param model Path of the model file.
 * @throws MessierError what readCard throws.
 */
export async function ownSplit(model: string, { judged, name, onNotice }: OwnSplitOptions): Promise<OwnSplit | undefined> {
  const { inputs, training } = readCard(loadModel(model));
  if (judged?.split.signature === training.splitHash) return { split: judged.split, inputs };
  const beside = join(dirname(model), 'split.json');
  try {
    const split = existsSync(beside) ? await readManifest(beside) : undefined;
    if (split?.signature === training.splitHash) return { split, inputs };
  } catch (error) {
    if (!(error instanceof MessierError)) throw error;
    onNotice(`What ${name} learned from is not known: ${error.message}`);
  }
  if (judged)
    onNotice(`${name} was trained on another split than ${judged.path} and may have learned from what it is judged on.`);
  return undefined;
}
