import { sql, type Kysely } from 'kysely';
import type { WorkOptions } from '../../core/progress.js';
import { nextId, storedItems } from '../arrivals.js';
import { among, insertRows, type Cell, type ColumnKind } from '../bulk.js';
import type { CatalogueDatabase } from '../database.js';
import { write } from '../dialect.js';
import type { Tables } from '../tables.js';
import { checkExport, readTable, textOf, type ExportRow } from './check.js';
import { readManifest, type ExportManifest } from './manifest.js';
import { takeItems, type ItemRows } from './take-items.js';
import { exportTables, type ExportTable } from './schema.js';

/** What came of an import. */
export interface Imported {
  /** Items that were not there. */
  readonly added: number;
  /** Items whose content was there. */
  readonly known: number;
}

/** Items, or rows of other tables, of one transaction. */
const atOnce = 2_000;

/**
 * Takes in an export. Items are known by their content: what is there keeps its fields, and gains names, labels, votes and datasets that it didn't have;
 * labels that were retracted in the export are retracted here too. Ids are this catalogue's own. The same import again changes nothing.
 *
 * Everything is read and checked before anything is written. An import that is stopped or killed leaves a whole catalogue with a part of the items; the
 * same command goes on.
 *
 * @throws MessierError `catalogue/export-absent`, `catalogue/export-foreign`, `catalogue/export-newer`, `catalogue/export-damaged`, and what writing throws.
 *
 * @example
 * const { added } = await importCatalogue(database, 'six');
 */
export async function importCatalogue(
  { db }: Pick<CatalogueDatabase, 'db'>,
  folder: string,
  work: WorkOptions = {},
): Promise<Imported> {
  work.signal?.throwIfAborted();
  const manifest = await readManifest(folder);
  await checkExport(folder, manifest, work);
  const ids = new Float64Array(manifest.tables.items.rows + 1);
  const added = await importItems(db, folder, manifest, ids, work);
  for (const table of ['datasets', 'dataset_items', 'splits', 'runs', 'models', 'refusals'] as const) {
    for await (const rows of batches(readTable(folder, table, manifest), table === 'splits' ? 1 : atOnce)) {
      work.signal?.throwIfAborted();
      await write(db, (transaction) => takeRows(transaction, table, rows, ids));
    }
  }
  return { added, known: manifest.tables.items.rows - added };
}

async function importItems(
  db: Kysely<Tables>,
  folder: string,
  manifest: ExportManifest,
  ids: Float64Array,
  { signal, progress }: WorkOptions,
): Promise<number> {
  const table = (name: ExportTable): ItemCursor => new ItemCursor(readTable(folder, name, manifest));
  const cursors = { origins: table('origins'), labels: table('labels'), votes: table('votes') };
  let added = 0;
  let done = 0;
  try {
    for await (const items of batches(readTable(folder, 'items', manifest), atOnce)) {
      signal?.throwIfAborted();
      const last = done + items.length;
      const rows: ItemRows = {
        items,
        origins: await cursors.origins.until(last),
        labels: await cursors.labels.until(last),
        votes: await cursors.votes.until(last),
      };
      added += await write(db, async (transaction) => {
        const there = await storedItems(
          transaction,
          items.map((row) => textOf(row, 'hash')),
        );
        let next = await nextId(transaction);
        const places = new Map(there);
        for (const row of items) {
          const hash = textOf(row, 'hash');
          if (!places.has(hash)) places.set(hash, next++);
          ids[Number(row['item'])] = places.get(hash) ?? NaN;
        }
        await takeItems(transaction, rows, ids, new Set(there.values()));
        return places.size - there.size;
      });
      done = last;
      progress?.({ stage: 'import items', done, total: manifest.tables.items.rows, unit: 'items' });
    }
  } finally {
    for (const cursor of Object.values(cursors)) await cursor.close();
  }
  return added;
}

/** Rows in the order of items, handed out item by item. */
class ItemCursor {
  private readonly rows: AsyncIterator<ExportRow>;
  private waiting: ExportRow | undefined;
  constructor(rows: AsyncGenerator<ExportRow>) {
    this.rows = rows;
  }

  async until(item: number): Promise<readonly ExportRow[]> {
    const taken: ExportRow[] = [];
    for (;;) {
      const row = this.waiting ?? (await this.take());
      if (!row || Number(row['item']) > item) {
        this.waiting = row;
        return taken;
      }
      this.waiting = undefined;
      taken.push(row);
    }
  }

  async close(): Promise<void> {
    await this.rows.return?.();
  }

  private async take(): Promise<ExportRow | undefined> {
    const next = await this.rows.next();
    return next.done === true ? undefined : next.value;
  }
}

async function takeRows(db: Kysely<Tables>, table: ExportTable, rows: readonly ExportRow[], ids: Float64Array): Promise<void> {
  if (table === 'dataset_items') {
    const names = [...new Set(rows.map((row) => textOf(row, 'dataset')))];
    const found = await db
      .selectFrom('datasets')
      .select(['id', 'name'])
      .where(sql<boolean>`name ${among(db, 'text', names)}`)
      .execute();
    const datasets = new Map(found.map(({ id, name }) => [name, id]));
    const members = rows.map((row): readonly Cell[] => [
      datasets.get(textOf(row, 'dataset')) ?? null,
      ids[Number(row['item'])] ?? null,
    ]);
    await insertRows(db, table, { dataset: 'whole', item: 'whole' }, members, 'skip');
    return;
  }
  const columns = Object.fromEntries(exportTables[table].map(({ name }): [string, ColumnKind] => [name, 'text']));
  const cells = rows.map((row) => Object.keys(columns).map((name) => row[name] ?? null));
  await insertRows(db, table, columns, cells, 'skip');
}

async function* batches<T>(rows: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  for await (const row of rows) {
    if (batch.push(row) < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
