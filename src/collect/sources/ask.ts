import { z } from 'zod';
import { MessierError } from '../../core/errors.js';
import type { Held } from '../byte-room.js';
import type { Fetcher } from '../http/types.js';

/** How often an answer of another shape, or a page in place of a picture, is asked for: services under load give such. */
const mostAsked = 3;

/**
 * JSON, read by a function that throws a MessierError where it is of another shape; then it is asked for again.
 *
 * @throws MessierError What `read` throws in the end, and what the fetcher throws.
 */
export async function askFor<T>(
  fetcher: Fetcher,
  address: string,
  read: (answer: unknown, address: string) => T,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let times = 1; ; times++) {
    const answer = await fetcher.json(address, z.unknown(), { signal });
    try {
      return read(answer, shownAddress(address));
    } catch (error) {
      if (!(error instanceof MessierError) || times === mostAsked) throw error;
    }
  }
}

/**
 * The bytes of a picture's file, whatever picture it is.
 *
 * @throws MessierError `collect/answer` where a page of HTML or nothing comes in its place, and what the fetcher throws.
 */
export async function askForPicture(
  fetcher: Fetcher,
  address: string,
  signal: AbortSignal | undefined,
  held?: Held,
): Promise<{ readonly bytes: Uint8Array; readonly url: string }> {
  for (let times = 1; ; times++) {
    const { bytes, url } = await fetcher.bytes(address, { accept: 'image/*', signal, held });
    const isPage = /^\s*<(?:!doctype html|html)/i.test(Buffer.from(bytes.subarray(0, 200)).toString('latin1'));
    if (bytes.length > 0 && !isPage) return { bytes, url };
    if (times === mostAsked) {
      const what = isPage ? 'a page of HTML' : 'nothing';
      throw new MessierError('collect/answer', `${shownAddress(address)}: a picture expected, ${what} came, ${mostAsked} times.`);
    }
  }
}

/** For messages: without a key. */
const shownAddress = (address: string): string => `"${address.replace(/([?&]api_key=)[^&]*/, '$1...')}"`;
