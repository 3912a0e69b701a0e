import { basename, dirname, resolve } from 'node:path';
import { MessierError } from '../core/errors.js';
import { sha256 } from '../formats/hash.js';
import { readTable, type Table, type TableRow } from '../formats/csv.js';
import type { Stretch } from '../sky/stretch.js';
import { findColumns, type Columns } from './open-columns.js';
import { cleanLabel, FileDataset, type FileItem } from './open-files.js';
import type { OpenOptions, Where } from './open-options.js';
import { firstFile, pathInside } from './open-paths.js';
import type { Dataset, Skipped } from './types.js';

/** Files that are looked for at the same time. */
const lookups = 32;

/**
 * Opens a CSV that names pictures, relative to its own folder or to `images`. Rows that name a file outside of that folder, an absent one or one
 * that an earlier row has, rows without a label where there is a column of labels, and rows with too few or too many fields are skipped.
 *
 * @throws MessierError `dataset/columns`, `dataset/empty` and what readTable throws.
 */
export async function openTable(path: string, options: OpenOptions & { stretch: Stretch }, where: Where): Promise<Dataset> {
  const table = await readTable(path);
  if (!table.rows.length) throw new MessierError('dataset/empty', `"${path}" has a header and no rows.`);
  const reader = new RowReader(path, resolve(options.images ?? dirname(path)), table, findColumns(table, options, path));
  const results: (FileItem | Skipped)[] = [];
  for (let start = 0; start < table.rows.length; start += lookups) {
    results.push(...(await Promise.all(table.rows.slice(start, start + lookups).map((row) => reader.read(row)))));
  }
  const items: FileItem[] = [];
  const skipped: Skipped[] = [];
  const labels = new Map<string, string | undefined>();
  for (const result of results) {
    if ('code' in result) skipped.push(result);
    else if (labels.has(result.id)) skipped.push(duplicate(result, labels.get(result.id)));
    else {
      labels.set(result.id, result.label);
      items.push(result);
    }
  }
  const [first] = skipped;
  if (!items.length && first) {
    throw new MessierError(
      'dataset/empty',
      `"${path}": none of its ${skipped.length} rows is usable. The first, ${first.id}: ${first.reason}`,
    );
  }
  return new FileDataset(where, items, skipped, options.stretch);
}

function duplicate({ id, label }: FileItem, first: string | undefined): Skipped {
  const other = label === first ? '' : ` It says "${label ?? ''}" here and "${first ?? ''}" there, which counts.`;
  return { id, code: 'dataset/duplicate', reason: `An earlier row names the same file.${other}` };
}

class RowReader {
  constructor(
    private readonly path: string,
    private readonly folder: string,
    private readonly table: Table,
    private readonly columns: Columns,
  ) {}

  async read({ line, cells }: TableRow): Promise<FileItem | Skipped> {
    const row = `${basename(this.path)}:${line}`;
    const { columns } = this.table;
    if (cells.length !== columns.length) {
      return { id: row, code: 'csv/fields', reason: `${columns.length} fields expected, ${cells.length} received.` };
    }
    const { image, text: textColumn } = this.columns;
    const text = textColumn === undefined ? undefined : cells[textColumn];
    if (text === '') return { id: row, code: 'text/missing', reason: 'The row has no text.' };
    if (image === undefined) return this.labelled({ id: row, path: '', text, hash: sha256(text ?? '') }, cells);
    const file = cells[image] ?? '';
    if (!file) return { id: row, code: 'dataset/file', reason: 'The row names no file.' };
    const id = pathInside(this.folder, file);
    if (id === undefined) {
      const reason = `"${file.slice(0, 200)}" leads out of "${this.folder}". Put the CSV above the pictures, or set images to their folder.`;
      return { id: row, code: 'dataset/outside', reason };
    }
    const found = await firstFile([id, id.normalize('NFC'), id.normalize('NFD')].map((name) => resolve(this.folder, name)));
    if (found === undefined) return { id, code: 'file/absent', reason: `There is no file "${resolve(this.folder, id)}".` };
    return this.labelled({ id, path: found, ...(text === undefined ? {} : { text }) }, cells);
  }

  private labelled(item: Omit<FileItem, 'label'>, cells: readonly string[]): FileItem | Skipped {
    const { label: labels, group: groups } = this.columns;
    const label = labels === undefined ? undefined : cleanLabel(cells[labels] ?? '');
    if (labels !== undefined && label === undefined) {
      const reason = `The row has nothing in the column "${this.table.columns[labels] ?? ''}".`;
      return { id: item.id, code: 'label/missing', reason };
    }
    const group = groups === undefined ? '' : (cells[groups] ?? '');
    return { ...item, label, ...(group ? { group } : {}) };
  }
}
