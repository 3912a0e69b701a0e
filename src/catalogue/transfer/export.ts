import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { MessierError } from '../../core/errors.js';
import type { WorkOptions } from '../../core/progress.js';
import { removeLeftovers, writeAtomically } from '../../formats/atomic.js';
import type { TableCells } from '../../formats/table-cells.js';
import { count } from '../counts.js';
import type { CatalogueDatabase } from '../database.js';
import type { Tables } from '../tables.js';
import type { ItemQuery } from '../types.js';
import { exportFormats, manifestFile, manifestOf, tablePath, type ExportFormat, type ExportManifest } from './manifest.js';
import { exportedIds, tableRows } from './rows-out.js';
import { exportTableNames, exportTables, type ExportTable } from './schema.js';
import { makeFolders } from '../../formats/make-folders.js';

export interface ExportOptions extends WorkOptions {
  /** `parquet` unless told. */
  readonly format?: ExportFormat | undefined;
  /**
   * These items alone, with their names at sources, labels, votes and datasets. Splits, runs, models and refusals, which are not about single items, are in a
   * whole export only.
   */
  readonly query?: ItemQuery | undefined;
}

/**
 * Writes a catalogue into a folder: one file for each table and `manifest.json`, which comes last and holds rows and SHA-256 of each. Nothing is lost: absent
 * and empty texts, every digit and every character come back with {@link importCatalogue}. All of it is of one moment, whatever others write
 * meanwhile. The pictures themselves are not in it.
 *
 * In CSV, texts that a spreadsheet would run as a formula (`=`, `+`, `-`, `@` in front) stay as they are: import them as texts there.
 *
 * @throws MessierError `catalogue/export-folder` where the folder holds other files; `catalogue/query`, `catalogue/search`, `file/write`.
 *
 * @example
 * await exportCatalogue(database, 'six', { format: 'csv', query: { dataset: 'six' } });
 */
export async function exportCatalogue(
  { db }: Pick<CatalogueDatabase, 'db'>,
  folder: string,
  options: ExportOptions = {},
): Promise<ExportManifest> {
  const { format = 'parquet', query = {}, signal } = options;
  signal?.throwIfAborted();
  await emptyFolder(folder);
  const tables = await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute((snapshot) => writeTables(snapshot, folder, format, query, options));
  const manifest = manifestOf(format, tables);
  await writeAtomically(join(folder, manifestFile), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return manifest;
}

async function writeTables(
  db: Kysely<Tables>,
  folder: string,
  format: ExportFormat,
  query: ItemQuery,
  work: WorkOptions,
): Promise<ExportManifest['tables']> {
  const isWhole = Object.values(query).every((value) => value === undefined);
  const total = await count(db, query);
  const ids = await exportedIds(db, query, { ...work, total });
  const written: [ExportTable, ExportManifest['tables'][ExportTable]][] = [];
  for (const table of exportTableNames) {
    const rows = watched(tableRows(db, table, ids, isWhole), table, work);
    written.push([table, await exportFormats[format].write(tablePath(folder, table, format), exportTables[table], rows)]);
  }
  return Object.fromEntries(written) as ExportManifest['tables'];
}

async function* watched(
  rows: AsyncIterable<TableCells>,
  table: string,
  { signal, progress }: WorkOptions,
): AsyncGenerator<TableCells> {
  let done = 0;
  for await (const row of rows) {
    yield row;
    if (++done % 1000 !== 0) continue;
    signal?.throwIfAborted();
    progress?.({ stage: `export ${table}`, done, unit: 'rows' });
  }
  progress?.({ stage: `export ${table}`, done, total: done, unit: 'rows' });
}

/** Without the manifest first, so that the folder counts as an export only when all of it is new. */
async function emptyFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
  } catch (error) {
    throw new MessierError('catalogue/export-folder', `"${folder}" can't be made. Give another folder.`, { cause: error });
  }
  const ours = new Set<string>(exportTableNames.flatMap((table) => [`${table}.csv`, `${table}.parquet`]));
  const names = await readdir(folder);
  const tables = names.filter((name) => ours.has(name));
  const other = names.find(
    (name) => name !== manifestFile && !ours.has(name) && !/^[a-z_]+[.](?:csv|parquet|json)[.][^.]+[.]tmp$/.test(name),
  );
  if (other !== undefined || (names.includes(manifestFile) && tables.length === 0)) {
    throw new MessierError(
      'catalogue/export-folder',
      `"${folder}" holds ${JSON.stringify(other ?? manifestFile)}, which is no part of an export. Give an empty folder, or that of an earlier export.`,
    );
  }
  await rm(join(folder, manifestFile), { force: true });
  for (const name of tables) await rm(join(folder, name));
  await removeLeftovers(folder);
}
