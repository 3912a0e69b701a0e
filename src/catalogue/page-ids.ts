import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import { isPostgres } from './dialect.js';
import { all, conditionsOf, foundBy, foundId, isMember, membersOf, type Condition, type Conditions } from './query.js';
import type { Tables } from './tables.js';
import type { ItemCount, ItemQuery } from './types.js';

/**
 * A page in the order of ids is found quickly where rows come in that order and most of them belong to it, and where few rows can belong to it. The
 * databases don't know which of these holds: classes and dates arrive in runs, and what several values match has no common order.
 */
export const pageOfIdsLimits = {
  /** A restriction that at most so many items fulfil is followed first, and the others are looked up for these. */
  few: 10_000,
  /** The same for dates alone, where the index answers. */
  fewDates: 100_000,
  /** Lists of one class, source and review that are merged; SQLite joins at most 500 selections. */
  lists: 400,
  /** Entries of these lists that a page may read. */
  entries: 60_000,
  /** Candidates that are looked up first; then four times as many. */
  chunk: 300,
};
type Limits = typeof pageOfIdsLimits;

interface Page {
  readonly after: number;
  readonly limit: number;
}
type Candidates = (page: Page) => Promise<readonly number[]>;

/** Ids of the items that a query means, after one and up to a limit, ascending. */
export async function pageOfIds(
  db: Kysely<Tables>,
  query: ItemQuery,
  page: Page,
  limits = pageOfIdsLimits,
): Promise<readonly number[]> {
  const found = conditionsOf(db, query);
  const { kinds, dates, dataset, text } = found;
  const restrictions = [kinds, dates, dataset, text].filter((one) => one !== undefined).length;
  if (restrictions > 1) {
    const few = await fewCandidates(db, query, found, limits);
    if (few) return await lookUp(db, few, query, found, page, limits);
  } else if (kinds) {
    const lists = await listsOf(db, kinds);
    if (lists.length <= limits.lists && lists.length * page.limit <= limits.entries) return await merged(db, lists, page);
  } else if (dates && !(await holdsMore(db, datedIds(dates), limits.fewDates))) {
    return await idsOf(db, datesInOrder(db, dates, page));
  }
  return await scan(db, query, found, page);
}

/** A page of the items that fulfil one of the restrictions, where these are few. */
async function fewCandidates(
  db: Kysely<Tables>,
  { dataset, text }: ItemQuery,
  { kinds, dates }: Conditions,
  limits: Limits,
): Promise<Candidates | undefined> {
  if (kinds) {
    const lists = await listsOf(db, kinds);
    const items = lists.reduce((sum, list) => sum + list.items, 0);
    if (items <= limits.few && lists.length <= limits.lists) return (page) => merged(db, lists, page);
  }
  if (dataset !== undefined && !(await holdsMore(db, membersOf(dataset), limits.few))) {
    return (page) => idsOf(db, inOrder(membersOf(dataset), sql.ref('item'), page));
  }
  if (text !== undefined && !(await holdsMore(db, foundBy(db, text), limits.few))) {
    return (page) => idsOf(db, inOrder(foundBy(db, text), foundId(db), page));
  }
  if (dates && !(await holdsMore(db, datedIds(dates), limits.few))) return (page) => idsOf(db, datesInOrder(db, dates, page));
  return undefined;
}

/** The first of the candidates that fulfil all restrictions. */
async function lookUp(
  db: Kysely<Tables>,
  candidates: Candidates,
  query: ItemQuery,
  conditions: Conditions,
  { after, limit }: Page,
  { chunk, few }: Limits,
): Promise<readonly number[]> {
  const found: number[] = [];
  let last = after;
  for (let size = chunk; found.length < limit; size = Math.min(4 * size, few)) {
    const ids = await candidates({ after: last, limit: size });
    found.push(...(await fulfilling(db, ids, query, conditions)));
    if (ids.length < size) break;
    last = ids.at(-1) ?? last;
  }
  return found.slice(0, limit);
}

async function fulfilling(
  db: Kysely<Tables>,
  ids: readonly number[],
  { dataset, text }: ItemQuery,
  { kinds, dates }: Conditions,
): Promise<readonly number[]> {
  const [first, last] = [ids[0], ids.at(-1)];
  if (first === undefined || last === undefined) return [];
  // SQLite's search would begin anew for each id; the words of all between them it reads in one go.
  const among = isPostgres(db) ? sql`in (${sql.join(ids)})` : sql`between ${first} and ${last}`;
  const where = all([
    sql<SqlBool>`id in (${sql.join(ids)})`,
    kinds,
    dates,
    dataset === undefined ? undefined : isMember(dataset, sql.ref('items.id')),
    text === undefined ? undefined : sql<SqlBool>`id in (${foundBy(db, text)} and ${foundId(db)} ${among})`,
  ]);
  return await idsOf(db, sql`select id as item from items where ${where} order by id`);
}

/** Items in the order of ids until there are enough; led by the search or the dataset, which have that order. */
async function scan(
  db: Kysely<Tables>,
  { dataset, text }: ItemQuery,
  { kinds, dates }: Conditions,
  { after, limit }: Page,
): Promise<readonly number[]> {
  const columns = all([kinds, dates]);
  const member = dataset === undefined ? undefined : isMember(dataset, sql.ref('items.id'));
  if (text !== undefined && (!isPostgres(db) || (!columns && !member))) {
    const id = foundId(db);
    // SQLite keeps to the order of tables that a cross join gives.
    const joined = columns || member ? sql`cross join items on items.id = ${id}` : sql``;
    const where = all([sql<SqlBool>`${id} > ${after}`, columns, member]);
    return await idsOf(db, sql`${foundBy(db, text, joined)} and ${where} order by ${id} limit ${limit}`);
  }
  if (dataset !== undefined && text === undefined) {
    const joined = columns ? sql`cross join items` : sql``;
    const where = all([sql<SqlBool>`item > ${after}`, columns && sql<SqlBool>`items.id = item`, columns]);
    return await idsOf(db, sql`${membersOf(dataset, joined)} and ${where} order by item limit ${limit}`);
  }
  const found = text === undefined ? undefined : sql<SqlBool>`id in (${foundBy(db, text)})`;
  const where = all([sql<SqlBool>`id > ${after}`, columns, member, found]);
  // Without an index SQLite keeps to the order of ids, in which it may stop early.
  const items = isPostgres(db) ? sql`items` : sql`items not indexed`;
  return await idsOf(db, sql`select id as item from ${items} where ${where} order by id limit ${limit}`);
}

/** The first of several lists of one class, source and review each. */
async function merged(db: Kysely<Tables>, lists: readonly ItemCount[], { after, limit }: Page): Promise<readonly number[]> {
  if (lists.length === 0) return [];
  const heads = lists.map(
    (list) => sql`select * from (select id from items where class = ${list.class} and source = ${list.source}
      and review = ${list.review} and id > ${after} order by id limit ${limit}) as head`,
  );
  return await idsOf(db, sql`select id as item from (${sql.join(heads, sql` union all `)}) as heads order by id limit ${limit}`);
}

/** Dates first, then the order of ids. */
function datesInOrder(db: Kysely<Tables>, dates: Condition, { after, limit }: Page): RawBuilder<unknown> {
  return isPostgres(db)
    ? sql`with dated as materialized (${datedIds(dates)} and id > ${after}) select item from dated order by item limit ${limit}`
    : sql`${datedIds(dates)} and +id > ${after} order by +id limit ${limit}`;
}

const inOrder = (ids: RawBuilder<unknown>, id: RawBuilder<unknown>, { after, limit }: Page): RawBuilder<unknown> =>
  sql`${ids} and ${id} > ${after} order by ${id} limit ${limit}`;

const datedIds = (dates: Condition): RawBuilder<unknown> => sql`select id as item from items where ${dates}`;

async function listsOf(db: Kysely<Tables>, kinds: Condition): Promise<readonly ItemCount[]> {
  return (await sql<ItemCount>`select * from item_counts where ${kinds}`.execute(db)).rows;
}

async function holdsMore(db: Kysely<Tables>, rows: RawBuilder<unknown>, than: number): Promise<boolean> {
  const counted = await sql<{ rows: number }>`select count(*) as rows from (${rows} limit ${than + 1}) as counted`.execute(db);
  return (counted.rows[0]?.rows ?? 0) > than;
}

async function idsOf(db: Kysely<Tables>, query: RawBuilder<unknown>): Promise<readonly number[]> {
  const { rows } = await sql<{ item: number }>`${query}`.execute(db);
  return rows.map(({ item }) => item);
}
