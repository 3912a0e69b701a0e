import { Readable } from 'node:stream';
import { MessierError } from '../core/errors.js';
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
 * @throws MessierError `download/http`, `download/encoding`.
 */
export async function fetchPart(url: string, asked: Asked): Promise<Answer> {
  const watch = new StallWatch(asked.stall, asked.signal);
  const { start } = asked;
  try {
    const response = await fetch(url, { headers: headersOf(asked), signal: watch.signal }).catch((error: unknown) => {
      throw watch.lost(error);
    });
    const { headers, status } = response;
    const validator = { etag: headers.get('etag') ?? undefined, modified: headers.get('last-modified') ?? undefined };
    const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
    const whole = range?.[3] === undefined || range[3] === '*' ? undefined : Number(range[3]);
    if (status === 416 && start > 0) {
      await discard(response);
      watch.end();
      if (whole === start) return { start, total: whole, validator, blocks: Readable.from([]) };
      return await fetchPart(url, { ...asked, start: 0, validator: undefined });
    }
    if (status !== 200 && status !== 206) throw await refusal(response, url);
    const encoding = headers.get('content-encoding') ?? 'identity';
    if (encoding !== 'identity') {
      await discard(response);
      throw new MessierError(
        'download/encoding',
        `"${url}" is sent packed (${encoding}) though it was asked for as it is. Fetch it by other means.`,
      );
    }
    if (status === 206 && Number(range?.[1] ?? NaN) !== start) {
      await discard(response);
      throw new MessierError(
        'download/http',
        `"${url}" answers with another range than bytes ${start} on. Remove the .part file.`,
      );
    }
    const from = status === 206 ? start : 0;
    const length = headers.get('content-length');
    const total = whole ?? (length === null ? undefined : from + Number(length));
    return { start: from, total, validator, blocks: read(response, from, total, watch) };
  } catch (error) {
    watch.end();
    throw error;
  }
}

function headersOf({ start, validator }: Asked): Record<string, string> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'messier' };
  if (start === 0) return headers;
  // A weak tag promises no equal bytes and must not stand in If-Range.
  const version = validator?.etag?.startsWith('W/') ? validator.modified : (validator?.etag ?? validator?.modified);
  return { ...headers, range: `bytes=${start}-`, ...(version === undefined ? {} : { 'if-range': version }) };
}

async function refusal(response: Response, url: string): Promise<Error> {
  await discard(response);
  const { status, statusText } = response;
  const said = `the server answers ${status} ${statusText}`.trim();
  if (status >= 500 || status === 408 || status === 429) return new Passing(said, waitOf(response.headers.get('retry-after')));
  return new MessierError('download/http', `"${url}" can't be fetched: ${said}. Check the address.`);
}

/** Milliseconds, from seconds or a date. */
function waitOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

async function* read(response: Response, start: number, total: number | undefined, watch: StallWatch): AsyncIterable<Uint8Array> {
  let done = start;
  try {
    if (response.body) {
      for await (const block of response.body as unknown as AsyncIterable<Uint8Array>) {
        done += block.length;
        // Writing may take long; only the wait for the server counts.
        watch.end();
        yield block;
        watch.start();
      }
    }
  } catch (error) {
    throw watch.lost(error);
  } finally {
    watch.end();
  }
  if (total !== undefined && done !== total) throw new Passing(`${total} bytes were promised, ${done} came`);
}

async function discard(response: Response): Promise<void> {
  await response.body?.cancel();
}

/** Aborts a request to which nothing comes for too long, and tells that from the caller's own abort. */
class StallWatch {
  readonly signal: AbortSignal;
  private readonly stalled = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limit: number,
    private readonly outer: AbortSignal | undefined,
  ) {
    this.signal = outer ? AbortSignal.any([outer, this.stalled.signal]) : this.stalled.signal;
    this.start();
  }

  start(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stalled.abort(), this.limit);
  }

  end(): void {
    clearTimeout(this.timer);
  }

  /** What an error of fetch means. */
  lost(error: unknown): unknown {
    if (this.outer?.aborted) return this.outer.reason;
    if (this.stalled.signal.aborted) return new Passing(`nothing came for ${this.limit} ms`, undefined, { cause: error });
    if (!(error instanceof TypeError)) return error;
    const cause = error.cause instanceof Error ? error.cause.message : error.message;
    return new Passing(`the connection failed: ${cause}`, undefined, { cause: error });
  }
}
