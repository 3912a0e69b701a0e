import type { FileHandle } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { parquetMetadataAsync, parquetRead, type AsyncBuffer, type FileMetaData, type SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { MessierError } from '../core/errors.js';
import { writeStreamed } from './atomic-stream.js';
import { openFile } from './read-file.js';
import type { TableCell, TableCells, TableColumn, WrittenTable } from './table-cells.js';

const limits = {
  /** Of a row group that is written. */
  rows: 20_000,
  /** Characters of the texts of a row group that is written, about. */
  characters: 2 ** 25,
  /** Of a row group that is read. */
  readRows: 2 ** 20,
  /** Uncompressed bytes of a row group that is read, as the file states them. */
  readBytes: 2 ** 31,
  /** Bytes of the description at the end of a file. */
  footer: 2 ** 27,
} as const;

/** `PAR1`, the first and last bytes of every file. */
const magic = 0x31524150;

const types = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  whole: { type: 'INT64' },
  number: { type: 'DOUBLE' },
} as const satisfies Readonly<Record<TableColumn['type'], Partial<SchemaElement>>>;

/**
 * Writes a table as Parquet (Snappy): texts as UTF-8 strings, whole numbers as INT64, others as DOUBLE, columns that are never absent as REQUIRED. Rows go
 * out in groups of at most 20,000, so that memory is bounded.
 *
 * @throws MessierError `file/write`, and whatever the rows throw.
 */
export async function writeParquet(
  path: string,
  columns: readonly TableColumn[],
  rows: AsyncIterable<TableCells>,
): Promise<WrittenTable> {
  const { value, bytes, sha256 } = await writeStreamed(path, async (write) => {
    const writer = new ByteWriter();
    const file = new ParquetWriter({ writer, schema: schemaOf(columns), createdBy: 'messier' });
    const emit = async (): Promise<void> => {
      await write(writer.getBytes());
      writer.index = 0;
    };
    let group: TableCells[] = [];
    let characters = 0;
    let count = 0;
    const flush = async (): Promise<void> => {
      if (group.length === 0) return;
      await file.write({ columnData: columnData(columns, group), rowGroupSize: group.length });
      await emit();
      group = [];
      characters = 0;
    };
    for await (const row of rows) {
      group.push(row);
      count++;
      for (const value of row) if (typeof value === 'string') characters += value.length;
      if (group.length >= limits.rows || characters >= limits.characters) await flush();
    }
    await flush();
    await file.finish();
    await emit();
    return count;
  });
  return { rows: value, bytes, sha256 };
}

/**
 * Reads a Parquet file of these columns, row by row; one row group is in memory at a time.
 *
 * @throws MessierError `parquet/format` for what is no Parquet file, is damaged, or has other columns; `parquet/limit`, `file/absent`, `file/read`.
 */
export async function* readParquet(path: string, columns: readonly TableColumn[]): AsyncGenerator<TableCells> {
  const file = await openFile(path);
  try {
    const buffer = await bufferOf(file);
    const metadata = await guarded(path, () => metadataOf(buffer, path));
    checkSchema(metadata, columns, path);
    let start = 0;
    for (const { num_rows, total_byte_size } of metadata.row_groups) {
      if (num_rows > limits.readRows || total_byte_size > limits.readBytes) {
        throw new MessierError(
          'parquet/limit',
          `"${path}": row groups of at most ${limits.readRows} rows and ${limits.readBytes} bytes are read, one has ${num_rows} and ${total_byte_size}.`,
        );
      }
      const end = start + Number(num_rows);
      const rows = await guarded(path, () => readRows(buffer, metadata, columns, start, end));
      if (rows.length !== Number(num_rows)) throw broken(path, `${num_rows} rows expected in a group, ${rows.length} received`);
      for (const row of rows) yield row.map((value, index) => parsed(value, columns[index], path));
      start = end;
    }
  } finally {
    await file.close();
  }
}

const schemaOf = (columns: readonly TableColumn[]): SchemaElement[] => [
  { name: 'root', num_children: columns.length },
  ...columns.map(({ name, type, optional }): SchemaElement => ({
    name,
    repetition_type: optional ? 'OPTIONAL' : 'REQUIRED',
    ...types[type],
  })),
];

function columnData(columns: readonly TableColumn[], rows: readonly TableCells[]): { name: string; data: unknown[] }[] {
  return columns.map(({ name, type }, index) => {
    const cells = rows.map((row) => row[index] ?? null);
    return { name, data: type === 'whole' ? cells.map((value) => (value === null ? null : BigInt(value))) : cells };
  });
}

async function bufferOf(file: FileHandle): Promise<AsyncBuffer> {
  const { size } = await file.stat();
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      const bytes = new Uint8Array(Math.max(0, end - start));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      if (bytesRead < bytes.length) throw new Error('the file ends early');
      return bytes.buffer;
    },
  };
}

async function metadataOf(buffer: AsyncBuffer, path: string): Promise<FileMetaData> {
  if (buffer.byteLength < 12) throw new Error('it is too short');
  const end = new DataView(await buffer.slice(buffer.byteLength - 8));
  if (end.getUint32(4, true) !== magic) throw new Error('it does not end as one');
  const length = end.getUint32(0, true);
  if (length > limits.footer) {
    throw new MessierError(
      'parquet/limit',
      `"${path}": descriptions of at most ${limits.footer} bytes are read, it has ${length}.`,
    );
  }
  return await parquetMetadataAsync(buffer, { geoparquet: false });
}

function checkSchema({ schema }: FileMetaData, columns: readonly TableColumn[], path: string): void {
  const found = schema.slice(1);
  const isSame =
    found.length === columns.length &&
    schemaOf(columns)
      .slice(1)
      .every(({ name, type, converted_type, repetition_type }, index) => {
        const other = found[index];
        return (
          other?.name === name &&
          other.type === type &&
          other.converted_type === converted_type &&
          other.repetition_type === repetition_type
        );
      });
  if (isSame) return;
  throw broken(path, `the columns ${columns.map(({ name }) => name).join(', ')} expected, with their types`);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

async function readRows(
  file: AsyncBuffer,
  metadata: FileMetaData,
  columns: readonly TableColumn[],
  rowStart: number,
  rowEnd: number,
): Promise<readonly (readonly unknown[])[]> {
  let rows: readonly (readonly unknown[])[] = [];
  await parquetRead({
    file,
    metadata,
    columns: columns.map(({ name }) => name),
    rowStart,
    rowEnd,
    // A text may begin with U+FEFF, which the usual decoder takes for a mark.
    parsers: { stringFromBytes: (bytes: Uint8Array) => decoder.decode(bytes) },
    onComplete: (read) => {
      rows = read;
    },
  });
  return rows;
}

function parsed(value: unknown, column: TableColumn | undefined, path: string): TableCell {
  if (value === null || value === undefined) {
    if (column?.optional === true) return null;
  } else if (column?.type === 'text') {
    if (typeof value === 'string') return value;
  } else if (column?.type === 'whole') {
    if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value);
  } else if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw broken(path, `"${column?.name ?? ''}" has a value that is no ${column?.type ?? 'value'}`);
}

/** The reader's own errors are of many kinds: out of range, unknown codes, too little data. */
async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MessierError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new MessierError('parquet/format', `"${path}" is no whole Parquet file of these columns: ${reason}.`, { cause: error });
  }
}

const broken = (path: string, rule: string): MessierError => new MessierError('parquet/format', `"${path}": ${rule}.`);
