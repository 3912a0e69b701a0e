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
  few: 3_000,
  /** Items in which a page is looked for before all that fulfil a restriction are sorted. */
  window: 5_000,
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

/** The items that fulfil one restriction, page by page. */
interface Way {
  readonly restriction: keyof Conditions;
  readonly page: (page: Page) => Promise<readonly number[]>;
  readonly isFew: () => Promise<boolean>;
}

/** Ids of the items that a query means, after one and up to a limit, ascending. */
export async function pageOfIds(
  db: Kysely<Tables>,
  query: ItemQuery,
  page: Page,
  limits = pageOfIdsLimits,
): Promise<readonly number[]> {
  const found = conditionsOf(db, query);
  const ways = await waysOf(db, query, found, limits);
  const [way] = ways;
  const restrictions = Object.values(found).filter((one) => one !== undefined).length;
  if (!way) return await idsOf(db, inOrder(allIds(db, found), sql.ref('id'), page));
  if (restrictions === 1) return await way.page(page);
  // Of kinds it is known how many items there are: few are seldom among the next.
  if ((await ways.find(({ restriction }) => restriction === 'kinds')?.isFew()) !== true) {
    const near = await together(db, query, found, page, limits);
    if (near.length === page.limit) return near;
  }
  for (const one of ways) if (await one.isFew()) return await lookUp(db, one, query, found, page, limits);
  return await lookUp(db, way, query, found, page, limits);
}

/** What restricts a query, best followed first: searches and datasets have the order of ids, lists are merged into it, dates are sorted. */
async function waysOf(
  db: Kysely<Tables>,
  { dataset, text }: ItemQuery,
  found: Conditions,
  limits: Limits,
): Promise<readonly Way[]> {
  const { kinds, dates } = found;
  const ways: Way[] = [];
  if (text !== undefined) {
    const ids = foundBy(db, text);
    ways.push({ restriction: 'text', page: (page) => searched(db, ids, page, limits), isFew: () => isFew(db, ids, limits) });
  }
  if (dataset !== undefined) {
    const ids = membersOf(dataset);
    ways.push({
      restriction: 'dataset',
      page: (page) => idsOf(db, inOrder(ids, sql.ref('item'), page)),
      isFew: () => isFew(db, ids, limits),
    });
  }
  if (kinds) {
    const lists = await listsOf(db, kinds);
    const items = lists.reduce((sum, list) => sum + list.items, 0);
    const page = ({ after, limit }: Page): Promise<readonly number[]> =>
      lists.length <= limits.lists && lists.length * limit <= limits.entries
        ? merged(db, lists, { after, limit })
        : idsOf(db, inOrder(allIds(db, { kinds }), sql.ref('id'), { after, limit }));
    ways.push({ restriction: 'kinds', page, isFew: () => Promise.resolve(items <= limits.few && lists.length <= limits.lists) });
  }
  if (dates) {
    ways.push({
      restriction: 'dates',
      page: (page) => dated(db, dates, page, limits),
      isFew: () => isFew(db, sql`select id as item from items where ${dates}`, limits),
    });
  }
  return ways;
}

/** What all restrictions leave of the next items. */
async function together(
  db: Kysely<Tables>,
  query: ItemQuery,
  { kinds, dates, dataset, text }: Conditions,
  page: Page,
  { window }: Limits,
): Promise<readonly number[]> {
  const last = page.after + window;
  const member = dataset && isMember(query.dataset ?? '', sql.ref('items.id'));
  const words = text && sql<SqlBool>`id in (${foundFrom(db, query, page.after + 1, last)})`;
  const where = all([kinds, dates, member, words, sql<SqlBool>`id <= ${last}`]);
  return await idsOf(db, inOrder(sql`${fromItems(db)} where ${where}`, sql.ref('id'), page));
}

/** The first items of a way that fulfil the other restrictions. */
async function lookUp(
  db: Kysely<Tables>,
  way: Way,
  query: ItemQuery,
  conditions: Conditions,
  { after, limit }: Page,
  { chunk, few }: Limits,
): Promise<readonly number[]> {
  const found: number[] = [];
  const others = { ...conditions, [way.restriction]: undefined };
  let last = after;
  for (let size = chunk; found.length < limit; size = Math.min(4 * size, few)) {
    const ids = await way.page({ after: last, limit: size });
    found.push(...(await fulfilling(db, ids, query, others)));
    if (ids.length < size) break;
    last = ids.at(-1) ?? last;
  }
  return found.slice(0, limit);
}

const foundOf = (db: Kysely<Tables>, { text = '' }: ItemQuery, ids: readonly number[]): RawBuilder<unknown> =>
  sql`${foundBy(db, text)} and ${foundId(db)} in (${sql.join(ids)})`;

/** From one id to another. FTS5 stops at a number of items, not at an id, and begins anew for each of several: it may find some beyond. */
function foundFrom(db: Kysely<Tables>, { text = '' }: ItemQuery, first: number, last: number): RawBuilder<unknown> {
  const id = foundId(db);
  const from = sql`${foundBy(db, text)} and ${id} >= ${first}`;
  return isPostgres(db) ? sql`${from} and ${id} <= ${last}` : sql`${from} order by ${id} limit ${last - first + 1}`;
}

async function fulfilling(
  db: Kysely<Tables>,
  ids: readonly number[],
  query: ItemQuery,
  { kinds, dates, dataset, text }: Conditions,
): Promise<readonly number[]> {
  const [first, last] = [ids[0], ids.at(-1)];
  if (first === undefined || last === undefined) return [];
  const where = all([
    sql<SqlBool>`id in (${sql.join(ids)})`,
    kinds,
    dates,
    dataset && isMember(query.dataset ?? '', sql.ref('items.id')),
    text && sql<SqlBool>`id in (${isPostgres(db) ? foundOf(db, query, ids) : foundFrom(db, query, first, last)})`,
  ]);
  return await idsOf(db, sql`select id as item from items where ${where} order by id`);
}

/** FTS5 finds in the order of ids. PostgreSQL finds all at once, so frequent words are looked for in the next items first. */
async function searched(
  db: Kysely<Tables>,
  ids: RawBuilder<unknown>,
  page: Page,
  { window }: Limits,
): Promise<readonly number[]> {
  const id = foundId(db);
  if (!isPostgres(db)) return await idsOf(db, inOrder(ids, id, page));
  return (await nearby(db, ids, id, page, window)) ?? (await idsOf(db, sorted(ids, id, page)));
}

async function dated(db: Kysely<Tables>, dates: Condition, page: Page, { window }: Limits): Promise<readonly number[]> {
  const id = sql.ref<number>('id');
  const near = await nearby(db, allIds(db, { dates }), id, page, window);
  if (near) return near;
  return await idsOf(db, sorted(sql`select id as item from items where ${dates}`, id, page));
}

/** A full page among the next items, or among somewhat more where the next ones hold a good part of it. */
async function nearby(
  db: Kysely<Tables>,
  ids: RawBuilder<unknown>,
  id: RawBuilder<unknown>,
  page: Page,
  window: number,
): Promise<readonly number[] | undefined> {
  const within = (items: number): Promise<readonly number[]> =>
    idsOf(db, inOrder(sql`${ids} and ${id} <= ${page.after + items}`, id, page));
  const near = await within(window);
  if (near.length === page.limit) return near;
  if (8 * near.length < page.limit) return undefined;
  const further = await within(16 * window);
  return further.length === page.limit ? further : undefined;
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

/** Items by their ids alone: without an index SQLite keeps to the order of ids, in which it may stop early. */
const fromItems = (db: Kysely<Tables>): RawBuilder<unknown> =>
  sql`select id as item from items ${sql.raw(isPostgres(db) ? '' : 'not indexed')}`;

const allIds = (db: Kysely<Tables>, { kinds, dates }: Partial<Conditions>): RawBuilder<unknown> =>
  sql`${fromItems(db)} where ${all([kinds, dates]) ?? sql<SqlBool>`1 = 1`}`;

const inOrder = (ids: RawBuilder<unknown>, id: RawBuilder<unknown>, { after, limit }: Page): RawBuilder<unknown> =>
  sql`${ids} and ${id} > ${after} order by ${id} limit ${limit}`;

/** All that an index finds, then their order: what is materialized is not found by walking through all items. The plus keeps SQLite from it too. */
const sorted = (ids: RawBuilder<unknown>, id: RawBuilder<unknown>, { after, limit }: Page): RawBuilder<unknown> =>
  sql`with found as materialized (${ids} and +${id} > ${after}) select item from found order by item limit ${limit}`;

async function listsOf(db: Kysely<Tables>, kinds: Condition): Promise<readonly ItemCount[]> {
  return (await sql<ItemCount>`select * from item_counts where ${kinds}`.execute(db)).rows;
}

async function isFew(db: Kysely<Tables>, ids: RawBuilder<unknown>, { few }: Limits): Promise<boolean> {
  const counted = await sql<{ rows: number }>`select count(*) as rows from (${ids} limit ${few + 1}) as counted`.execute(db);
  return (counted.rows[0]?.rows ?? 0) <= few;
}

async function idsOf(db: Kysely<Tables>, query: RawBuilder<unknown>): Promise<readonly number[]> {
  const { rows } = await sql<{ item: number }>`${query}`.execute(db);
  return rows.map(({ item }) => item);
}
