import { promisify } from 'node:util';
import { gunzip as unzip } from 'node:zlib';
import { MessierError } from '../core/errors.js';

const inflate = promisify(unzip);

/** Does it open as a gzip file (RFC 1952) does? */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The content of a gzip file, several members one after the other.
 *
 * @param most Bytes of the content; decompression stops there.
 * @param title Opens messages: the file in quotation marks.
 * @throws MessierError `gzip/limit` for more content, `gzip/truncated` where the file ends early, `gzip/broken` where it is damaged.
 */
export async function gunzip(bytes: Uint8Array, most: number, title: string): Promise<Uint8Array> {
  try {
    return await inflate(bytes, { maxOutputLength: most });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw new MessierError('gzip/limit', `${title} unpacks to more than ${most} bytes, which is the limit.`, { cause });
    }
    if (code === 'Z_BUF_ERROR') {
      throw new MessierError('gzip/truncated', `${title} is a gzip file that ends too early. Fetch it anew.`, { cause });
    }
    throw new MessierError('gzip/broken', `${title} is a damaged gzip file. Fetch it anew.`, { cause });
  }
}
