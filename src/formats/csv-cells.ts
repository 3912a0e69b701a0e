import { TextDecoder } from 'node:util';
import { MessierError } from '../core/errors.js';
import { writeStreamed } from './atomic-stream.js';
import { csvCell } from './csv.js';
import { openFile, unreadable } from './read-file.js';
import type { TableCell, TableCells, TableColumn, WrittenTable } from './table-cells.js';

const limits = {
  /** Characters of one row. */
  row: 2 ** 28,
  /** Bytes read at once; more while a row goes on. */
  chunk: 2 ** 20,
  /** Characters gathered before they are written. */
  piece: 2 ** 20,
} as const;

/**
 * Writes a table as CSV (RFC 4180, UTF-8) without loss: an absent cell is empty and an empty text is `""`, numbers have the digits that give the same
 * float64 again. Texts stay as they are, those that a spreadsheet would take for a formula too.
 *
 * @throws MessierError `file/write`, and whatever the rows throw.
 */
export async function writeCsv(
  path: string,
  columns: readonly TableColumn[],
  rows: AsyncIterable<TableCells>,
): Promise<WrittenTable> {
  const { value, bytes, sha256 } = await writeStreamed(path, async (write) => {
    let piece = `${columns.map(({ name }) => csvCell(name)).join(',')}\r\n`;
    let count = 0;
    for await (const row of rows) {
      piece += `${row.map(cell).join(',')}\r\n`;
      count++;
      if (piece.length < limits.piece) continue;
      await write(Buffer.from(piece));
      piece = '';
    }
    await write(Buffer.from(piece));
    return count;
  });
  return { rows: value, bytes, sha256 };
}

/**
 * Reads what {@link writeCsv} wrote, row by row; a few megabytes are in memory at a time.
 *
 * @throws MessierError `csv/format` for other columns, rows of another length, a number that is none, an absent cell where one is needed, quotes that are out
 * of place; `csv/encoding`, `csv/limit`, `file/absent`, `file/read`.
 */
export async function* readCsv(path: string, columns: readonly TableColumn[]): AsyncGenerator<TableCells> {
  let number = 0;
  for await (const texts of readRecords(path)) {
    number++;
    if (number === 1) {
      const names = columns.map(({ name }) => name);
      if (texts.length === names.length && names.every((name, index) => texts[index] === name)) continue;
      throw broken(path, 1, `the columns ${names.join(', ')} expected`);
    }
    if (texts.length !== columns.length) {
      throw broken(path, number, `${columns.length} cells expected, ${texts.length} received`);
    }
    yield columns.map((column, index) => parsed(texts[index] ?? null, column, path, number));
  }
  if (number === 0) throw broken(path, 1, 'a header expected, an empty file received');
}

const cell = (value: TableCell): string =>
  value === null ? '' : typeof value === 'number' ? String(value) : value === '' ? '""' : csvCell(value);

function parsed(text: string | null, { name, type, optional }: TableColumn, path: string, row: number): TableCell {
  if (text === null) {
    if (optional) return null;
    throw broken(path, row, `"${name}" is never absent`);
  }
  if (type === 'text') return text;
  const value = Number(text);
  const isNumber =
    type === 'whole' ? /^-?\d+$/.test(text) && Number.isSafeInteger(value) : Number.isFinite(value) && text.trim() !== '';
  if (isNumber) return value;
  throw broken(
    path,
    row,
    `"${name}" is a ${type === 'whole' ? 'whole ' : ''}number, ${JSON.stringify(text.slice(0, 40))} received`,
  );
}

/** Rows as texts, `null` where nothing stands between two commas. */
async function* readRecords(path: string): AsyncGenerator<readonly (string | null)[]> {
  const file = await openFile(path);
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    let text = '';
    let number = 0;
    for (let isLast = false; !isLast;) {
      if (text.length > limits.row) {
        throw new MessierError('csv/limit', `"${path}", row ${number + 1}: a row has at most ${limits.row} characters.`);
      }
      // Twice as much as is waiting, so that a long row is read over only as often as its length doubles.
      const buffer = new Uint8Array(Math.max(limits.chunk, text.length));
      const { bytesRead } = await file.read(buffer, 0, buffer.length).catch((error: unknown) => {
        throw unreadable(path, error);
      });
      isLast = bytesRead === 0;
      text += decode(decoder, buffer.subarray(0, bytesRead), isLast, path);
      let start = 0;
      for (;;) {
        const record = takeRecord(text, start, isLast, () => broken(path, number + 1, 'a quotation mark is out of place'));
        if (!record) break;
        number++;
        start = record.end;
        yield record.cells;
      }
      text = text.slice(start);
    }
  } finally {
    await file.close();
  }
}

function decode(decoder: TextDecoder, bytes: Uint8Array, isLast: boolean, path: string): string {
  try {
    return decoder.decode(bytes, { stream: !isLast });
  } catch (error) {
    throw new MessierError('csv/encoding', `"${path}": UTF-8 expected, other bytes received.`, { cause: error });
  }
}

interface TextRecord {
  readonly cells: readonly (string | null)[];
  readonly end: number;
}

/** The record that begins at `start`; `undefined` while its end, or any beginning, is not there. */
function takeRecord(text: string, start: number, isLast: boolean, misplaced: () => Error): TextRecord | undefined {
  if (start === text.length) return undefined;
  const cells: (string | null)[] = [];
  for (let at = start; ;) {
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      // A quotation mark at the very end of what was read may be the first of two.
      if (end < 0 || (end === text.length - 1 && !isLast)) {
        if (isLast) throw misplaced();
        return undefined;
      }
      cells.push(text.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
    } else {
      const end = bareEnd(text, at);
      const value = text.slice(at, end);
      if (value.includes('"')) throw misplaced();
      cells.push(value === '' ? null : value);
      at = end;
    }
    if (text[at] === ',') {
      at++;
      continue;
    }
    if (text[at] === '\n') return { cells, end: at + 1 };
    if (text[at] === '\r' && text[at + 1] === '\n') return { cells, end: at + 2 };
    if (at >= text.length - 1 && !isLast) return undefined;
    if (at === text.length) return { cells, end: at };
    throw misplaced();
  }
}

function closingQuote(text: string, from: number): number {
  for (let at = from; ;) {
    const quote = text.indexOf('"', at);
    if (quote < 0 || text[quote + 1] !== '"') return quote;
    at = quote + 2;
  }
}

function bareEnd(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x2c || code === 0x0a || code === 0x0d) break;
  }
  return at;
}

const broken = (path: string, row: number, rule: string): MessierError =>
  new MessierError('csv/format', `"${path}", row ${row}: ${rule}.`);
