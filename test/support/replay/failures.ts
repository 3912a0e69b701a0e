/** Ways in which real servers fail, played on a connection. */
import type { ServerResponse } from 'node:http';
import { deflateSync, gzipSync } from 'node:zlib';
import { pngFile } from '../picture-files.js';
import type { Reply } from './reply.js';

/** A failure by its name, or an answer of one's own, over which headers and body of the right one shine through. */
export type Failure = keyof typeof failures | Partial<Reply>;

/** Sends a right answer in a wrong way. */
type Play = (reply: Reply, response: ServerResponse) => void;

/** Sends a reply with its true length. */
export function sendReply({ status, headers, body }: Reply, response: ServerResponse): void {
  response.writeHead(status, { 'content-length': body.length, ...headers });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

const with200 =
  (change: (reply: Reply) => Partial<Reply>): Play =>
  (reply, response) =>
    sendReply({ ...reply, ...change(reply) }, response);
const always = (status: number, headers: Readonly<Record<string, string>>, text: string): Play =>
  with200(() => ({ status, headers, body: Buffer.from(text) }));

const page = '<!DOCTYPE html>\n<html><head><title>Sorry</title></head><body><h1>We will be back soon</h1></body></html>\n';
const html = { 'content-type': 'text/html; charset=utf-8' };
const later = (seconds: number): string => new Date(Math.ceil(Date.now() / 1000 + seconds) * 1000).toUTCString();

export const failures = {
  'not-found': always(404, html, page),
  forbidden: always(403, html, page),
  'error-500': always(500, html, page),
  'error-502': always(502, html, page),
  'error-503': always(503, html, page),
  /** 503 with Retry-After in seconds: 1. */
  busy: always(503, { ...html, 'retry-after': '1' }, page),
  /** 503 with Retry-After as a date, one to two seconds from now. */
  'busy-until': (reply, response) => always(503, { ...html, 'retry-after': later(1) }, page)(reply, response),
  /** 429 with Retry-After: 1. */
  'too-many': always(429, { ...html, 'retry-after': '1' }, page),
  /** 429 as api.nasa.gov says that the key's hour is used up. */
  quota: always(
    429,
    { 'content-type': 'application/json', 'x-ratelimit-limit': '30', 'x-ratelimit-remaining': '0' },
    '{"error":{"code":"OVER_RATE_LIMIT","message":"You have exceeded your rate limit. Try again later."}}',
  ),
  /** An error page with status 200. */
  html: with200(() => ({ headers: html, body: Buffer.from(page) })),
  /** The same, called what was asked for. */
  'html-disguised': with200(() => ({ body: Buffer.from(page) })),
  empty: with200(() => ({ body: Buffer.alloc(0) })),
  /** Half of the bytes with a length and a type that are right for them. */
  half: with200(({ body }) => ({ body: body.subarray(0, body.length / 2) })),
  'wrong-type': with200(({ headers }) => ({ headers: { ...headers, 'content-type': 'application/octet-stream' } })),
  /** JSON under other names of its fields: `collection` becomes `collection_v2`. */
  'changed-fields': with200(({ body }) => ({ body: Buffer.from(body.toString().replace(/"(\w+)":/g, '"$1_v2":')) })),
  /** A redirection to itself. */
  loop: (reply, response) => always(302, { location: response.req.url ?? '/' }, '')(reply, response),
  'to-metadata': always(302, { location: 'http://169.254.169.254/latest/meta-data/' }, ''),
  'to-loopback': always(301, { location: 'http://[::1]:9/' }, ''),
  'to-file': always(302, { location: 'file:///etc/passwd' }, ''),
  /** 256 MiB of zeros in 256 kB. */
  bomb: (reply, response) => {
    const part = gzipSync(Buffer.alloc(2 ** 20));
    const headers = { ...reply.headers, 'content-encoding': 'gzip' };
    sendReply({ status: 200, headers, body: Buffer.concat(Array.from({ length: 256 }, () => part)) }, response);
  },
  /** 16 MiB of JSON, which would take half a gigabyte as objects, in 16 kB. */
  'json-bomb': with200(({ headers }) => ({
    headers: { ...headers, 'content-encoding': 'gzip' },
    body: gzipSync(`[${'[],'.repeat(2 ** 24 / 3)}[]]`),
  })),
  /** A PNG of 20,000 x 20,000 pixels in 50 kB. */
  'pixel-bomb': with200(() => ({ headers: { 'content-type': 'image/png' }, body: hugePng() })),
  /** Half of the bytes that the header promises, then the end of the connection. */
  truncated: ({ status, headers, body }, response) => {
    response.writeHead(status, { ...headers, 'content-length': body.length });
    response.write(body.subarray(0, body.length / 2), () => response.destroy());
  },
  /** Half of the bytes in chunks without the last one. */
  'chunks-cut': ({ status, headers, body }, response) => {
    response.writeHead(status, headers);
    response.write(body.subarray(0, body.length / 2), () => response.destroy());
  },
  /** A length that is too small by half. */
  'short-length': ({ status, headers, body }, response) => {
    response.writeHead(status, { ...headers, 'content-length': Math.floor(body.length / 2) });
    response.end(body.subarray(0, body.length / 2));
  },
  /** One byte every 20 ms. */
  drip: ({ status, headers, body }, response) => {
    response.writeHead(status, { ...headers, 'content-length': body.length });
    let at = 0;
    const timer = setInterval(() => {
      if (at < body.length) response.write(body.subarray(at, ++at));
      else response.end();
    }, 20);
    response.once('close', () => clearInterval(timer));
  },
  /** Half of the bytes, then nothing. */
  stall: ({ status, headers, body }, response) => {
    response.writeHead(status, { ...headers, 'content-length': body.length });
    response.write(body.subarray(0, body.length / 2));
  },
  /** No answer at all. */
  silent: () => undefined,
  /** Another protocol, which nobody asked for. */
  upgrade: (_, response) => {
    response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  },
  /** The connection is reset before an answer. */
  reset: (_, response) => void response.socket?.resetAndDestroy(),
} as const satisfies Readonly<Record<string, Play>>;

export function play(failure: Failure, reply: Reply, response: ServerResponse): void {
  if (typeof failure === 'string') failures[failure](reply, response);
  else sendReply({ ...reply, ...failure, headers: { ...reply.headers, ...failure.headers } }, response);
}

let huge: Buffer | undefined;

/** A black picture of one bit a pixel. */
function hugePng(side = 20_000): Buffer {
  huge ??= pngFile(side, side, 1, 1, deflateSync(Buffer.alloc(side * (1 + Math.ceil(side / 8)))));
  return huge;
}
