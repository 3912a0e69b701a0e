/** Data as finished models are judged on them. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MessierError } from '../core/errors.js';
import { openDataset } from '../dataset/open.js';
import type { OpenOptions } from '../dataset/open-options.js';
import { openVotes, type VoteTable } from '../dataset/open-votes.js';
import type { Dataset } from '../dataset/types.js';
import { loadModel } from '../formats/model-file.js';
import { readCard, type ModelCard } from '../models/card.js';
import { treeLayout } from '../votes/index.js';
import { loadRecipe } from './library.js';
import { keywordLabels } from './sources.js';

/** What is judged: labelled items, or the votes on them. */
export interface JudgedSource {
  readonly dataset: Dataset;
  readonly votes?: VoteTable | undefined;
}

/** Columns of a CSV. */
export type JudgedColumns = Pick<OpenOptions, 'imageColumn' | 'labelColumn' | 'textColumn'>;

/** The model of a run's folder, or the file itself. */
export function modelPath(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? join(path, 'model.onnx') : path;
}

/**
 * Opens data as these models take them: pictures, texts or both with labels, or pictures with votes. Where a model of texts lies beside the recipe.yaml of
 * its run, columns that are not told, and labels that come from keywords, are the recipe's. The caller closes `dataset`.
 *
 * @param models Paths of model files.
 * @throws MessierError `compare/task` for models of classes among those of votes or votes of other trees, `compare/stretch` where raw counts become other
 * pixels for one than for another, and what readCard, openDataset and openVotes throw.
 */
export async function openJudged(models: readonly string[], data: string, columns: JudgedColumns = {}): Promise<JudgedSource> {
  const cards = models.map((path) => readCard(loadModel(path)));
  const [first] = cards;
  if (!first) throw new RangeError('A model is needed to judge.');
  checkAlike(cards);
  const { stretch, votes } = first;
  const { imageColumn, labelColumn } = columns;
  if (votes) return openVotes(data, votes.tree, { stretch, imageColumn });
  const inputs = cards.every((card) => card.inputs === first.inputs) ? first.inputs : 'both';
  if (inputs === 'image') return { dataset: await openDataset(data, { stretch, imageColumn, labelColumn }) };
  const beside = models.map((path) => join(dirname(path), 'recipe.yaml')).find((path) => existsSync(path));
  const said = beside === undefined ? undefined : loadRecipe(beside).recipe.data;
  const dataset = await openDataset(data, {
    stretch,
    inputs,
    imageColumn: imageColumn ?? said?.imageColumn,
    labelColumn: labelColumn ?? said?.labelColumn,
    textColumn: columns.textColumn ?? said?.textColumn,
  });
  return { dataset: said?.keywords && labelColumn === undefined ? keywordLabels(dataset, said.keywords) : dataset };
}

function checkAlike(cards: readonly ModelCard[]): void {
  const [first] = cards;
  const kind = ({ votes }: ModelCard): string => (votes ? `votes: ${treeLayout(votes.tree).columns.join(', ')}` : 'classes');
  const other = cards.find((card) => first && kind(card) !== kind(first));
  if (first && other) {
    throw new MessierError(
      'compare/task',
      `Models are compared that answer the same: "${first.name}" answers with ${kind(first)}, "${other.name}" with ${kind(other)}. Compare them in two groups.`,
    );
  }
  if (cards.some(({ stretch }) => JSON.stringify(stretch) !== JSON.stringify(first?.stretch))) {
    throw new MessierError(
      'compare/stretch',
      'The models show raw counts (FITS) by different stretches, so that they would not see the same pictures. Judge each with "messier evaluate".',
    );
  }
}
