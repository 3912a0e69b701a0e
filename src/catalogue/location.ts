import { MessierError } from '../core/errors.js';
import { isDateLike } from './dates.js';
import type { ItemQuery, Review } from './types.js';

/** What a location begins with. */
const scheme = 'catalogue:';

const reviewStates: readonly Review[] = ['open', 'accepted', 'dropped'];
const fields = ['class', 'source', 'review', 'text', 'since', 'until'] as const;
type Field = (typeof fields)[number];

/** Whether a text is meant as a location within the catalogue. */
export const isCatalogueLocation = (text: string): boolean => text.startsWith(scheme);

/**
 * Reads `catalogue:NAME?class=galaxy,nebula&source=nasa&review=open,accepted&text=ring&since=2010&until=2020`. NAME is a dataset; without it the whole
 * catalogue is meant. Values are those of {@link ItemQuery}; several are separated by commas, and what a URL can't hold is written as URLs write it (`%2C`
 * is a comma within a name, `+` or `%20` a space). Items that were dropped are left out unless `review` says otherwise.
 *
 * @throws MessierError `catalogue/location`.
 *
 * @example
 * parseLocation('catalogue:six?class=comet'); // { dataset: 'six', classes: ['comet'], reviews: ['open', 'accepted'] }
 */
export function parseLocation(text: string): ItemQuery {
  if (!isCatalogueLocation(text)) {
    throw refused(text, `it begins with "${scheme}"`, 'Write catalogue:NAME or catalogue:?class=galaxy.');
  }
  const [name = '', ...rest] = text.slice(scheme.length).split('?');
  const given = new Map<Field, string>();
  for (const part of rest.join('?').split('&')) {
    if (part === '') continue;
    const [key = '', ...value] = part.split('=');
    const field = fields.find((one) => one === key);
    if (field === undefined) {
      throw refused(
        text,
        `it has the fields ${fields.join(', ')}; "${key}" received`,
        'Take one of these, or write %26 for an & within a value.',
      );
    }
    if (given.has(field)) {
      throw refused(text, `each field stands once; "${field}" stands twice`, 'Separate several values by commas.');
    }
    if (value.length === 0) throw refused(text, `a field has a value; "${field}" has none`, `Write ${field}=VALUE.`);
    given.set(field, value.join('='));
  }
  const one = (field: Field): string | undefined => {
    const value = given.get(field);
    return value === undefined ? undefined : decoded(value, text);
  };
  const several = (field: Field): readonly string[] | undefined =>
    given
      .get(field)
      ?.split(',')
      .map((value) => decoded(value, text));
  const date = (field: 'since' | 'until'): string | undefined => {
    const value = one(field);
    if (value === undefined || isDateLike(value)) return value;
    throw refused(text, `${field} is a date; "${value}" received`, 'Write 2010, 2010-06 or 2010-06-01.');
  };
  const found = {
    dataset: name === '' ? undefined : decoded(name, text),
    classes: several('class'),
    sources: several('source'),
    reviews: (several('review') ?? ['open', 'accepted']).map((value) => reviewOf(value, text)),
    text: one('text'),
    since: date('since'),
    until: date('until'),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/**
 * The location that {@link parseLocation} reads as this query.
 *
 * @throws MessierError `catalogue/location` for an empty list, which would find nothing, and for characters that Unicode doesn't have.
 *
 * @example
 * formatLocation({ dataset: 'six', reviews: ['open', 'accepted'] }); // catalogue:six
 */
export function formatLocation(query: ItemQuery): string {
  const { dataset = '', classes, sources, reviews = reviewStates, text, since, until } = query;
  const isUsual = reviews.length === 2 && reviews.includes('open') && reviews.includes('accepted');
  const parts: readonly (readonly [Field, readonly string[] | undefined])[] = [
    ['class', classes],
    ['source', sources],
    ['review', isUsual ? undefined : reviews],
    ['text', text === undefined ? undefined : [text]],
    ['since', since === undefined ? undefined : [since]],
    ['until', until === undefined ? undefined : [until]],
  ];
  const empty = parts.find(([, values]) => values?.length === 0);
  if (empty)
    throw refused(scheme, `a field has a value; "${empty[0]}" is an empty list`, 'Leave the field out, or name a value.');
  const said = parts.flatMap(([field, values]) => (values === undefined ? [] : [`${field}=${values.map(encoded).join(',')}`]));
  return `${scheme}${encoded(dataset)}${said.length === 0 ? '' : `?${said.join('&')}`}`;
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(text).replaceAll('%20', '+');
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw refused(text, 'its characters are those of Unicode; half a surrogate pair received', 'Leave it out.');
  }
}

function decoded(text: string, location: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw refused(location, `a % is followed by the code of a character; "${text}" received`, 'Write %25 for a percent sign.');
  }
}

function reviewOf(value: string, location: string): Review {
  const review = reviewStates.find((one) => one === value);
  if (review !== undefined) return review;
  throw refused(location, `review is of ${reviewStates.join(', ')}; "${value}" received`, 'Take one or several of these.');
}

const refused = (location: string, rule: string, wayOut: string): MessierError =>
  new MessierError('catalogue/location', `"${location.slice(0, 200)}" is no location in the catalogue: ${rule}. ${wayOut}`);
