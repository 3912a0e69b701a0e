import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { MessierError } from '../../core/errors.js';
import { Passing } from '../retry.js';
import { shown } from './excerpt.js';

/** What we say that we can unpack: the header Accept-Encoding. */
export const packings = 'gzip, deflate, br';

/**
 * A body as it was before it was packed for its way (header Content-Encoding).
 *
 * @throws Passing where it is damaged or cut off.
 * @throws MessierError `collect/encoding` for a packing that was not asked for, or several in one another.
 */
export function unpack(body: AsyncIterable<Uint8Array>, encoding: string, url: URL): AsyncIterable<Uint8Array> {
  const name = encoding.trim().toLowerCase().replace(/^x-/, '');
  if (name === '' || name === 'identity') return body;
  if (name === 'deflate') return inflated(body);
  const unpacker = name === 'gzip' ? createGunzip() : name === 'br' ? createBrotliDecompress() : undefined;
  if (unpacker) return through(body, unpacker);
  throw new MessierError(
    'collect/encoding',
    `"${shown(url.href)}" is sent packed as "${shown(encoding)}"; ${packings} can be unpacked. Fetch it by other means.`,
  );
}

/** `deflate` is zlib's format (RFC 9110, 8.4.1.2); some servers send it bare. */
async function* inflated(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const blocks = body[Symbol.asyncIterator]();
  const head = await blocks.next();
  if (head.done) return;
  const { value } = head;
  const rest = async function* (): AsyncIterable<Uint8Array> {
    yield value;
    yield* { [Symbol.asyncIterator]: () => blocks };
  };
  yield* through(rest(), ((value[0] ?? 0) & 15) === 8 ? createInflate() : createInflateRaw());
}

async function* through(body: AsyncIterable<Uint8Array>, unpacker: Transform): AsyncIterable<Uint8Array> {
  // Its errors, and those of the body, are thrown by reading what it gives.
  pipeline(Readable.from(body), unpacker, () => undefined);
  try {
    for await (const block of unpacker as AsyncIterable<Uint8Array>) yield block;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !/^Z_|^ERR__?(ZLIB|BROTLI)/.test(String(error.code))) throw error;
    throw new Passing(`what came can't be unpacked: ${error.message}`, undefined, { cause: error });
  }
}
