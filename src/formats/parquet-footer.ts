import type { TableColumn } from './table-cells.js';
import { ThriftReader } from './thrift.js';

/** Where the values of one column of one row group stand. */
export interface ParquetChunk {
  readonly start: number;
  readonly bytes: number;
}

export interface ParquetGroup {
  readonly rows: number;
  /** In the order of the columns. */
  readonly chunks: readonly ParquetChunk[];
}

/** Numbers by which Parquet names types, https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift. */
const physical = { text: 6, whole: 2, number: 5 } as const satisfies Readonly<Record<TableColumn['type'], number>>;
const snappy = 1;
const repetition = { required: 0, optional: 1 } as const;
const utf8 = 0;

interface Element {
  readonly name: string;
  readonly type: number | undefined;
  readonly repetition: number | undefined;
  readonly children: number;
  readonly converted: number | undefined;
}

/**
 * Reads the description at the end of a Parquet file of these columns.
 *
 * @param end Of the bytes in which row groups may stand: one after the other, without overlap.
 * @throws Plain errors, for the reader of the file to explain.
 */
export function readParquetFooter(bytes: Uint8Array, columns: readonly TableColumn[], end: number): readonly ParquetGroup[] {
  const reader = new ThriftReader(bytes);
  const elements: Element[] = [];
  const groups: ParquetGroup[] = [];
  let rows = 0;
  reader.struct({
    2: (type) => {
      reader.list((of) => elements.push(elementOf(reader, of)), type);
      checkSchema(elements, columns);
    },
    3: (type) => {
      rows = reader.whole(type);
    },
    4: (type) => reader.list((of) => groups.push(groupOf(reader, of, columns)), type),
  });
  checkSchema(elements, columns);
  if (groups.reduce((sum, group) => sum + group.rows, 0) !== rows) throw new Error('its row groups have other rows than it has');
  let place = 4;
  for (const chunk of groups.flatMap(({ chunks }) => chunks)) {
    if (chunk.start < place || chunk.bytes < 0 || chunk.bytes > end - chunk.start) throw new Error('values out of place');
    place = chunk.start + chunk.bytes;
  }
  return groups;
}

function elementOf(reader: ThriftReader, of: number): Element {
  const numbers = new Map<number, number>();
  let name = '';
  const whole = (field: number) => (type: number) => {
    numbers.set(field, reader.whole(type));
  };
  const fields = { 1: whole(1), 3: whole(3), 5: whole(5), 6: whole(6) };
  reader.struct({ ...fields, 4: (type) => (name = textOf(reader.binary(type))) }, of);
  return { name, type: numbers.get(1), repetition: numbers.get(3), children: numbers.get(5) ?? 0, converted: numbers.get(6) };
}

function checkSchema([root, ...found]: readonly Element[], columns: readonly TableColumn[]): void {
  const isSame =
    root?.children === columns.length &&
    found.length === columns.length &&
    columns.every(({ name, type, optional }, index) => {
      const other = found[index];
      return (
        other?.name === name &&
        other.type === physical[type] &&
        other.converted === (type === 'text' ? utf8 : undefined) &&
        other.repetition === (optional ? repetition.optional : repetition.required) &&
        other.children === 0
      );
    });
  if (!isSame) throw new Error(`the columns ${columns.map(({ name }) => name).join(', ')} expected, with their types`);
}

function groupOf(reader: ThriftReader, of: number, columns: readonly TableColumn[]): ParquetGroup {
  const chunks: ParquetChunk[] = [];
  const values: number[] = [];
  let rows = 0;
  const column = (type: number): void => {
    const expected = columns[chunks.length];
    if (!expected) throw new Error('a row group has more columns than the file');
    const { chunk, values: held } = chunkOf(reader, type, expected);
    chunks.push(chunk);
    values.push(held);
  };
  reader.struct(
    {
      1: (type) => reader.list(column, type),
      3: (type) => {
        rows = reader.whole(type);
      },
    },
    of,
  );
  if (chunks.length !== columns.length) throw new Error('a row group has fewer columns than the file');
  if (rows < 0 || values.some((held) => held !== rows)) throw new Error('a row group has other rows than its columns');
  return { rows, chunks };
}

function chunkOf(
  reader: ThriftReader,
  of: number,
  { name, type: kind }: TableColumn,
): { readonly chunk: ParquetChunk; readonly values: number } {
  const path: string[] = [];
  const found = { type: -1, codec: -1, values: -1, bytes: -1, data: -1, dictionary: 0 };
  const whole = (field: keyof typeof found) => (type: number) => {
    found[field] = reader.whole(type);
  };
  const metadata = {
    1: whole('type'),
    3: (type: number) => reader.list((one) => path.push(textOf(reader.binary(one))), type),
    4: whole('codec'),
    5: whole('values'),
    7: whole('bytes'),
    9: whole('data'),
    11: whole('dictionary'),
  };
  const elsewhere = (): void => {
    throw new Error('values in another file');
  };
  reader.struct({ 1: elsewhere, 3: (type) => reader.struct(metadata, type) }, of);
  if (found.type !== physical[kind] || path.length !== 1 || path[0] !== name)
    throw new Error(`the column ${name} is out of place`);
  if (found.codec !== snappy) throw new Error('its values are not compressed by Snappy');
  const start = found.dictionary > 0 ? Math.min(found.dictionary, found.data) : found.data;
  return { chunk: { start, bytes: found.bytes }, values: found.values };
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
