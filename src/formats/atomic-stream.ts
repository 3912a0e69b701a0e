import { createHash, randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { MessierError } from '../core/errors.js';

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
  const temporary = `${path}.${randomUUID()}.tmp`;
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const file = await open(temporary, 'wx').catch((error: unknown) => refuse(path, error));
    let value: T;
    try {
      value = await work(async (piece) => {
        hash.update(piece);
        bytes += piece.length;
        for (let done = 0; done < piece.length;) {
          done += (await file.write(piece, done).catch((error: unknown) => refuse(path, error))).bytesWritten;
        }
      });
      await file.sync().catch((error: unknown) => refuse(path, error));
    } finally {
      await file.close();
    }
    await rename(temporary, path).catch((error: unknown) => refuse(path, error));
    return { value, bytes, sha256: hash.digest('hex') };
  } catch (error) {
    // Fails too where the folder is none; the first failure is the one to tell of.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

function refuse(path: string, error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error);
  throw new MessierError('file/write', `"${path}" can't be written: ${reason}. Check the folder and its free space.`, {
    cause: error,
  });
}
