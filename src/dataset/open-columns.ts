import { MessierError } from '../core/errors.js';
import type { Table } from '../formats/csv.js';
import { isPictureFile } from './load-picture.js';
import type { OpenOptions } from './open-options.js';

/** Numbers of the columns that matter. */
export interface Columns {
  /** Absent where only texts are read. */
  readonly image: number | undefined;
  readonly label: number | undefined;
  readonly group: number | undefined;
  /** Where texts are read. */
  readonly text: number | undefined;
}

// In order of preference; case and anything but letters and digits do not count.
const usual = {
  image: [
    'file',
    'filename',
    'filepath',
    'image',
    'imagefile',
    'imagepath',
    'imagename',
    'img',
    'imgpath',
    'path',
    'picture',
    'photo',
    'jpegloc',
    'pngloc',
  ],
  label: ['label', 'labels', 'class', 'classname', 'classlabel', 'category', 'target', 'type', 'morphology'],
  text: ['text', 'explanation', 'description', 'caption', 'abstract'],
  group: ['group', 'objid', 'object', 'objectid', 'idstr', 'iauname', 'dr7objid', 'galaxyid'],
} as const;

/** A column of this many different values or fewer can be one of labels. */
const mostLabels = 100;

/**
 * Which columns hold picture files, labels and object names: those told; else those of usual names; else, for files, the first column of
 * picture names, and for labels, the only column that repeats a few values which are no fractions. A table without labels is fine.
 *
 * @throws MessierError `dataset/columns` where a told column is absent or none holds picture files.
 */
export function findColumns(table: Table, options: OpenOptions, path: string): Columns {
  const { columns } = table;
  const told = (name: string | undefined, what: string): number | undefined => {
    if (name === undefined) return undefined;
    const index = columns.indexOf(name);
    if (index >= 0) return index;
    throw new MessierError('dataset/columns', `"${path}" has no column "${name}" (${what}); it has: ${listed(columns)}.`);
  };
  const { inputs = 'image' } = options;
  const image = told(options.imageColumn, 'imageColumn') ?? (inputs === 'text' ? undefined : imageColumn(table, path));
  const text =
    inputs === 'image'
      ? undefined
      : (told(options.textColumn, 'textColumn') ?? named(columns, usual.text)[0] ?? noText(table, path));
  const free = (index: number | undefined) => (index === image || index === text ? undefined : index);
  const group = told(options.groupColumn, 'groupColumn') ?? free(named(columns, usual.group)[0]);
  const label =
    told(options.labelColumn, 'labelColumn') ?? free(named(columns, usual.label)[0]) ?? fewValues(table, [image, group, text]);
  return { image, text, label, group: group === label ? told(options.groupColumn, 'groupColumn') : group };
}

function noText({ columns }: Table, path: string): never {
  throw new MessierError(
    'dataset/columns',
    `"${path}": no column of texts is known by its name (${usual.text.join(', ')}). Set textColumn to one of: ${listed(columns)}.`,
  );
}

function imageColumn(table: Table, path: string): number {
  const { columns } = table;
  if (columns.some(isPictureFile)) {
    throw new MessierError(
      'dataset/columns',
      `"${path}" starts with a picture's row: ${listed(columns)}. Its first row has to name the columns, as in: file,label.`,
    );
  }
  const candidates = named(columns, usual.image);
  const holdsPictures = (index: number) => table.rows.slice(0, 100).some(({ cells }) => isPictureFile(cells[index] ?? ''));
  const found = candidates.find(holdsPictures) ?? candidates[0] ?? columns.findIndex((_, index) => holdsPictures(index));
  if (found >= 0) return found;
  throw new MessierError(
    'dataset/columns',
    `"${path}": no column of picture files is known by its name (${usual.image.slice(0, 5).join(', ')}...) or values. Set imageColumn to one of: ${listed(columns)}.`,
  );
}

function named(columns: readonly string[], names: readonly string[]): number[] {
  const plain = columns.map((column) => column.toLowerCase().replace(/[^a-z0-9]/g, ''));
  return names.map((name) => plain.indexOf(name)).filter((index) => index >= 0);
}

function fewValues({ columns, rows }: Table, taken: readonly (number | undefined)[]): number | undefined {
  const fitting = columns.flatMap((_, index) => {
    if (taken.includes(index)) return [];
    const values = new Set<string>();
    for (const { cells } of rows) {
      const value = cells[index] ?? '';
      if (/^[-+]?\d*\.\d+(e[-+]?\d+)?$/i.test(value)) return [];
      if (value) values.add(value);
      if (values.size > mostLabels) return [];
    }
    return values.size >= 2 && values.size * 2 <= rows.length ? [index] : [];
  });
  return fitting.length === 1 ? fitting[0] : undefined;
}

function listed(columns: readonly string[]): string {
  const shown = columns.slice(0, 40).map((column) => column.slice(0, 60));
  return shown.join(', ') + (columns.length > 40 ? ` and ${columns.length - 40} more` : '');
}
