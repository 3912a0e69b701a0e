import { labelOrigins, type Item, type Label } from './types.js';

/** What of a label decides. Statements of the same time may leave it out. */
type Statement = Pick<Label, 'id' | 'kind' | 'class' | 'origin' | 'confidence' | 'retractedAt'> & Partial<Pick<Label, 'at'>>;

/**
 * What the labels of one item come to. Only standing ones count, those not retracted.
 *
 * - The class is the one that the strongest origin names ({@link labelOrigins}). Among labels of persons the latest holds; among those of another origin
 *   the one of the highest confidence (none counts as 0), and of equal ones the earliest.
 * - The review follows from the latest decision of a person: `drop` drops the item, `accept` or a label accepts it. Without one it is open.
 *
 * Latest and earliest go by time, and by id among those of the same time: statements that were imported may be older than those that were there.
 *
 * @example
 * resolveLabels(await catalogue.labels([item.id])); // { class: 'comet', review: 'accepted' }
 */
export function resolveLabels(labels: readonly Statement[]): Pick<Item, 'class' | 'review'> {
  const standing = labels.filter(({ retractedAt }) => retractedAt === undefined);
  const strongest = standing.filter(({ kind }) => kind === 'label').reduce<Statement | undefined>(stronger, undefined);
  const decision = standing
    .filter(({ origin }) => origin === 'person')
    .reduce<Statement | undefined>((last, next) => (last && isLater(last, next) ? last : next), undefined);
  const review = decision === undefined ? 'open' : decision.kind === 'drop' ? 'dropped' : 'accepted';
  return { class: strongest?.class, review };
}

function stronger(best: Statement | undefined, next: Statement): Statement {
  if (!best) return next;
  const strength = labelOrigins.indexOf(next.origin) - labelOrigins.indexOf(best.origin);
  if (strength !== 0) return strength > 0 ? next : best;
  if (next.origin === 'person') return isLater(next, best) ? next : best;
  const confidence = (next.confidence ?? 0) - (best.confidence ?? 0);
  if (confidence !== 0) return confidence > 0 ? next : best;
  return isLater(best, next) ? next : best;
}

function isLater(one: Statement, other: Statement): boolean {
  const { at: a = '' } = one;
  const { at: b = '' } = other;
  return a === b ? one.id > other.id : a > b;
}
