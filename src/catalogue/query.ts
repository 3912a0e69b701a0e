import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import { MessierError } from '../core/errors.js';
import { isDateLike, lastOf } from './dates.js';
import { isPostgres } from './dialect.js';
import { fts5Match, parseSearch, tsqueryText } from './search-words.js';
import type { Tables } from './tables.js';
import type { ItemQuery } from './types.js';

/** What a query may hold. */
export const queryLimits = {
  /** Classes, sources or reviews of one query. */
  values: 1000,
  /** Characters of one of its values. */
  value: 1000,
} as const;

/** A condition on rows of `items`, or of a table with the same columns. */
export type Condition = RawBuilder<SqlBool>;

/** What a query restricts, each field or group of fields as a condition of its own; `undefined` where it restricts nothing. */
export interface Conditions {
  /** Class, source and review: columns that `item_counts` has too. */
  readonly kinds: Condition | undefined;
  readonly dates: Condition | undefined;
  readonly dataset: Condition | undefined;
  readonly text: Condition | undefined;
}

/**
 * Dates compare as texts: an item whose date is less exact than what is asked, `2010` for `since: 2010-06-01`, stands at the beginning of its time.
 *
 * @throws MessierError `catalogue/query`, `catalogue/search`.
 */
export function conditionsOf(db: Kysely<Tables>, query: ItemQuery): Conditions {
  checkQuery(query);
  const { classes, sources, reviews, dataset, since, until, text } = query;
  return {
    kinds: all([classes && oneOf('class', classes), sources && oneOf('source', sources), reviews && oneOf('review', reviews)]),
    dates: all([
      since === undefined ? undefined : sql<SqlBool>`date >= ${since}`,
      until === undefined ? undefined : sql<SqlBool>`date <= ${lastOf(until)}`,
    ]),
    dataset: dataset === undefined ? undefined : sql<SqlBool>`items.id in (${membersOf(dataset)})`,
    text: text === undefined ? undefined : sql<SqlBool>`items.id in (${foundBy(db, text)})`,
  };
}

/** All that a query restricts; true where it restricts nothing. */
export function condition({ kinds, dates, dataset, text }: Conditions): Condition {
  return all([kinds, dates, dataset, text]) ?? sql<SqlBool>`1 = 1`;
}

/** Ids of the items of a dataset, as `item`; to be followed by further conditions. */
export const membersOf = (dataset: string): RawBuilder<unknown> =>
  sql`select item from dataset_items where dataset = (select id from datasets where name = ${dataset})`;

export const isMember = (dataset: string, id: RawBuilder<unknown>): Condition =>
  sql<SqlBool>`exists (${membersOf(dataset)} and item = ${id})`;

/** Ids of the items that a search finds, as `item`; to be followed by further conditions, on {@link foundId}. */
export function foundBy(db: Kysely<Tables>, text: string): RawBuilder<unknown> {
  const search = parseSearch(text);
  return isPostgres(db)
    ? sql`select item from item_words where words @@ ${tsqueryText(search)}::tsquery`
    : sql`select item_words.rowid as item from item_words where words match ${fts5Match(search)}`;
}

export const foundId = (db: Kysely<Tables>): RawBuilder<number> => sql.ref(`item_words.${isPostgres(db) ? 'item' : 'rowid'}`);

export function all(conditions: readonly (Condition | undefined)[]): Condition | undefined {
  const given = conditions.filter((one) => one !== undefined);
  return given.length === 0 ? undefined : sql<SqlBool>`(${sql.join(given, sql` and `)})`;
}

const oneOf = (column: string, values: readonly string[]): Condition =>
  values.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`${sql.ref(column)} in (${sql.join(values)})`;

function checkQuery(query: ItemQuery): void {
  const { dataset, classes, sources, reviews, since, until } = query;
  for (const [field, values] of Object.entries({ classes, sources, reviews, dataset: dataset === undefined ? [] : [dataset] })) {
    if (values === undefined) continue;
    if (values.length > queryLimits.values) {
      throw new MessierError('catalogue/query', `A query has at most ${queryLimits.values} ${field}, ${values.length} received.`);
    }
    const bad = values.find((value) => value.length > queryLimits.value || /\0|\p{Cs}/u.test(value));
    if (bad !== undefined) {
      throw new MessierError(
        'catalogue/query',
        `${field} of a query are texts of at most ${queryLimits.value} characters without NUL and half surrogate pairs; ${JSON.stringify(bad.slice(0, 80))} received. No item has such a one.`,
      );
    }
  }
  for (const [field, value] of Object.entries({ since, until })) {
    if (value === undefined || isDateLike(value)) continue;
    const given = JSON.stringify(value.slice(0, 80));
    throw new MessierError('catalogue/query', `${field} is a date, 2010 or 2010-06 or 2010-06-01; ${given} received.`);
  }
}
