import { labelOrigins, type Item, type Label } from './types.js';

/** What of a label decides. */
type Statement = Pick<Label, 'id' | 'kind' | 'class' | 'origin' | 'confidence' | 'retractedAt'>;

/**
 * What the labels of one item come to. Only standing ones count, those not retracted.
 *
 * - The class is the one that the strongest origin names ({@link labelOrigins}). Among labels of persons the latest holds; among those of another origin
 *   the one of the highest confidence (none counts as 0), and of equal ones the earliest.
 * - The review follows from the latest decision of a person: `drop` drops the item, `accept` or a label accepts it. Without one it is open.
 *
 * Latest and earliest go by id, which grows with every label.
 *
 * @example
 * resolveLabels(await catalogue.labels([item.id])); // { class: 'comet', review: 'accepted' }
 */
export function resolveLabels(labels: readonly Statement[]): Pick<Item, 'class' | 'review'> {
  const standing = labels.filter(({ retractedAt }) => retractedAt === undefined);
  const strongest = standing.filter(({ kind }) => kind === 'label').reduce<Statement | undefined>(stronger, undefined);
  const decision = standing
    .filter(({ origin }) => origin === 'person')
    .reduce<Statement | undefined>((last, next) => (last && last.id > next.id ? last : next), undefined);
  const review = decision === undefined ? 'open' : decision.kind === 'drop' ? 'dropped' : 'accepted';
  return { class: strongest?.class, review };
}

function stronger(best: Statement | undefined, next: Statement): Statement {
  if (!best) return next;
  const strength = labelOrigins.indexOf(next.origin) - labelOrigins.indexOf(best.origin);
  if (strength !== 0) return strength > 0 ? next : best;
  if (next.origin === 'person') return next.id > best.id ? next : best;
  const confidence = (next.confidence ?? 0) - (best.confidence ?? 0);
  if (confidence !== 0) return confidence > 0 ? next : best;
  return next.id < best.id ? next : best;
}
