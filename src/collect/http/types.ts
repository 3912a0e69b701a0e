import type { z } from 'zod';
import type { Held } from '../byte-room.js';

/** Which addresses may be asked. */
export interface GuardOptions {
  /** Also addresses of this machine and of private networks; `false` unless told. */
  readonly allowPrivate?: boolean | undefined;
  /** Addresses that the user named himself, such as a mirror at `http://localhost:8080`: their host and port may lie anywhere. */
  readonly named?: readonly string[] | undefined;
}

/** How servers are asked: each limit is for one host, unless it says otherwise. */
export interface FetcherOptions extends GuardOptions {
  /** Requests started in a second at most; 2 unless told. */
  readonly rate?: number | undefined;
  /** Requests under way at the same time at most; 4 unless told. */
  readonly atOnce?: number | undefined;
  /** Attempts at one address; 6 unless told. */
  readonly attempts?: number | undefined;
  /** Milliseconds: the wait before attempt n + 1 is drawn from [0, backoff * 2^(n-1)], at most a minute; 1000 unless told. */
  readonly backoff?: number | undefined;
  /** Milliseconds without a byte after which a connection counts as lost; 30,000 unless told. */
  readonly stall?: number | undefined;
  /** Milliseconds that one attempt may take from the first byte sent to the last received; 120,000 unless told. */
  readonly longest?: number | undefined;
  /** Requests in all, to every host, redirections and further attempts included; unlimited unless told. */
  readonly budget?: number | undefined;
}

/** One thing to fetch. */
export interface FetchRequest {
  /** Bytes at most, as sent and as unpacked; 2^26 unless told, 2^23 of JSON. */
  readonly maxBytes?: number | undefined;
  /** The header Accept. */
  readonly accept?: string | undefined;
  /** More headers, such as keys. Another host that a redirection leads to does not get them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Counts the bytes of the body as they come, and may make them wait. Cleared when an attempt begins or fails. */
  readonly held?: Held | undefined;
}

/** What came. */
export interface Fetched {
  readonly bytes: Uint8Array;
  /** Where it came from in the end, after redirections. */
  readonly url: string;
  /** The media type in small letters without its parameters, `image/jpeg`; empty where the server says none. */
  readonly type: string;
  /** By names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Fetches politely. Made by `createFetcher`; one for a whole collection, so that its rates and its budget hold for all of it.
 *
 * Waits its turn at each host, waits as long as servers ask (`Retry-After`), and tries again after 408, 425, 429, 5xx, lost, stalled and
 * truncated answers. Its methods throw MessierError:
 * - `collect/address`: no http or https address, one with a password in it, a redirection from https to http, or more than five;
 * - `collect/private-address`: this machine or a private network, by address, by name or by redirection;
 * - `collect/http`: an answer that trying again won't change (404, 410, ...);
 * - `collect/forbidden`: 401 or 403;
 * - `collect/quota`: the server's limit for our key is used up (`X-RateLimit-Remaining: 0`, or `Retry-After` above ten minutes);
 * - `collect/budget`: our own limit of requests is used up;
 * - `collect/size`: more bytes than allowed, as sent or unpacked;
 * - `collect/failed`: after the last attempt;
 * - `collect/answer` (json alone): HTML, broken or otherwise shaped JSON, after the last attempt.
 *
 * Values of `api_key` in addresses never appear in messages. An abort throws the signal's reason.
 */
export interface Fetcher {
  /** Requests that were sent. */
  readonly used: number;

  /** The whole body, unpacked. */
  bytes(url: string, request?: FetchRequest): Promise<Fetched>;

  /**
   * JSON of the shape that a schema describes.
   *
   * @example
   * const { collection } = await fetcher.json(url, z.object({ collection: z.object({ href: z.string() }) }));
   */
  json<T>(url: string, schema: z.ZodType<T>, request?: FetchRequest): Promise<T>;

  /** Closes connections that wait for another request. */
  close(): void;
}
