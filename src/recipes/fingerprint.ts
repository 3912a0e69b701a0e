import { sha256 } from '../formats/hash.js';
import type { Prepared } from './prepare.js';
import type { Recipe } from './schema.js';

/**
 * Names everything that determines the weights: pixels, augmentation, network, training, and each picture with its class and part, in order. What is
 * done with the weights afterwards, and what things are called, is no part of it: a finished run may be judged again in another way.
 */
export function fingerprintOf(
  { pixels, augment, model, training }: Recipe,
  { rule, items }: Pick<Prepared, 'rule' | 'items'>,
): string {
  const pictures = items.map(({ hash, classIndex, part }) => [hash, classIndex, part]);
  return sha256(JSON.stringify([pixels, augment, model, training, rule.classes, pictures]));
}
