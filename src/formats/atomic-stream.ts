import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { replaceFile, unwritable } from './atomic.js';

/** What became of a file. */
interface Written<T> {
  readonly value: T;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes a file of any size piece by piece. As with `writeAtomically` the path holds the old file or the new one, complete; where `work` throws, the old
 * one.
 *
 * @throws MessierError `file/write`, and whatever `work` throws.
 */
export async function writeStreamed<T>(
  path: string,
  work: (write: (bytes: Uint8Array) => Promise<void>) => Promise<T>,
): Promise<Written<T>> {
  const hash = createHash('sha256');
  let bytes = 0;
  const refuse = (error: unknown): never => {
    throw unwritable(path, error);
  };
  const value = await replaceFile(path, async (temporary) => {
    const file = await open(temporary, 'wx').catch(refuse);
    try {
      const made = await work(async (piece) => {
        hash.update(piece);
        bytes += piece.length;
        for (let done = 0; done < piece.length;) done += (await file.write(piece, done).catch(refuse)).bytesWritten;
      });
      await file.sync().catch(refuse);
      return made;
    } finally {
      await file.close();
    }
  });
  return { value, bytes, sha256: hash.digest('hex') };
}
