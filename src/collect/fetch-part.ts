import { Readable } from 'node:stream';
import { MessierError } from '../core/errors.js';
import type { AddressGuard } from './http/address-guard.js';
import { addressOf, follow, isPassing, send, type Answer as Response } from './http/request.js';
import { retryAfter } from './http/retry-after.js';
import { Passing } from './retry.js';

/** What tells one version of a file from another. */
export interface Validator {
  readonly etag?: string | undefined;
  /** The header Last-Modified as it came. */
  readonly modified?: string | undefined;
}

/** A file from `start` on. */
export interface Answer {
  /** 0 where the server sends all of it. */
  readonly start: number;
  /** Bytes of the whole file, where the server says so. */
  readonly total: number | undefined;
  readonly validator: Validator;
  readonly blocks: AsyncIterable<Uint8Array>;
}

interface Asked {
  readonly guard: AddressGuard;
  readonly start: number;
  /** Of the version that the bytes before `start` are of. */
  readonly validator: Validator | undefined;
  /** Milliseconds without a byte after which the connection counts as lost. */
  readonly stall: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Asks a server for a file from a byte on (RFC 9110, 14: Range, If-Range). A changed file and a server without ranges are answered from the start.
 *
 * @throws Passing where another attempt may help: no connection, a lost one, a stalled one, too few bytes, 408, 429 and 5xx.
 * @throws MessierError `download/http`, `download/encoding`, `collect/address`, `collect/private-address`.
 */
export async function fetchPart(url: string, asked: Asked): Promise<Answer> {
  const { start, guard, stall, signal } = asked;
  const sent = { guard, headers: headersOf(asked), stall, signal };
  const response = await follow(addressOf(url), {}, (to) => send(to, sent));
  const { headers, status } = response;
  try {
    const validator = { etag: headers.etag, modified: headers['last-modified'] };
    const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
    const whole = range?.[3] === undefined || range[3] === '*' ? undefined : Number(range[3]);
    if (status === 416 && start > 0) {
      response.close();
      if (whole === start) return { start, total: whole, validator, blocks: Readable.from([]) };
      return await fetchPart(url, { ...asked, start: 0, validator: undefined });
    }
    if (status !== 200 && status !== 206) throw refusal(response, url);
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      throw new MessierError(
        'download/encoding',
        `"${url}" is sent packed (${encoding}) though it was asked for as it is. Fetch it by other means.`,
      );
    }
    if (status === 206 && Number(range?.[1] ?? NaN) !== start) {
      throw new MessierError(
        'download/http',
        `"${url}" answers with another range than bytes ${start} on. Remove the .part file.`,
      );
    }
    const from = status === 206 ? start : 0;
    const length = headers['content-length'];
    const total = whole ?? (length === undefined ? undefined : from + Number(length));
    return { start: from, total, validator, blocks: read(response, from, total) };
  } catch (error) {
    response.close();
    throw error;
  }
}

function headersOf({ start, validator }: Asked): Record<string, string> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (start === 0) return headers;
  // A weak tag promises no equal bytes and must not stand in If-Range.
  const version = validator?.etag?.startsWith('W/') ? validator.modified : (validator?.etag ?? validator?.modified);
  return { ...headers, range: `bytes=${start}-`, ...(version === undefined ? {} : { 'if-range': version }) };
}

function refusal({ status, statusText, headers }: Response, url: string): Error {
  const said = `the server answers ${status} ${statusText}`.trim();
  if (isPassing(status)) return new Passing(said, retryAfter(headers['retry-after'], headers.date));
  return new MessierError('download/http', `"${url}" can't be fetched: ${said}. Check the address.`);
}

async function* read(response: Response, start: number, total: number | undefined): AsyncIterable<Uint8Array> {
  let done = start;
  for await (const block of response.body) {
    done += block.length;
    yield block;
  }
  if (total !== undefined && done !== total) throw new Passing(`${total} bytes were promised, ${done} came`);
}
