import { MessierError } from '../core/errors.js';
import { isDateLike } from './dates.js';
import { storedText } from './texts.js';
import { labelOrigins, type NewItem, type NewLabel } from './types.js';

/** What a catalogue takes. Names stand in indexes, whose entries PostgreSQL keeps under 2,700 bytes. */
export const catalogueLimits = {
  /** Items of one `add`. */
  itemsAtOnce: 10_000,
  /** Characters of a title, a description, all keywords together, or any other text. */
  text: 2 ** 20,
  /** Bytes of a source's name for a picture, as UTF-8. */
  sourceId: 2_000,
  /** Bytes of the name of a source, a class, a dataset, a tree or a question. */
  name: 300,
  /** Labels of one item in one `add`. */
  labels: 1_000,
} as const;

/**
 * An item as it will be stored, or why it cannot be.
 *
 * @throws MessierError `catalogue/item` for a field that breaks a rule, `catalogue/label` for a label, `catalogue/limit` beyond {@link catalogueLimits}.
 */
export function checkedItem(item: NewItem): NewItem {
  const { source, sourceId, keywords, labels, votes } = item;
  const at = `Item ${shown(source)}/${shown(sourceId)}`;
  const rule = (holds: boolean, text: string, value: unknown): void => {
    if (!holds) throw new MessierError('catalogue/item', `${at}: ${text}, ${shown(value)} received.`);
  };
  const size = (name: 'bytes' | 'width' | 'height', least: number): void => {
    rule(Number.isSafeInteger(item[name]) && item[name] >= least, `${name} is a whole number of at least ${least}`, item[name]);
  };
  rule(/^[0-9a-f]{64}$/.test(item.hash), 'hash is a SHA-256 of 64 hexadecimal digits', item.hash);
  rule(/^[0-9a-f]{16}$/.test(item.perceptual), 'perceptual is a hash of 16 hexadecimal digits', item.perceptual);
  size('bytes', 0);
  size('width', 1);
  size('height', 1);
  rule(/^[a-z0-9]{1,20}$/.test(item.format), 'format is a word of small letters and digits', item.format);
  rule(/^\d{4}-\d\d-\d\dT/.test(item.fetchedAt), 'fetchedAt is an ISO 8601 time', item.fetchedAt);
  rule(
    item.date === undefined || isDateLike(item.date),
    'date is 2021, 2021-03, 2021-03-04 or an ISO 8601 time in UTC',
    item.date,
  );
  if (labels.length > catalogueLimits.labels) {
    throw new MessierError(
      'catalogue/limit',
      `${at}: at most ${catalogueLimits.labels} labels at once, ${labels.length} received.`,
    );
  }
  const text = (value: string): string => checkedText(value, at);
  const optional = (value: string | undefined): string | undefined => (value === undefined ? undefined : text(value));
  const stored = keywords.map(text);
  checkedText(stored.join('\n'), `${at}, keywords`);
  return {
    ...item,
    source: checkedName(source, 'The name of a source'),
    sourceId: checkedName(sourceId, "A source's name for a picture", catalogueLimits.sourceId),
    url: optional(item.url),
    title: text(item.title),
    description: text(item.description),
    keywords: stored,
    credit: optional(item.credit),
    copyright: optional(item.copyright),
    licence: optional(item.licence),
    labels: labels.map((label) => checkedLabel(label)),
    votes: votes && checkedVotes(votes, at),
  };
}

/**
 * A label as it will be stored. People alone accept and drop; a class belongs to kind `label` alone.
 *
 * @throws MessierError `catalogue/label`, `catalogue/limit`.
 */
export function checkedLabel<T extends NewLabel>(label: T): T {
  const rule = (holds: boolean, text: string, value: unknown): void => {
    if (!holds) throw new MessierError('catalogue/label', `Label by ${shown(label.by)}: ${text}, ${shown(value)} received.`);
  };
  const { kind, origin, confidence } = label;
  rule(['label', 'accept', 'drop'].includes(kind), 'kind is label, accept or drop', kind);
  rule(labelOrigins.includes(origin), `origin is one of ${labelOrigins.join(', ')}`, origin);
  rule(kind === 'label' || origin === 'person', 'accepting and dropping are decisions of a person', origin);
  rule(confidence === undefined || (confidence >= 0 && confidence <= 1), 'confidence is in [0, 1]', confidence);
  rule((kind === 'label') === (label.class !== undefined), 'a class is named by kind label, and by it alone', label.class);
  return {
    ...label,
    class: label.class === undefined ? undefined : checkedName(label.class, 'The name of a class'),
    by: checkedName(label.by, 'Who says it', catalogueLimits.sourceId),
  };
}

/**
 * A name as it will be stored.
 *
 * @throws MessierError `catalogue/name` where it is empty, `catalogue/limit` where it is too long.
 */
export function checkedName(name: string, what: string, most: number = catalogueLimits.name): string {
  if (name === '') throw new MessierError('catalogue/name', `${what} has at least one character, none received.`);
  // Whatever is longer as UTF-16 is so as UTF-8; a text of many megabytes is not copied to be measured.
  const bytes = name.length > most ? name.length : Buffer.byteLength(name);
  if (bytes > most) {
    throw new MessierError(
      'catalogue/limit',
      `${what} has at most ${most} bytes, ${bytes} received: ${shown(name)}. Give a shorter one.`,
    );
  }
  return storedText(name);
}

function checkedText(text: string, at: string): string {
  if (text.length > catalogueLimits.text) {
    throw new MessierError(
      'catalogue/limit',
      `${at}: a text has at most ${catalogueLimits.text} characters, ${text.length} received. Give the part that describes the picture.`,
    );
  }
  return storedText(text);
}

function checkedVotes({ tree, shares }: NonNullable<NewItem['votes']>, at: string): NonNullable<NewItem['votes']> {
  const entries = Object.entries(shares).map(([question, share]): [string, number] => {
    if (!(share >= 0 && share <= 1)) {
      throw new MessierError('catalogue/item', `${at}: a share of votes is in [0, 1], ${share} received for ${shown(question)}.`);
    }
    return [checkedName(question, 'The name of a question'), share];
  });
  return { tree: checkedName(tree, 'The name of a decision tree'), shares: Object.fromEntries(entries) };
}

/** A value for a message: its beginning, with control characters as escapes. */
const shown = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value));
