import { isDateLike } from '../catalogue/dates.js';
import { catalogueLimits, checkedItem, checkedLabel, checkedName } from '../catalogue/new-item.js';
import { resolveLabels } from '../catalogue/resolve.js';
import type { NewItem } from '../catalogue/types.js';
import { MessierError } from '../core/errors.js';
import type { Intake } from './intake.js';
import type { Offer } from './source.js';

/** The class that an offer's labels come to; `''` without one. */
export function classOf({ labels }: Pick<Offer, 'labels'>): string {
  return resolveLabels(labels.map((label, id) => ({ ...label, id, retractedAt: undefined }))).class ?? '';
}

/** The offer under the name and with the labels that the catalogue keeps, or why it keeps none such. */
export function checkedOffer(offer: Offer): Offer | MessierError {
  try {
    const sourceId = checkedName(offer.sourceId, "A source's name for a picture", catalogueLimits.sourceId);
    const labels = offer.labels.map(checkedLabel);
    return { ...offer, sourceId, labels, read: (...how) => offer.read(...how) };
  } catch (error) {
    if (error instanceof MessierError) return error;
    throw error;
  }
}

/**
 * The row of a picture: what was seen of it, and what its source says. A date that can't be compared with others is left out.
 *
 * @throws MessierError what the catalogue refuses: `catalogue/limit`, `catalogue/item`, `catalogue/label`.
 */
export function itemOf(source: string, offer: Offer, seen: Intake, url: string | undefined): NewItem {
  const { sourceId, title = '', description = '', keywords = [], date, credit, copyright, licence, labels, votes } = offer;
  const { hash, bytes, format, width, height, perceptual } = seen;
  return checkedItem({
    ...{ hash, bytes, format, width, height, perceptual, source, sourceId },
    ...{ title, description, keywords, credit, copyright, licence, labels, votes },
    url: url ?? offer.url,
    date: date !== undefined && isDateLike(date) ? date : undefined,
    fetchedAt: new Date().toISOString(),
  });
}

/** Text of others for a line on a terminal: short, on one line, without control characters. */
export const plainLine = (text: string): string => text.slice(0, 300).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
