import { mkdtemp, readFile, rm, stat, truncate, writeFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, failure } from '../../test/support/answers.js';
import { readCsv, writeCsv } from './csv-cells.js';
import { sha256File } from './hash.js';
import { readParquet, writeParquet } from './parquet.js';
import type { TableCells, TableColumn } from './table-cells.js';

const columns: readonly TableColumn[] = [
  { name: 'id', type: 'whole', optional: false },
  { name: 'text', type: 'text', optional: false },
  { name: 'note', type: 'text', optional: true },
  { name: 'share', type: 'number', optional: true },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'messier-cells-'));
});
afterAll(() => rm(folder, { recursive: true }));

const rowsOf = async function* (rows: readonly TableCells[]): AsyncGenerator<TableCells> {
  for (const row of rows) yield await Promise.resolve(row);
};
const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom(
    '',
    ' ',
    '"',
    '""',
    ',',
    '\r\n',
    '\n',
    '\r',
    '=1+1',
    '\uFEFFx',
    'null',
    '\u0000',
    'a"b',
    '\u2028',
    '\u001b[31m',
    '__proto__',
  ),
);
const numbers = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0.1, 5e-324, 1.7976931348623157e308, 0),
);
const row: fc.Arbitrary<TableCells> = fc.tuple(
  fc.oneof(fc.maxSafeInteger(), fc.constantFrom(Number.MAX_SAFE_INTEGER, 0)),
  texts,
  fc.option(texts, { nil: null }),
  // Tables hold no negative zero.
  fc.option(
    numbers.map((value) => (value === 0 ? 0 : value)),
    { nil: null },
  ),
);

describe.each([
  { name: 'csv', write: writeCsv, read: readCsv },
  { name: 'parquet', write: writeParquet, read: readParquet },
])('a table as $name', ({ name, write, read }) => {
  it('comes back as it was', async () => {
    const path = join(folder, `table.${name}`);
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
        const written = await write(path, columns, rowsOf(rows));
        expect(written).toEqual({ rows: rows.length, bytes: (await stat(path)).size, sha256: await sha256File(path) });
        expect(await collect(read(path, columns))).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });

  it('comes back in many groups, long texts included', async () => {
    const path = join(folder, `long.${name}`);
    const rows = Array.from({ length: 25_000 }, (_, index): TableCells => {
      const text = index % 8_000 === 0 ? `,"\n${'é'.repeat(500_000)}` : `row ${index}`;
      return [index, text, index % 3 === 0 ? null : '', index / 7];
    });
    await write(path, columns, rowsOf(rows));
    let at = 0;
    for await (const cells of read(path, columns))
      if (cells.join('\0') !== rows[at++]?.join('\0')) expect(cells).toEqual(rows[at - 1]);
    expect(at).toBe(rows.length);
  });

  it('is whole or not there, also where the rows end early', async () => {
    const path = join(folder, `early.${name}`);
    await writeFile(path, 'before');
    const rows = async function* (): AsyncGenerator<TableCells> {
      yield await Promise.resolve([1, 'a', null, null]);
      throw new Error('stopped');
    };
    await expect(write(path, columns, rows())).rejects.toThrow('stopped');
    expect(await readFile(path, 'utf8')).toBe('before');
    expect((await readdir(folder)).filter((file) => file.endsWith('.tmp'))).toEqual([]);
    expect(await failure(write(join(folder, 'absent', 'x'), columns, rowsOf([])))).toBe('file/write');
  });

  it('is refused where it is damaged, cut or of other columns', async () => {
    const path = join(folder, `broken.${name}`);
    const rows = Array.from({ length: 50 }, (_, index): TableCells => [index, `"${index}"`, null, 0.5]);
    await write(path, columns, rowsOf(rows));
    expect(await failure(collect(read(path, columns.slice(1))))).toBe(`${name}/format`);
    expect(
      await failure(
        collect(
          read(
            path,
            columns.map((one) => ({ ...one, name: `${one.name}x` })),
          ),
        ),
      ),
    ).toBe(`${name}/format`);
    expect(await failure(collect(read(join(folder, 'none'), columns)))).toBe('file/absent');
    expect(await failure(collect(read(folder, columns)))).toBe('file/read');
    const bytes = await readFile(path);
    for (const size of name === 'csv' ? [0, 1, 11, 40] : [0, 1, 11, 100, bytes.length - 1]) {
      await writeFile(path, bytes);
      await truncate(path, size);
      expect(await failure(collect(read(path, columns)))).toBe(`${name}/format`);
    }
    await writeFile(path, Buffer.from([0xff, 0xfe, 0xfd, ...Buffer.alloc(20, 0xff)]));
    expect(await failure(collect(read(path, columns)))).toMatch(/^(?:csv\/encoding|parquet\/(?:format|limit))$/);
  });
});

describe('CSV', () => {
  it('is what others read: RFC 4180', async () => {
    const path = join(folder, 'others.csv');
    await writeCsv(
      path,
      columns,
      rowsOf([
        [1, 'a "b", c\r\nd', '', 0.1],
        [2, ' ', null, null],
        [3, '=1+1', 'x', 1e-7],
      ]),
    );
    const text = await readFile(path, 'utf8');
    expect(text).toBe('id,text,note,share\r\n1,"a ""b"", c\r\nd","",0.1\r\n2," ",,\r\n3,=1+1,x,1e-7\r\n');
    expect(parse(text)).toEqual([
      ['id', 'text', 'note', 'share'],
      ['1', 'a "b", c\r\nd', '', '0.1'],
      ['2', ' ', '', ''],
      ['3', '=1+1', 'x', '1e-7'],
    ]);
  });

  it.each([
    ['a quotation mark within', 'id,text,note,share\r\n1,a"b,,\r\n'],
    ['letters behind a quotation mark', 'id,text,note,share\r\n1,"a"b,,\r\n'],
    ['a quotation mark that is never closed', 'id,text,note,share\r\n1,"a,,\r\n'],
    ['a lonely carriage return', 'id,text,note,share\r1,a,,\r'],
    ['a row too short', 'id,text,note,share\r\n1,a\r\n'],
    ['no number', 'id,text,note,share\r\n1x,a,,\r\n'],
    ['no whole number', 'id,text,note,share\r\n1.5,a,,\r\n'],
    ['a number too large', 'id,text,note,share\r\n9007199254740993,a,,\r\n'],
    ['an infinite number', 'id,text,note,share\r\n1,a,,Infinity\r\n'],
    ['an absent cell', 'id,text,note,share\r\n,a,,\r\n'],
  ])('is refused with %s', async (_, text) => {
    const path = join(folder, 'refused.csv');
    await writeFile(path, text);
    expect(await failure(collect(readCsv(path, columns)))).toBe('csv/format');
  });

  it('is read or refused, whatever bytes were changed', async () => {
    const path = join(folder, 'changed.csv');
    const rows = Array.from({ length: 50 }, (_, index): TableCells => [index, `"${index}"`, null, 0.5]);
    await writeCsv(path, columns, rowsOf(rows));
    const bytes = await readFile(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        await writeFile(path, damaged);
        expect([undefined, 'csv/format', 'csv/encoding']).toContain(await failure(collect(readCsv(path, columns))));
      }),
      { numRuns: 100 },
    );
  });

  it('needs no line end at the end', async () => {
    const path = join(folder, 'end.csv');
    await writeFile(path, 'id,text,note,share\n1,"a",,');
    expect(await collect(readCsv(path, columns))).toEqual([[1, 'a', null, null]]);
  });
});

describe('Parquet', () => {
  it('says its types to others', async () => {
    const path = join(folder, 'types.parquet');
    await writeParquet(path, columns, rowsOf([[2 ** 53 - 1, 'é', null, 0.1]]));
    const file = await asyncBufferFromFile(path);
    expect(await parquetReadObjects({ file })).toEqual([{ id: 2n ** 53n - 1n, text: 'é', note: null, share: 0.1 }]);
  });
});
