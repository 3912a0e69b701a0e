import type { FileHandle } from 'node:fs/promises';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { MessierError } from '../core/errors.js';
import { writeStreamed } from './atomic-stream.js';
import { readParquetFooter, type ParquetGroup } from './parquet-footer.js';
import { readParquetChunk } from './parquet-pages.js';
import { openFile } from './read-file.js';
import type { TableCell, TableCells, TableColumn, WrittenTable } from './table-cells.js';

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

const limits = {
  /** Of a row group that is written. */
  rows: 20_000,
  /** Characters of the texts of a row group that is written, about. */
  characters: 2 ** 25,
  /** Of a row group that is read. */
  readRows: 100_000,
  /** Bytes that the pages of a row group that is read may become. */
  readBytes: 2 ** 29,
  /** Bytes of the description at the end of a file: those of 80 million items. */
  footer: 2 ** 24,
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
 * Reads a Parquet file of these columns, row by row; one row group is in memory at a time. What a damaged or forged file says of itself is compared with
 * what is there before memory or time is spent on it.
 *
 * @throws MessierError `parquet/format` for what is no Parquet file, is damaged, or has other columns; `parquet/limit`, `file/absent`, `file/read`.
 */
export async function* readParquet(path: string, columns: readonly TableColumn[]): AsyncGenerator<TableCells> {
  const file = await openFile(path);
  try {
    const groups = await guarded(path, () => groupsOf(file, columns, path));
    for (const group of groups) {
      if (group.rows > limits.readRows) {
        throw new MessierError(
          'parquet/limit',
          `"${path}": row groups of at most ${limits.readRows} rows are read, one has ${group.rows}.`,
        );
      }
      const cells = await guarded(path, () => readGroup(file, columns, group));
      for (let row = 0; row < group.rows; row++) yield cells.map((column) => column[row] ?? null);
    }
  } finally {
    await file.close();
  }
}

async function groupsOf(file: FileHandle, columns: readonly TableColumn[], path: string): Promise<readonly ParquetGroup[]> {
  const { size } = await file.stat();
  if (size < 12) throw new Error('it is too short');
  const end = new DataView((await bytesOf(file, size - 8, 8)).buffer);
  if (end.getUint32(4, true) !== magic) throw new Error('it does not end as one');
  const length = end.getUint32(0, true);
  if (length > limits.footer) {
    throw new MessierError(
      'parquet/limit',
      `"${path}": descriptions of at most ${limits.footer} bytes are read, it has ${length}.`,
    );
  }
  const start = size - 8 - length;
  if (start < 4) throw new Error('its description is longer than the file');
  return readParquetFooter(await bytesOf(file, start, length), columns, start);
}

async function readGroup(
  file: FileHandle,
  columns: readonly TableColumn[],
  { rows, chunks }: ParquetGroup,
): Promise<readonly (readonly TableCell[])[]> {
  const budget = { bytes: limits.readBytes };
  const cells: (readonly TableCell[])[] = [];
  for (const [index, column] of columns.entries()) {
    const { start, bytes } = chunks[index] ?? { start: 0, bytes: 0 };
    if (bytes > budget.bytes) throw new Error('a row group is too large');
    cells.push(readParquetChunk(await bytesOf(file, start, bytes), column, rows, budget));
  }
  return cells;
}

async function bytesOf(file: FileHandle, start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, start);
  if (bytesRead < length) throw new Error('the file ends early');
  return bytes;
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

/** What is wrong with a file, as an error of ours. */
async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MessierError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new MessierError('parquet/format', `"${path}" is no whole Parquet file of these columns: ${reason}.`, { cause: error });
  }
}
