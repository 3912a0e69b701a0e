import { expandSnappy } from './snappy.js';
import { readRuns } from './parquet-runs.js';
import type { TableCell, TableColumn } from './table-cells.js';
import { ThriftReader } from './thrift.js';

/** Numbers by which Parquet names kinds of pages and ways of writing values. */
const pages = { dictionary: 2, data: 3 } as const;
const encodings = { plain: 0, dictionary: 8 } as const;

/** How many bytes of pages a row group may still become. */
export interface ParquetBudget {
  bytes: number;
}

interface Page {
  kind: number;
  /** Bytes, and as they are stored. */
  size: number;
  stored: number;
  values: number;
  rows: number;
  encoding: number;
  nulls: number;
  /** Bytes that say which values are there. */
  levels: number;
  repetitions: number;
}

/**
 * The values of one column of one row group: pages of version 2, plain or by dictionary, compressed by Snappy, as they are written here. Sizes and numbers of
 * values are compared with the bytes and rows that are left before anything is made of them.
 *
 * @throws Plain errors, for the reader of the file to explain.
 */
export function readParquetChunk(
  bytes: Uint8Array,
  column: TableColumn,
  rows: number,
  budget: ParquetBudget,
): readonly TableCell[] {
  const cells: TableCell[] = [];
  let dictionary: readonly TableCell[] | undefined;
  for (let at = 0; at < bytes.length;) {
    const reader = new ThriftReader(bytes, at);
    const page = headerOf(reader);
    const body = bytes.subarray(reader.offset, reader.offset + page.stored);
    if (page.stored < 0 || body.length !== page.stored) throw new Error('a page is longer than its column');
    at = reader.offset + page.stored;
    budget.bytes -= Math.max(page.size, page.stored);
    if (budget.bytes < 0) throw new Error('a row group is too large');
    if (page.values < 0 || page.values > rows - cells.length) throw new Error('a page has more values than its row group');
    if (page.kind === pages.data) {
      for (const cell of dataOf(page, body, column, dictionary)) cells.push(cell);
      continue;
    }
    if (dictionary !== undefined || cells.length > 0 || page.encoding !== encodings.plain)
      throw new Error('a dictionary out of place');
    dictionary = plain(expandSnappy(body, page.size), column, page.values);
  }
  if (cells.length !== rows) throw new Error(`${rows} rows expected in a group, ${cells.length} received`);
  return cells;
}

function headerOf(reader: ThriftReader): Page {
  const page: Page = { kind: -1, size: -1, stored: -1, values: -1, rows: -1, encoding: -1, nulls: 0, levels: 0, repetitions: 0 };
  const whole = (field: keyof Page) => (type: number) => {
    page[field] = reader.whole(type);
  };
  const isCompressed = (type: number): void => {
    if (!reader.flag(type)) throw new Error('a page that is not compressed');
  };
  const dictionary = { 1: whole('values'), 2: whole('encoding') };
  const levels = { 2: whole('nulls'), 3: whole('rows'), 5: whole('levels'), 6: whole('repetitions'), 7: isCompressed };
  const data = { ...levels, 1: whole('values'), 4: whole('encoding') };
  reader.struct({
    1: whole('kind'),
    2: whole('size'),
    3: whole('stored'),
    7: (type) => reader.struct(dictionary, type),
    8: (type) => reader.struct(data, type),
  });
  if (page.kind !== pages.data && page.kind !== pages.dictionary) throw new Error(`a page of the unknown kind ${page.kind}`);
  return page;
}

function dataOf(
  { levels, repetitions, values, rows, nulls, size, encoding }: Page,
  body: Uint8Array,
  column: TableColumn,
  dictionary: readonly TableCell[] | undefined,
): readonly TableCell[] {
  if (repetitions !== 0 || levels < 0 || levels > body.length || (!column.optional && levels > 0)) {
    throw new Error('levels out of place');
  }
  if (rows !== values) throw new Error('a page has other rows than values');
  const present = column.optional ? readRuns(body.subarray(0, levels), 1, values) : undefined;
  const count = present ? present.reduce((sum, one) => sum + one, 0) : values;
  if (values - count !== nulls) throw new Error(`${nulls} absent values expected in a page, ${values - count} received`);
  const bytes = expandSnappy(body.subarray(levels), size - levels);
  const given = encoding === encodings.plain ? plain(bytes, column, count) : placed(bytes, count, encoding, dictionary);
  if (!present) return given;
  let next = 0;
  return Array.from(present, (isThere) => (isThere === 1 ? (given[next++] ?? null) : null));
}

function placed(
  bytes: Uint8Array,
  count: number,
  encoding: number,
  dictionary: readonly TableCell[] | undefined,
): readonly TableCell[] {
  if (encoding !== encodings.dictionary || !dictionary) throw new Error('its values are neither plain nor of a dictionary');
  if (count === 0) return [];
  return Array.from(readRuns(bytes.subarray(1), bytes[0] ?? Infinity, count), (place) => {
    const value = dictionary[place];
    if (value === undefined) throw new Error('a value that is not in its dictionary');
    return value;
  });
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function plain(bytes: Uint8Array, { name, type }: TableColumn, count: number): readonly TableCell[] {
  const view = viewOf(bytes);
  const least = type === 'text' ? 4 : 8;
  if (count * least > bytes.length || (type !== 'text' && count * least < bytes.length))
    throw new Error('a page of another size than its values');
  const cells: TableCell[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (type === 'text') {
      const start = at + 4;
      if (start > bytes.length) throw new Error('a page ends within its texts');
      at = start + view.getUint32(at, true);
      if (at > bytes.length) throw new Error('a text is longer than its page');
      cells.push(decoder.decode(bytes.subarray(start, at)));
    } else {
      const value = type === 'whole' ? Number(view.getBigInt64(at, true)) : view.getFloat64(at, true);
      if (type === 'whole' ? !Number.isSafeInteger(value) : !Number.isFinite(value)) {
        throw new Error(`"${name}" has a value that is no ${type} number`);
      }
      cells.push(value);
      at += 8;
    }
  }
  if (at !== bytes.length) throw new Error('a page is longer than its values');
  return cells;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
