import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parquetMetadata } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { damaged, fuzzSettings } from '../../test/support/fuzz.js';
import { readParquetChunk } from './parquet-pages.js';
import { readParquet, writeParquet } from './parquet.js';
import type { TableCells, TableColumn } from './table-cells.js';

const columns: readonly TableColumn[] = [
  { name: 'id', type: 'whole', optional: false },
  { name: 'text', type: 'text', optional: false },
  { name: 'class', type: 'text', optional: false },
  { name: 'note', type: 'text', optional: true },
  { name: 'share', type: 'number', optional: true },
];
/** Of which columns become plain and which dictionaries, with and without absent values. */
const rows = Array.from({ length: 400 }, (_, index): TableCells => [
  index,
  `text ${index} é of a line, of a line`,
  ['galaxy', 'nebula', 'star'][index % 3] ?? '',
  index % 7 === 0 ? null : `note ${index % 5}`,
  index % 4 === 0 ? null : index / 7,
]);

let folder: string;
let whole: Uint8Array;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'messier-parquet-'));
  const path = join(folder, 'whole.parquet');
  await writeParquet(
    path,
    columns,
    (async function* (): AsyncGenerator<TableCells> {
      for (const row of rows) yield await Promise.resolve(row);
    })(),
  );
  whole = new Uint8Array(await readFile(path));
});
afterAll(() => rm(folder, { recursive: true }));

/** The code of the error, or all rows. */
async function read(file: Uint8Array): Promise<unknown> {
  const path = join(folder, 'read.parquet');
  await writeFile(path, file);
  const found: TableCells[] = [];
  try {
    for await (const row of readParquet(path, columns)) found.push(row);
  } catch (error) {
    return (error as { code?: unknown }).code ?? error;
  }
  return found;
}

async function failure(path: string, of: readonly TableColumn[]): Promise<unknown> {
  try {
    for await (const row of readParquet(path, of)) if (row.length !== of.length) return row;
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

/** Rows of the right number and types, or an error with a code. */
async function isReadOrRefused(file: Uint8Array): Promise<void> {
  const result = await read(file);
  if (!Array.isArray(result)) {
    expect(result).toMatch(/^parquet\/(?:format|limit)$/);
    return;
  }
  const isRow = (row: TableCells): boolean =>
    row.length === columns.length &&
    columns.every(({ type, optional }, index) => {
      const cell = row[index];
      return cell === null ? optional : typeof cell === (type === 'text' ? 'string' : 'number');
    });
  expect((result as TableCells[]).filter((row) => !isRow(row))).toEqual([]);
}

describe('a Parquet file', () => {
  it('has plain columns and dictionaries', () => {
    const { row_groups } = parquetMetadata(whole, {});
    const encodings = row_groups.flatMap((group) => group.columns.map(({ meta_data }) => meta_data?.encodings.join(' ')));
    expect(encodings).toEqual(['PLAIN', 'PLAIN', 'PLAIN RLE_DICTIONARY', 'PLAIN RLE_DICTIONARY', 'PLAIN']);
  });

  it('is read or refused, whichever bit is changed', async () => {
    expect(await read(whole)).toEqual(rows);
    const place = fc.tuple(fc.nat(whole.length - 1), fc.nat(7));
    await fc.assert(
      fc.asyncProperty(fc.noBias(place), async ([at, bit]) => {
        const changed = whole.slice();
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        await isReadOrRefused(changed);
      }),
      fuzzSettings(500),
    );
  });

  it('is read or refused, whatever else is done to it', async () => {
    await fc.assert(fc.asyncProperty(damaged([whole]), isReadOrRefused), fuzzSettings(300));
  });

  it.each([
    // 5: the group's number of rows; 3: the file's. 400 is 0xa0 0x06 as a varint, and zigzag.
    ['more rows than it has', [0x16, 0xa0, 0x06], [0x16, 0xa0, 0x7e]],
    ['a page of more values than rows', [0x15, 0xa0, 0x06], [0x15, 0xa0, 0x7e]],
    ['another column', Buffer.from('class'), Buffer.from('klass')],
    ['a negative number of rows', [0x16, 0xa0, 0x06], [0x16, 0xa1, 0x06]],
  ])('with %s is refused', async (_, from, to) => {
    const places = Array.from(whole.keys()).filter((at) => Buffer.from(from).equals(whole.subarray(at, at + from.length)));
    expect(places).not.toEqual([]);
    for (const at of places) {
      const forged = whole.slice();
      forged.set(to, at);
      expect(await read(forged)).toMatch(/^parquet\/(?:format|limit)$/);
    }
  });

  it('of larger groups or a longer description than the limits is refused', async () => {
    const path = join(folder, 'large.parquet');
    const ids = {
      name: 'id',
      data: Array.from({ length: 100_001 }, (_, index) => BigInt(index)),
      type: 'INT64',
      nullable: false,
    } as const;
    for (const [rowGroupSize, code] of [
      [100_001, 'parquet/limit'],
      [100_000, undefined],
    ] as const) {
      await writeFile(path, new Uint8Array(parquetWriteBuffer({ columnData: [ids], rowGroupSize })));
      expect(await failure(path, columns.slice(0, 1))).toBe(code);
    }
    const long = whole.slice();
    new DataView(long.buffer).setUint32(long.length - 8, 2 ** 24 + 1, true);
    expect(await read(long)).toBe('parquet/limit');
  });

  it('becomes no more bytes than allowed', () => {
    const [chunk] = parquetMetadata(whole, {}).row_groups[0]?.columns ?? [];
    const start = Number(chunk?.meta_data?.data_page_offset);
    const bytes = whole.subarray(start, start + Number(chunk?.meta_data?.total_compressed_size));
    const [id] = columns;
    if (!id) throw new Error('No columns.');
    const budget = { bytes: 400 * 8 };
    expect(readParquetChunk(bytes, id, 400, budget)).toEqual(rows.map(([first]) => first));
    expect(budget.bytes).toBe(0);
    expect(() => readParquetChunk(bytes, id, 400, { bytes: 400 * 8 - 1 })).toThrow('too large');
  });
});
