import { join } from 'node:path';
import { z } from 'zod';
import { MessierError } from '../../core/errors.js';
import { readCsv, writeCsv } from '../../formats/csv-cells.js';
import { readParquet, writeParquet } from '../../formats/parquet.js';
import { readFileWhole } from '../../formats/read-file.js';
import type { TableCells, TableColumn, WrittenTable } from '../../formats/table-cells.js';
import { exportTableNames, exportVersion, type ExportTable } from './schema.js';

/** Formats of an export's files, and how they are written and read. */
export const exportFormats = {
  csv: { write: writeCsv, read: readCsv },
  parquet: { write: writeParquet, read: readParquet },
} as const satisfies Readonly<
  Record<
    string,
    {
      write: (path: string, columns: readonly TableColumn[], rows: AsyncIterable<TableCells>) => Promise<WrittenTable>;
      read: (path: string, columns: readonly TableColumn[]) => AsyncIterable<TableCells>;
    }
  >
>;
export type ExportFormat = keyof typeof exportFormats;

/** Stands beside the tables and says that they are whole. */
export const manifestFile = 'manifest.json';
const mostBytes = 2 ** 20;

export const tablePath = (folder: string, table: ExportTable, format: ExportFormat): string => join(folder, `${table}.${format}`);

const written = z.strictObject({
  rows: z.int().min(0),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const shape = z.strictObject({
  kind: z.literal('messier catalogue'),
  version: z.literal(exportVersion),
  format: z.enum(['csv', 'parquet']),
  tables: z.strictObject(
    Object.fromEntries(exportTableNames.map((table) => [table, written])) as Record<ExportTable, typeof written>,
  ),
});
const beginning = z.object({ kind: z.literal('messier catalogue'), version: z.int().min(1) });

/** What an export says of itself: `manifest.json`. */
export type ExportManifest = z.infer<typeof shape>;

export const manifestOf = (format: ExportFormat, tables: ExportManifest['tables']): ExportManifest => ({
  kind: 'messier catalogue',
  version: exportVersion,
  format,
  tables,
});

/** @throws MessierError `catalogue/export-absent`, `catalogue/export-foreign`, `catalogue/export-newer`. */
export async function readManifest(folder: string): Promise<ExportManifest> {
  let bytes: Uint8Array;
  try {
    bytes = await readFileWhole(join(folder, manifestFile), mostBytes);
  } catch (error) {
    throw new MessierError(
      'catalogue/export-absent',
      `"${folder}" holds no finished export: its ${manifestFile} can't be read. Give the folder that an export was written to; one that was stopped is made again.`,
      { cause: error },
    );
  }
  const json = parsedJson(bytes);
  const begun = beginning.safeParse(json);
  if (!begun.success) {
    throw new MessierError(
      'catalogue/export-foreign',
      `"${folder}": its ${manifestFile} is not that of a catalogue's export. Give another folder.`,
    );
  }
  if (begun.data.version > exportVersion) {
    throw new MessierError(
      'catalogue/export-newer',
      `"${folder}" was written by a newer Messier (version ${begun.data.version} of the export; this one reads ${exportVersion}). Update Messier.`,
    );
  }
  const manifest = shape.safeParse(json);
  if (manifest.success) return manifest.data;
  throw new MessierError(
    'catalogue/export-foreign',
    `"${folder}": its ${manifestFile} is not as an export writes it: ${z.prettifyError(manifest.error).slice(0, 300)}. Export again.`,
  );
}

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
