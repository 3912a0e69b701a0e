import { pickVotes } from '../dataset/open-votes.js';
import { sha256 } from '../formats/hash.js';
import type { Lesson } from './lesson.js';
import type { Prepared } from './prepare.js';
import type { Recipe } from './schema.js';

/** What of a lesson determines the weights. */
export interface Determined extends Omit<Lesson, 'prepared'> {
  readonly prepared: Pick<Prepared, 'rule' | 'items' | 'votes' | 'manifest'>;
}

/**
 * Names everything that determines the weights: pixels, augmentation, network, first weights, training, texts, votes, and each item with its class
 * and part, in order. What is done with the weights afterwards, and what things are called, is no part of it: a finished run may be judged again
 * in another way.
 */
export function fingerprintOf({ recipe, prepared, pipeline, pretrained }: Determined): string {
  const { rule, items, votes } = prepared;
  const { pixels, augment, model, training, transfer, task, inputs } = recipe;
  const contents = items.map(({ hash, classIndex, part }) => [hash, classIndex, part]);
  const heard = pipeline && [recipe.text, pipeline, items.map(({ text = '' }) => sha256(text))];
  const voted = votes && [recipe.votes.head, votes.tree, ...votesOf(votes, items)];
  const fitted = (transfer?.mode === 'features' || transfer?.headStart === true) && fittedBy(recipe, prepared);
  // Weights count by their content, wherever the file lies.
  const { weights: _, ...network } = model;
  const whole = [
    task,
    inputs,
    pixels,
    augment,
    network,
    training,
    transfer,
    rule.classes,
    contents,
    pretrained?.hash,
    heard,
    voted,
    fitted,
  ];
  return sha256(JSON.stringify(whole));
}

/** What a head that is fitted on features hangs on besides: views that are averaged, and what stays together in its folds. */
function fittedBy({ evaluation: { views } }: Recipe, { items, manifest }: Determined['prepared']): unknown {
  const hashes = new Map(items.map(({ id, hash }) => [id, hash]));
  const groups = items.map(({ group }) => group ?? null);
  return [views, groups, manifest.duplicates.map((ids) => ids.map((id) => hashes.get(id) ?? null))];
}

function votesOf(votes: NonNullable<Prepared['votes']>, items: Prepared['items']): string[] {
  const { shares, weights, counts } = pickVotes(
    votes,
    items.map(({ id }) => id),
  );
  return [shares, weights, ...(counts ? [counts] : [])].map(({ buffer, byteOffset, byteLength }) =>
    sha256(new Uint8Array(buffer, byteOffset, byteLength)),
  );
}
