import { open, stat, type FileHandle } from 'node:fs/promises';
import { MessierError } from '../core/errors.js';

/**
 * Opens a regular file for reading. A folder is refused, and so are pipes and devices, which would wait for a writer or never end.
 *
 * @throws MessierError `file/absent` where there is none, `file/read` where it can't be opened or is no regular file.
 */
export async function openFile(path: string): Promise<FileHandle> {
  try {
    if (!(await stat(path)).isFile()) throw new Error('it is no regular file');
    return await open(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * Reads a regular file whole; its size is compared with the limit before memory is taken.
 *
 * @param most Bytes.
 * @throws MessierError `file/limit` above `most` bytes, and what {@link openFile} throws.
 */
export async function readFileWhole(path: string, most: number): Promise<Uint8Array> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    if (size > most) {
      throw new MessierError('file/limit', `Files up to ${most} bytes are read; "${path}" has ${size}.`);
    }
    const bytes = new Uint8Array(size);
    return bytes.subarray(0, await fill(file, bytes));
  } catch (error) {
    throw error instanceof MessierError ? error : unreadable(path, error);
  } finally {
    await file.close();
  }
}

/** How many bytes there were: fewer than asked for where the file became shorter meanwhile. */
async function fill(file: FileHandle, bytes: Uint8Array): Promise<number> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, done, Math.min(bytes.length - done, 2 ** 30));
    if (bytesRead === 0) return done;
    done += bytesRead;
  }
  return bytes.length;
}

/** An error of the file system as ours. */
export function unreadable(path: string, cause: unknown): MessierError {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
    return new MessierError('file/absent', `There is no file "${path}". Check the path.`, { cause });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MessierError('file/read', `"${path}" can't be read: ${reason}. Check the path and its permissions.`, { cause });
}
