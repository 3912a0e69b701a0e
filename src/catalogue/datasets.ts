import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import { MessierError } from '../core/errors.js';
import { among } from './bulk.js';
import { write } from './dialect.js';
import { checkedName } from './new-item.js';
import { condition, conditionsOf } from './query.js';
import type { Tables } from './tables.js';
import { storedText } from './texts.js';
import type { CatalogueDataset, ItemQuery } from './types.js';

/** Items that one statement is given by id. */
const itemsAtOnce = 10_000;

/**
 * Makes a dataset, or adds to it: items by id, or all that a query means now. A description that is given replaces the one before. How many items it has then.
 *
 * @throws MessierError `catalogue/item-absent` for an id without an item, `catalogue/name`, what the query throws.
 */
export async function addToDataset(
  db: Kysely<Tables>,
  name: string,
  items: ItemQuery | readonly number[],
  description?: string,
): Promise<number> {
  const stored = checkedName(name, 'The name of a dataset');
  return await write(db, async (transaction) => {
    const dataset = await datasetId(transaction, stored, description);
    if (isList(items)) {
      for (let start = 0; start < items.length; start += itemsAtOnce) {
        await addByIds(transaction, dataset, items.slice(start, start + itemsAtOnce));
      }
    } else {
      await addWhere(transaction, dataset, condition(conditionsOf(transaction, items)));
    }
    const { count } = await transaction
      .selectFrom('dataset_items')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('dataset', '=', dataset)
      .executeTakeFirstOrThrow();
    return count;
  });
}

/** By name. */
export async function listDatasets(db: Kysely<Tables>): Promise<readonly CatalogueDataset[]> {
  const rows = await db
    .selectFrom('datasets')
    .leftJoin('dataset_items', 'dataset', 'datasets.id')
    .select(({ fn }) => ['name', 'description', 'created_at', fn.count<number>('dataset_items.item').as('items')])
    .groupBy('datasets.id')
    .orderBy('name')
    .execute();
  return rows.map(({ created_at, ...row }) => ({ ...row, createdAt: created_at }));
}

/**
 * Removes the name and the selection; the items stay.
 *
 * @throws MessierError `catalogue/dataset` where there is no such dataset.
 */
export async function removeDataset(db: Kysely<Tables>, name: string): Promise<void> {
  await write(db, async (transaction) => {
    const dataset = await transaction.selectFrom('datasets').select('id').where('name', '=', storedText(name)).executeTakeFirst();
    if (!dataset) {
      const names = (await transaction.selectFrom('datasets').select('name').orderBy('name').limit(10).execute()).map(
        (row) => row.name,
      );
      throw new MessierError(
        'catalogue/dataset',
        `There is no dataset ${JSON.stringify(name.slice(0, 80))}. There are: ${names.join(', ') || 'none'}.`,
      );
    }
    await transaction.deleteFrom('dataset_items').where('dataset', '=', dataset.id).execute();
    await transaction.deleteFrom('datasets').where('id', '=', dataset.id).execute();
  });
}

async function datasetId(db: Kysely<Tables>, name: string, description: string | undefined): Promise<number> {
  const { id } = await db
    .insertInto('datasets')
    .values({ name, description: storedText(description ?? ''), created_at: new Date().toISOString() })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet(description === undefined ? { name } : { description: storedText(description) }),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

async function addByIds(db: Kysely<Tables>, dataset: number, ids: readonly number[]): Promise<void> {
  const whole = ids.filter((id) => Number.isSafeInteger(id));
  const rows = await db
    .selectFrom('items')
    .select('id')
    .where(sql<boolean>`id ${among(db, 'whole', whole)}`)
    .execute();
  const there = new Set(rows.map(({ id }) => id));
  const absent = ids.find((id) => !there.has(id));
  if (absent !== undefined) {
    throw new MessierError(
      'catalogue/item-absent',
      `There is no item ${absent} to add to the dataset. Ask for items by a query.`,
    );
  }
  await addWhere(db, dataset, sql<SqlBool>`id ${among(db, 'whole', whole)}`);
}

async function addWhere(db: Kysely<Tables>, dataset: number, where: RawBuilder<SqlBool>): Promise<void> {
  await sql`insert into dataset_items (dataset, item) select ${sql.lit(dataset)}, items.id from items where ${where} on conflict do nothing`.execute(
    db,
  );
}

const isList = (items: ItemQuery | readonly number[]): items is readonly number[] => Array.isArray(items);
