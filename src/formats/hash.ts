import { createHash } from 'node:crypto';
import type { WorkOptions } from '../core/progress.js';
import { openFile, unreadable } from './read-file.js';

/** Bytes read at once. */
const chunk = 1 << 20;

/** SHA-256 (FIPS 180-4) of bytes, or of a text as UTF-8, in 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * SHA-256 of a file of any size, in hexadecimal; one megabyte of it is in memory at a time.
 *
 * @throws MessierError `file/absent`, `file/read`.
 */
export async function sha256File(path: string, work: WorkOptions = {}): Promise<string> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    const hash = createHash('sha256');
    const buffer = new Uint8Array(chunk);
    for (let done = 0; ;) {
      work.signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, chunk).catch((error: unknown) => {
        throw unreadable(path, error);
      });
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
      done += bytesRead;
      work.progress?.({ stage: 'hash', done, total: size, unit: 'bytes' });
    }
  } finally {
    await file.close();
  }
}
