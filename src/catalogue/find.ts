import { sql, type Kysely } from 'kysely';
import { MessierError } from '../core/errors.js';
import { pageOfIds } from './page-ids.js';
import { itemOf } from './rows.js';
import type { Tables } from './tables.js';
import type { Item, ItemQuery, PageOptions } from './types.js';

const pageLimits = { least: 1, usual: 50, most: 1000 } as const;

/** Hashes that one statement asks for; both databases take more. */
const hashesAtOnce = 1000;

/** {@link Catalogue.find}. @throws MessierError `catalogue/page`, `catalogue/query`, `catalogue/search`. */
export async function find(
  db: Kysely<Tables>,
  query: ItemQuery,
  { limit = pageLimits.usual, after = 0 }: PageOptions = {},
): Promise<{ readonly items: readonly Item[]; readonly next: number | undefined }> {
  if (!Number.isInteger(limit) || limit < pageLimits.least || limit > pageLimits.most) {
    throw new MessierError('catalogue/page', `A page holds ${pageLimits.least} to ${pageLimits.most} items, ${limit} asked for.`);
  }
  if (!Number.isSafeInteger(after) || after < 0) {
    throw new MessierError(
      'catalogue/page',
      `A page begins after an item's id, ${after} received. Give the \`next\` of the page before.`,
    );
  }
  const ids = await pageOfIds(db, query, { after, limit: limit + 1 });
  const items = await itemsOf(db, ids.slice(0, limit));
  return { items, next: ids.length > limit ? ids[limit - 1] : undefined };
}

/** {@link Catalogue.stream}. */
export async function* stream(db: Kysely<Tables>, query: ItemQuery): AsyncGenerator<Item> {
  for (let after: number | undefined = 0; after !== undefined;) {
    const { items, next }: Awaited<ReturnType<typeof find>> = await find(db, query, { limit: pageLimits.most, after });
    yield* items;
    after = next;
  }
}

/** {@link Catalogue.byHash}. */
export async function byHash(db: Kysely<Tables>, hashes: readonly string[]): Promise<ReadonlyMap<string, Item>> {
  const found = new Map<string, Item>();
  for (let start = 0; start < hashes.length; start += hashesAtOnce) {
    // No hash holds what PostgreSQL refuses.
    const some = hashes.slice(start, start + hashesAtOnce).filter((hash) => /^[0-9a-f]{64}$/.test(hash));
    if (some.length === 0) continue;
    const rows = await db.selectFrom('items').selectAll().where('hash', 'in', some).execute();
    for (const row of rows) found.set(row.hash, itemOf(row));
  }
  return found;
}

/** Rows of one page of fingerprints. */
const fingerprintPage = 10_000;

/** {@link Catalogue.fingerprints}. */
export async function* fingerprints(
  db: Kysely<Tables>,
  query: ItemQuery = {},
): AsyncGenerator<Pick<Item, 'id' | 'hash' | 'perceptual'>> {
  for (let after = 0; ;) {
    const ids = await pageOfIds(db, query, { after, limit: fingerprintPage });
    const last = ids.at(-1);
    if (last === undefined) return;
    // As many values as a page has would be slow to bind: all between the first and the last, where they are most.
    const wanted = new Set(ids);
    const { rows } = await sql<Pick<Item, 'id' | 'hash' | 'perceptual'>>`
      select id, hash, perceptual from items where id > ${after} and id <= ${last} order by id`.execute(db);
    for (const row of rows) if (wanted.has(row.id)) yield row;
    after = last;
  }
}

async function itemsOf(db: Kysely<Tables>, ids: readonly number[]): Promise<readonly Item[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('items')
    .selectAll()
    .where('id', 'in', [...ids])
    .orderBy('id')
    .execute();
  return rows.map(itemOf);
}
