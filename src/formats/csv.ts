import { CsvError, parse } from 'csv-parse/sync';
import { MessierError } from '../core/errors.js';
import { readFileWhole } from './read-file.js';

/** A table of texts. */
export interface Table {
  /** Names of the header, without spaces around them. */
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  /** Line of the file in which the row ends, from 1. */
  readonly line: number;
  /** One text for each column, without spaces around it; of another number where the row is broken. */
  readonly cells: readonly string[];
}

/** What is read of a table. */
export const csvLimits = {
  /** Of the file. */
  bytes: 2 ** 28,
  /** Characters of one row: a quote that is never closed would swallow the file. */
  row: 2 ** 20,
  columns: 16_384,
} as const;

/**
 * Reads a CSV file with a header (RFC 4180, and what spreadsheets write): separated by comma, semicolon or tab, UTF-8 or UTF-16 with or without
 * byte order mark, any line ends, quoted fields. Empty lines are left out.
 *
 * @throws MessierError `csv/encoding`, `csv/format`, `csv/empty`, `csv/limit`, `file/absent`, `file/read`, `file/limit`.
 */
export async function readTable(path: string): Promise<Table> {
  return parseTable(await readFileWhole(path, csvLimits.bytes), path);
}

/** The table in a file's bytes, as {@link readTable} says; `path` names it in errors. */
export function parseTable(bytes: Uint8Array, path: string): Table {
  const rows = parseRows(decode(bytes, path), path);
  const [header, ...body] = rows;
  if (!header) throw new MessierError('csv/empty', `"${path}" is empty: a header and rows expected.`);
  if (header.cells.length > csvLimits.columns) {
    throw new MessierError(
      'csv/limit',
      `"${path}": at most ${csvLimits.columns} columns are read, it has ${header.cells.length}.`,
    );
  }
  return { columns: header.cells, rows: body };
}

/** A cell as RFC 4180 writes it, in quotes where it needs them: around spaces at its ends too. */
export const csvCell = (text: string): string => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function decode(bytes: Uint8Array, path: string): string {
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
  try {
    return new TextDecoder(isWide ? 'utf-16le' : 'utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new MessierError('csv/encoding', `"${path}": UTF-8 expected, other bytes received. Save the table as UTF-8.`, {
      cause: error,
    });
  }
}

function parseRows(text: string, path: string): TableRow[] {
  try {
    const records = parse(text, {
      delimiter: delimiterOf(text),
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: csvLimits.row,
      info: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    return records.map(({ record, info }) => ({ line: info.lines, cells: record }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new MessierError('csv/format', `"${path}" is no table of comma-separated values: ${error.message}.`, { cause: error });
  }
}

/** The one that the header holds most of, outside of quotes. */
function delimiterOf(text: string): string {
  const line = /^\s*([^\r\n]*)/.exec(text)?.[1] ?? '';
  const bare = line.replace(/"[^"]*"/g, '');
  const counted = [',', ';', '\t'].map((delimiter) => ({ delimiter, count: bare.split(delimiter).length }));
  return counted.reduce((best, next) => (next.count > best.count ? next : best)).delimiter;
}
