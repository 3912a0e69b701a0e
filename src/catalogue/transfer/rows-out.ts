import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { WorkOptions } from '../../core/progress.js';
import type { TableCell, TableCells } from '../../formats/table-cells.js';
import { pageOfIds } from '../page-ids.js';
import type { Tables } from '../tables.js';
import type { ItemQuery } from '../types.js';
import { exportTables, type ExportTable } from './schema.js';

/** Items whose rows are read at once. */
const itemsAtOnce = 2_000;
/** Rows of tables without items that are read at once. */
const rowsAtOnce = 5_000;

/** Ids of the items of an export, ascending; an item's number is its place, from 1. */
export async function exportedIds(
  db: Kysely<Tables>,
  query: ItemQuery,
  { signal, progress, total }: WorkOptions & { readonly total: number },
): Promise<Float64Array> {
  const ids = new Float64Array(total);
  let done = 0;
  while (done < total) {
    signal?.throwIfAborted();
    const page = await pageOfIds(db, query, { after: ids[done - 1] ?? 0, limit: Math.min(itemsAtOnce, total - done) });
    if (page.length === 0) break;
    ids.set(page, done);
    done += page.length;
    progress?.({ stage: 'find items', done, total, unit: 'items' });
  }
  return ids.subarray(0, done);
}

/** The rows of a table of an export, in its order. */
export async function* tableRows(
  db: Kysely<Tables>,
  table: ExportTable,
  ids: Float64Array,
  isWhole: boolean,
): AsyncGenerator<TableCells> {
  if (table === 'items')
    yield* ofItems(
      ids,
      (first, last) => sql`select items.*, id as item from items where id between ${first} and ${last} order by id`,
      db,
      table,
    );
  else if (table === 'origins')
    yield* ofItems(ids, (first, last) => between('origins', first, last, 'source, source_id'), db, table);
  else if (table === 'labels') yield* ofItems(ids, (first, last) => between('labels', first, last, 'at, id'), db, table);
  else if (table === 'votes') yield* ofItems(ids, (first, last) => between('votes', first, last, 'tree, question'), db, table);
  else if (table === 'datasets' || table === 'dataset_items') yield* ofDatasets(db, table, ids, isWhole);
  else if (isWhole) yield* ofTable(db, table);
}

const between = (table: string, first: number, last: number, order: string): RawBuilder<unknown> =>
  sql`select * from ${sql.table(table)} where item between ${first} and ${last} order by item, ${sql.raw(order)}`;

type Row = Readonly<Record<string, TableCell>>;

async function* ofItems(
  ids: Float64Array,
  rowsBetween: (first: number, last: number) => RawBuilder<unknown>,
  db: Kysely<Tables>,
  table: ExportTable,
): AsyncGenerator<TableCells> {
  for (let start = 0; start < ids.length; start += itemsAtOnce) {
    const some = ids.subarray(start, start + itemsAtOnce);
    const numbers = new Map(Array.from(some, (id, index) => [id, start + index + 1]));
    for (const row of await rowsOf(db, rowsBetween(some[0] ?? 0, some.at(-1) ?? 0))) {
      const number = numbers.get(Number(row['item']));
      if (number !== undefined) yield cellsOf(table, { ...row, item: number });
    }
  }
}

/** Datasets by name; of a selection those that have one of its items. */
async function* ofDatasets(
  db: Kysely<Tables>,
  table: 'datasets' | 'dataset_items',
  ids: Float64Array,
  isWhole: boolean,
): AsyncGenerator<TableCells> {
  const datasets = await rowsOf(db, sql`select * from datasets order by name`);
  for (const dataset of datasets) {
    let isThere = isWhole && table === 'datasets';
    if (isThere) yield cellsOf(table, dataset);
    for (let start = 0; start < ids.length && !isThere; start += itemsAtOnce) {
      const some = ids.subarray(start, start + itemsAtOnce);
      const numbers = new Map(Array.from(some, (id, index) => [id, start + index + 1]));
      const members = await rowsOf(
        db,
        sql`select item from dataset_items where dataset = ${dataset['id']} and item between ${some[0]} and ${some.at(-1)} order by item`,
      );
      for (const { item = null } of members) {
        const number = numbers.get(Number(item));
        if (number === undefined) continue;
        if (table === 'dataset_items') yield cellsOf(table, { dataset: dataset['name'] ?? null, item: number });
        else {
          yield cellsOf(table, dataset);
          isThere = true;
          break;
        }
      }
    }
  }
}

/** A table by its key; one row at a time where rows are large. */
async function* ofTable(db: Kysely<Tables>, table: 'splits' | 'runs' | 'models' | 'refusals'): AsyncGenerator<TableCells> {
  const key = { splits: ['hash'], runs: ['id'], models: ['hash'], refusals: ['source', 'source_id'] }[table];
  const columns = sql.join(key.map((name) => sql.ref(name)));
  for (let last: readonly TableCell[] | undefined; ;) {
    const after = last ? sql`where (${columns}) > (${sql.join([...last])})` : sql``;
    const limit = table === 'splits' ? 1 : rowsAtOnce;
    const rows = await rowsOf(db, sql`select * from ${sql.table(table)} ${after} order by ${columns} limit ${limit}`);
    const end = rows.at(-1);
    if (!end) return;
    for (const row of rows) yield cellsOf(table, row);
    last = key.map((name) => end[name] ?? null);
  }
}

const cellsOf = (table: ExportTable, row: Row): TableCells => exportTables[table].map(({ name }) => row[name] ?? null);

async function rowsOf(db: Kysely<Tables>, query: RawBuilder<unknown>): Promise<readonly Row[]> {
  return (await sql<Row>`${query}`.execute(db)).rows;
}
