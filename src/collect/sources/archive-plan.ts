import { cleanLabel } from '../../dataset/open-files.js';
import { isPictureFile } from '../../dataset/load-picture.js';
import { findColumns } from '../../dataset/open-columns.js';
import type { OpenOptions } from '../../dataset/open-options.js';
import type { Skipped } from '../../dataset/types.js';
import type { Table } from '../../formats/csv.js';
import type { ArchiveEntry } from './archive-types.js';

/** An entry to read. */
export interface PlannedEntry {
  readonly entry: ArchiveEntry;
  readonly label: string | undefined;
  readonly text?: string | undefined;
}

/** What is read of an archive, in its order, and what is left out. */
export interface ArchivePlan {
  readonly entries: readonly PlannedEntry[];
  readonly skipped: readonly Skipped[];
}

/** Files that archiving programs and people leave behind. */
const isHidden = ({ name }: ArchiveEntry): boolean => name.split('/').some((part) => part.startsWith('.') || part === '__MACOSX');

/** `labels.csv` of the archive or of the one folder that it holds. */
export function labelTable(entries: readonly ArchiveEntry[]): ArchiveEntry | undefined {
  const tables = entries.filter(
    ({ name, problem }) => !problem && /(^|\/)labels\.csv$/i.test(name) && name.split('/').length <= 2,
  );
  return tables.sort((a, b) => a.name.split('/').length - b.name.split('/').length)[0];
}

/**
 * By folders: as in a folder on disk, the first folder on the way is the label where sub-folders hold pictures; a folder around everything falls
 * away. Of entries with one name the first counts.
 */
export function planByFolders(entries: readonly ArchiveEntry[]): ArchivePlan {
  const { pictures, skipped } = sorted(entries);
  const root = commonFolder(pictures);
  const below = (entry: ArchiveEntry) => entry.name.slice(root.length);
  const hasClasses = pictures.some((entry) => below(entry).includes('/'));
  const planned = pictures.map((entry) => {
    const name = below(entry);
    return { entry, label: name.includes('/') ? cleanLabel(name.slice(0, name.indexOf('/'))) : undefined };
  });
  if (!hasClasses) return { entries: planned, skipped };
  const reason = 'The picture lies beside the folders of the classes, in none of them.';
  const beside = planned.filter(({ label }) => label === undefined);
  return {
    entries: planned.filter(({ label }) => label !== undefined),
    skipped: [...skipped, ...beside.map(({ entry }) => ({ id: entry.name, code: 'label/missing', reason }))],
  };
}

/** By the rows of a table beside the pictures; pictures that no row names are left out. */
export function planByTable(
  entries: readonly ArchiveEntry[],
  table: Table,
  at: ArchiveEntry,
  options: Pick<OpenOptions, 'imageColumn' | 'labelColumn' | 'textColumn'>,
): ArchivePlan {
  const { pictures, skipped } = sorted(entries);
  const { image = 0, label, text } = columnsOf(table, options, at.name);
  const folder = at.name.slice(0, at.name.lastIndexOf('/') + 1);
  const rows = new Map<string, readonly string[]>();
  const left: Skipped[] = [...skipped.filter(({ id }) => id !== at.name)];
  const names = new Set(pictures.map(({ name }) => name));
  for (const { line, cells } of table.rows) {
    const id = `${at.name}:${line}`;
    const name = folder + (cells[image] ?? '').replaceAll('\\', '/').replace(/^(\.\/)+/, '');
    if (cells.length !== table.columns.length)
      left.push({ id, code: 'csv/fields', reason: `${table.columns.length} fields expected.` });
    else if (!names.has(name))
      left.push({ id, code: 'file/absent', reason: `The archive has no picture "${name.slice(0, 200)}".` });
    else if (rows.has(name)) left.push({ id, code: 'dataset/duplicate', reason: 'An earlier row names the same picture.' });
    else rows.set(name, cells);
  }
  const planned: PlannedEntry[] = [];
  for (const entry of pictures) {
    const cells = rows.get(entry.name);
    const said = cells && label !== undefined ? cleanLabel(cells[label] ?? '') : undefined;
    if (!cells) left.push({ id: entry.name, code: 'label/missing', reason: `No row of "${at.name}" names it.` });
    else if (label !== undefined && said === undefined) {
      left.push({ id: entry.name, code: 'label/missing', reason: `Its row of "${at.name}" has no label.` });
    } else planned.push({ entry, label: said, text: text === undefined ? undefined : cells[text] });
  }
  return { entries: planned, skipped: left };
}

function columnsOf(table: Table, options: Pick<OpenOptions, 'imageColumn' | 'labelColumn' | 'textColumn'>, name: string) {
  const hasText =
    options.textColumn !== undefined || table.columns.some((column) => /^(text|explanation|description|caption)$/i.test(column));
  return findColumns(table, { ...options, inputs: hasText ? 'both' : 'image' }, name);
}

/** Pictures by their names, each name once, and what is none. */
function sorted(entries: readonly ArchiveEntry[]): {
  readonly pictures: readonly ArchiveEntry[];
  readonly skipped: readonly Skipped[];
} {
  const seen = new Set<string>();
  const pictures: ArchiveEntry[] = [];
  const skipped: Skipped[] = [];
  for (const entry of entries) {
    const { name: id, index, problem } = entry;
    if (problem) skipped.push({ id, ...problem });
    else if (isHidden(entry)) continue;
    else if (seen.has(id)) {
      skipped.push({
        id: `${id}#${index}`,
        code: 'archive/duplicate',
        reason: 'An earlier entry has the same name, and counts.',
      });
    } else {
      seen.add(id);
      if (isPictureFile(id)) pictures.push(entry);
      else
        skipped.push({
          id,
          code: 'picture/format',
          reason: 'Its name is not that of a picture; archives in archives are not opened.',
        });
    }
  }
  return { pictures, skipped };
}

/** The folder, with its slash, that holds all pictures in folders of its own. */
function commonFolder(pictures: readonly ArchiveEntry[]): string {
  const first = pictures[0]?.name ?? '';
  const root = first.slice(0, first.indexOf('/') + 1);
  if (root === '') return '';
  const isAround = pictures.every(({ name }) => name.startsWith(root));
  return isAround && pictures.some(({ name }) => name.indexOf('/', root.length) > 0) ? root : '';
}
