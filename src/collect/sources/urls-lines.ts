import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { z } from 'zod';
import { MessierError } from '../../core/errors.js';
import { openFile, unreadable } from '../../formats/read-file.js';

/** A line of a list, or a row of a table. */
export interface ListedLine {
  /** Of the file, from 1; of a row its last one. */
  readonly line: number;
  /** By columns as the header has them; `url` alone in a list. `undefined` where the row is broken. */
  readonly cells: Readonly<Record<string, string>> | undefined;
  /** As it stands, cut: for messages. */
  readonly text: string;
}

/** Characters of one line or row at most. */
export const longestLine = 2 ** 20;
const headBytes = 2 ** 16;
const columnsLimit = 1000;

/** How a file of addresses is to be read. */
interface Form {
  readonly encoding: 'utf8' | 'utf16le';
  /** Of a table. */
  readonly delimiter: string | undefined;
}

/**
 * Reads a file of addresses line by line: a list of one address a line, where empty lines and those that begin with # don't count, or a table (RFC 4180;
 * comma, semicolon or tab) with a header. A table is what is called .csv or .tsv, or begins with a header that `isHeader` knows. UTF-8 or
 * UTF-16. Memory does not grow with the file.
 *
 * @throws MessierError `csv/format` for a quote that is never closed, `file/absent`, `file/read`.
 */
export async function* listedLines(
  path: string,
  isHeader: (columns: readonly string[]) => boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedLine, void, undefined> {
  const form = await formOf(path, isHeader);
  const stream = createReadStream(path, { encoding: form.encoding, highWaterMark: headBytes, ...(signal ? { signal } : {}) });
  try {
    if (form.delimiter === undefined) yield* plainLines(stream);
    else yield* tableRows(stream, form.delimiter, path);
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof Error && 'errno' in error ? unreadable(path, error) : error;
  } finally {
    stream.destroy();
  }
}

async function formOf(path: string, isHeader: (columns: readonly string[]) => boolean): Promise<Form> {
  const file = await openFile(path);
  const head = new Uint8Array(headBytes);
  try {
    const { bytesRead } = await file.read(head, 0, headBytes, 0);
    const encoding = head[0] === 0xff && head[1] === 0xfe ? 'utf16le' : 'utf8';
    const text = Buffer.from(head.subarray(0, bytesRead))
      .toString(encoding)
      .replace(/^\ufeff/, '');
    const first = /^\s*([^\r\n]*)/.exec(text)?.[1] ?? '';
    const bare = first.replace(/"[^"]*"/g, '');
    const [best = ','] = [',', ';', '\t'].sort((a, b) => bare.split(b).length - bare.split(a).length);
    const columns = first.split(best).map((column) => column.replace(/^[\s"]+|[\s"]+$/g, ''));
    const isTable = /\.[ct]sv$/i.test(path) || isHeader(columns);
    return { encoding, delimiter: isTable ? best : undefined };
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await file.close();
  }
}

async function* plainLines(stream: AsyncIterable<unknown>): AsyncGenerator<ListedLine, void, undefined> {
  let line = 0;
  let rest = '';
  let isTooLong = false;
  const listed = (whole: string): ListedLine[] => {
    line++;
    const wasTooLong = isTooLong;
    isTooLong = false;
    const text = (line === 1 ? whole.replace(/^\ufeff/, '') : whole).trim();
    if (wasTooLong) return [{ line, cells: undefined, text: text.slice(0, 100) }];
    return text === '' || text.startsWith('#') ? [] : [{ line, cells: { url: text }, text: text.slice(0, 100) }];
  };
  for await (const block of stream) {
    const parts = (rest + String(block)).split(/\r\n|\n|\r(?!$)/);
    rest = parts.pop() ?? '';
    for (const part of parts) yield* listed(part);
    if (rest.length <= longestLine) continue;
    // What was read of it stays short, however long it is.
    isTooLong = true;
    rest = rest.slice(0, 100);
  }
  if (rest !== '') yield* listed(rest);
}

const rowSchema = z.object({ record: z.array(z.string()), info: z.object({ lines: z.number() }) });

async function* tableRows(stream: Readable, delimiter: string, path: string): AsyncGenerator<ListedLine, void, undefined> {
  const parser = stream.pipe(
    parse({
      delimiter,
      bom: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: longestLine,
      info: true,
    }),
  );
  // An error of the file does not reach what it is piped into by itself.
  stream.once('error', (error) => parser.destroy(error));
  let columns: readonly string[] | undefined;
  try {
    for await (const value of parser) {
      const { record, info } = rowSchema.parse(value);
      if (columns === undefined) columns = record.slice(0, columnsLimit);
      else {
        const names = columns;
        const isWhole = record.length === names.length;
        const cells = isWhole ? Object.fromEntries(record.map((cell, at) => [names[at] ?? '', cell])) : undefined;
        yield { line: info.lines, cells, text: record.join(',').slice(0, 100) };
      }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new MessierError('csv/format', `"${path}" is no table of comma-separated values: ${error.message}.`, { cause: error });
  } finally {
    parser.destroy();
  }
}
