import { randomUUID } from 'node:crypto';
import { open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { MessierError } from '../core/errors.js';

/** A temporary file that is so old is a killed process's. */
const staleMilliseconds = 24 * 60 * 60 * 1000;

/**
 * Writes a file whole. At every instant the path holds the old file or the new one, complete: a temporary file in the same folder is
 * written, flushed to disk and renamed. Where that fails, the old file stays and the temporary one is removed.
 *
 * @param pieces The content, several pieces one after the other; text as UTF-8.
 * @throws MessierError `file/write` where the folder is absent, full or closed to us, or where `path` is a folder.
 *
 * @example
 * await writeAtomically('runs/1/manifest.json', JSON.stringify(manifest));
 */
export async function writeAtomically(path: string, pieces: Uint8Array | string | readonly Uint8Array[]): Promise<void> {
  await replaceFile(path, async (temporary) => {
    const file = await open(temporary, 'wx');
    try {
      for (const piece of piecesOf(pieces)) await writeFully(file, piece);
      await file.sync();
    } finally {
      await file.close();
    }
  }).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}

/**
 * Puts a file that `make` writes under a temporary name in its place. Where that fails, the old file stays and the temporary one is removed.
 *
 * @throws What `make` throws; MessierError `file/write` where it can't be put in its place.
 */
export async function replaceFile<T>(path: string, make: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const value = await make(temporary);
    await rename(temporary, path).catch((error: unknown) => {
      throw unwritable(path, error);
    });
    return value;
  } catch (error) {
    // Fails too where the folder is none; the first failure is the one to tell of.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** `file/write` for a system's error; one of ours stays as it is. */
export function unwritable(path: string, error: unknown): MessierError {
  if (error instanceof MessierError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new MessierError('file/write', `"${path}" can't be written: ${reason}. Check the folder and its free space.`, {
    cause: error,
  });
}

/** Removes what processes that were killed within {@link writeAtomically} left in a folder. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/[.][^.]+[.]tmp$/.test(name)) continue;
    const file = await stat(join(folder, name)).catch(() => undefined);
    if (file && Date.now() - file.mtimeMs > staleMilliseconds) await rm(join(folder, name), { force: true });
  }
}

function piecesOf(pieces: Uint8Array | string | readonly Uint8Array[]): readonly Uint8Array[] {
  if (typeof pieces === 'string') return [Buffer.from(pieces)];
  return pieces instanceof Uint8Array ? [pieces] : pieces;
}

async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done)).bytesWritten;
}
