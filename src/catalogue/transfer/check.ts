import { join } from 'node:path';
import { stat } from 'node:fs/promises';
import { MessierError } from '../../core/errors.js';
import type { WorkOptions } from '../../core/progress.js';
import { sha256File } from '../../formats/hash.js';
import type { TableCell, TableCells } from '../../formats/table-cells.js';
import { checkedItem, checkedLabel, checkedName } from '../new-item.js';
import { labelOrigins, type Label, type NewItem } from '../types.js';
import { exportFormats, tablePath, type ExportManifest } from './manifest.js';
import { exportTableNames, exportTables, type ExportTable } from './schema.js';

/** A row by its columns. */
export type ExportRow = Readonly<Record<string, TableCell>>;

/** The rows of a table of an export. */
export async function* readTable(folder: string, table: ExportTable, { format }: ExportManifest): AsyncGenerator<ExportRow> {
  const columns = exportTables[table];
  const rows: AsyncIterable<TableCells> = exportFormats[format].read(tablePath(folder, table, format), columns);
  for await (const cells of rows) yield Object.fromEntries(columns.map(({ name }, index) => [name, cells[index] ?? null]));
}

/**
 * Reads a whole export before anything of it is taken in: the SHA-256 of each file, then every row, by the rules that hold for items and labels from
 * anywhere.
 *
 * @throws MessierError `catalogue/export-damaged`.
 */
export async function checkExport(folder: string, manifest: ExportManifest, work: WorkOptions): Promise<void> {
  for (const table of exportTableNames) {
    const path = tablePath(folder, table, manifest.format);
    const { bytes, sha256 } = manifest.tables[table];
    const found = await stat(path).then(
      ({ size }) => size,
      () => undefined,
    );
    if (found !== bytes || (await sha256File(path, work)) !== sha256) {
      throw damaged(folder, `${table}.${manifest.format} is not the file that was written`);
    }
  }
  const datasets = new Set<TableCell>();
  for (const table of exportTableNames) {
    let number = 0;
    let last = 0;
    try {
      for await (const row of readTable(folder, table, manifest)) {
        if (++number > manifest.tables[table].rows) break;
        const { item = null } = row;
        if (table === 'items' ? item !== number : typeof item === 'number' && !isPlace(item, manifest)) {
          throw new MessierError('catalogue/export-damaged', `item ${item ?? 'none'} is out of place`);
        }
        if (byItem.has(table)) {
          if (Number(item) < last) throw new MessierError('catalogue/export-damaged', 'rows are in the order of items');
          last = Number(item);
        }
        if (table === 'datasets') datasets.add(row['name'] ?? null);
        if (table === 'dataset_items' && !datasets.has(row['dataset'] ?? null)) {
          throw new MessierError('catalogue/export-damaged', 'its dataset is not among the datasets');
        }
        checkRow(table, row);
        if (number % 1000 === 0) {
          work.signal?.throwIfAborted();
          work.progress?.({ stage: `check ${table}`, done: number, total: manifest.tables[table].rows, unit: 'rows' });
        }
      }
    } catch (error) {
      if (!(error instanceof MessierError)) throw error;
      throw damaged(folder, `${table}, row ${number}: ${error.message}`, error);
    }
    const { rows } = manifest.tables[table];
    if (number !== rows) throw damaged(folder, `${table} has ${number > rows ? 'more' : number} rows, ${rows} expected`);
  }
}

const byItem: ReadonlySet<ExportTable> = new Set(['origins', 'labels', 'votes']);

const isPlace = (item: number, { tables }: ExportManifest): boolean => item >= 1 && item <= tables.items.rows;

const time = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** What the reader of the format did not see. */
function checkRow(table: ExportTable, row: ExportRow): void {
  for (const value of Object.values(row)) {
    if (typeof value === 'string' && /\0|\p{Cs}/u.test(value)) throw invalid('a text holds NUL or half of a surrogate pair');
  }
  if (table === 'items') checkedItem(itemOfRow(row));
  else if (table === 'labels') {
    checkedLabel(labelOfRow(row));
    if (!time.test(textOf(row, 'at')) || !(row['retracted_at'] === null || time.test(textOf(row, 'retracted_at')))) {
      throw invalid('times are ISO 8601 in UTC');
    }
  } else if (table === 'votes') {
    const share = Number(row['share']);
    if (!(share >= 0 && share <= 1)) throw invalid('a share is in [0, 1]');
    checkedName(textOf(row, 'tree'), 'The name of a decision tree');
    checkedName(textOf(row, 'question'), 'The name of a question');
  } else if (table === 'origins') {
    checkedName(textOf(row, 'source'), 'The name of a source');
  } else if (table === 'datasets') {
    checkedName(textOf(row, 'name'), 'The name of a dataset');
  } else if (table === 'runs') {
    const figures = jsonOf(row, 'figures');
    if (typeof figures !== 'object' || figures === null || Object.values(figures).some((value) => typeof value !== 'number')) {
      throw invalid('figures are numbers');
    }
  } else if (table === 'models') textsOf(row, 'classes');
}

/** An item of an export as it would be added; labels and votes are in tables of their own. */
export const itemOfRow = (row: ExportRow): NewItem => ({
  hash: textOf(row, 'hash'),
  bytes: Number(row['bytes']),
  format: textOf(row, 'format'),
  width: Number(row['width']),
  height: Number(row['height']),
  perceptual: textOf(row, 'perceptual'),
  source: textOf(row, 'source'),
  sourceId: textOf(row, 'source_id'),
  url: optionalOf(row, 'url'),
  title: textOf(row, 'title'),
  description: textOf(row, 'description'),
  keywords: textsOf(row, 'keywords'),
  date: optionalOf(row, 'date'),
  credit: optionalOf(row, 'credit'),
  copyright: optionalOf(row, 'copyright'),
  licence: optionalOf(row, 'licence'),
  fetchedAt: textOf(row, 'fetched_at'),
  labels: [],
});

export function labelOfRow(row: ExportRow): Omit<Label, 'id' | 'item'> {
  const kind = (['label', 'accept', 'drop'] as const).find((one) => one === row['kind']);
  const origin = labelOrigins.find((one) => one === row['origin']);
  if (!kind || !origin) throw invalid('a label has a kind and an origin that are known');
  const { confidence = null } = row;
  return {
    kind,
    class: optionalOf(row, 'class'),
    origin,
    by: textOf(row, 'by'),
    confidence: typeof confidence === 'number' ? confidence : undefined,
    at: textOf(row, 'at'),
    retractedAt: optionalOf(row, 'retracted_at'),
  };
}

export const textOf = (row: ExportRow, name: string): string => String(row[name] ?? '');
const optionalOf = (row: ExportRow, name: string): string | undefined => {
  const value = row[name] ?? undefined;
  return value === undefined ? undefined : String(value);
};

function textsOf(row: ExportRow, name: string): readonly string[] {
  const value = jsonOf(row, name);
  if (Array.isArray(value) && value.every((one): one is string => typeof one === 'string')) return value;
  throw invalid(`${name} is a list of texts`);
}

function jsonOf(row: ExportRow, name: string): unknown {
  try {
    return JSON.parse(textOf(row, name)) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalid(`${name} is JSON`);
  }
}

const invalid = (rule: string): MessierError => new MessierError('catalogue/export-damaged', rule);
const damaged = (folder: string, what: string, cause?: unknown): MessierError =>
  new MessierError(
    'catalogue/export-damaged',
    `"${join(folder, 'manifest.json')}" and its tables don't fit: ${what}. Nothing was taken in. Copy the export again, or make it again.`,
    { cause },
  );
