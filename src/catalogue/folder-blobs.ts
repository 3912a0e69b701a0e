import { randomUUID } from 'node:crypto';
import { lstatSync, type Stats } from 'node:fs';
import { open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { writeAtomically } from '../formats/atomic.js';
import { sha256 } from '../formats/hash.js';
import { readFileWhole, unreadable } from '../formats/read-file.js';
import { absent, blobName, corrupt, hashOfName, hashToStore } from './blob-names.js';
import { largestBlob, staleAfter, type BlobListOptions, type BlobStore, type StoredBlob } from './blob-types.js';
import { makeFolders } from '../formats/make-folders.js';

/** Files whose size and time are asked for at once. */
const statsAtOnce = 32;
/** Bytes of a file that is there which are compared at once. */
const comparedAtOnce = 2 ** 20;

/**
 * Blobs as files of a folder: `ab/cdef...`. Several processes may use it at once. Files and the folders that name them are flushed to disk
 * before `put` returns, so that a row in the catalogue never outlives its blob. Links count as what they point to; removing takes
 * the link.
 *
 * @example
 * const blobs = new FolderBlobs(join(messierHome(), 'blobs'));
 */
export class FolderBlobs implements BlobStore {
  constructor(
    /** Made when the first blob is put. */
    readonly location: string,
  ) {}

  /** @throws MessierError `blob/limit`, `file/write` where the disk is full or the folder closed to us; nothing is left then. */
  async put(bytes: Uint8Array, { signal }: Pick<WorkOptions, 'signal'> = {}): Promise<string> {
    signal?.throwIfAborted();
    const hash = hashToStore(bytes);
    const path = this.#path(hash);
    if (!((await holds(path, bytes)) && (await touched(path)))) {
      await this.#makeFolder(dirname(path));
      await writeAtomically(path, bytes);
    }
    // Also for what was there: whoever wrote it may not have come to this line yet.
    await flushFolder(dirname(path));
    return hash;
  }

  /** @throws MessierError `blob/absent`, `blob/corrupt`, `file/read`. */
  async get(hash: string, { signal }: Pick<WorkOptions, 'signal'> = {}): Promise<Uint8Array> {
    signal?.throwIfAborted();
    const path = this.#path(hash);
    const bytes = await readFileWhole(path, largestBlob).catch((error: unknown) => {
      if (error instanceof MessierError && error.code === 'file/absent') throw absent(hash, this.location);
      throw error;
    });
    if (sha256(bytes) !== hash) throw corrupt(hash, this.location, bytes.length);
    return bytes;
  }

  async has(hash: string): Promise<boolean> {
    return (await fileAt(this.#path(hash))) !== undefined;
  }

  async *list({ signal, foreign }: BlobListOptions = {}): AsyncIterable<StoredBlob> {
    for await (const { folder, names } of this.#folders(foreign)) {
      for (let at = 0; at < names.length; at += statsAtOnce) {
        signal?.throwIfAborted();
        yield* await this.#stored(folder, names.slice(at, at + statsAtOnce), foreign);
      }
    }
  }

  async remove(hash: string, { before }: { readonly before?: number | undefined } = {}): Promise<boolean> {
    const path = this.#path(hash);
    if (!(await fileAt(path))) return false;
    // Renamed first: whoever puts it from now on doesn't find it and writes it anew; whoever put it before has changed its time.
    const aside = `${path}.${randomUUID()}.tmp`;
    try {
      await rename(path, aside);
      const file = await fileAt(aside);
      if (file && before !== undefined && file.mtimeMs >= before) {
        await rename(aside, path);
        return false;
      }
      await rm(aside, { force: true });
      return true;
    } catch (error) {
      if (isAbsence(error)) return false;
      throw unwritable(path, error);
    }
  }

  async sweep({ signal }: Pick<WorkOptions, 'signal'> = {}): Promise<number> {
    let removed = 0;
    for await (const { folder, names } of this.#folders(undefined)) {
      for (const name of names) {
        signal?.throwIfAborted();
        if (!isTemporary(name)) continue;
        const path = join(this.location, folder, name);
        const file = await fileAt(path);
        if (!file || Date.now() - file.mtimeMs < staleAfter) continue;
        await rm(path, { force: true }).catch((error: unknown) => {
          throw unwritable(path, error);
        });
        removed++;
      }
    }
    return removed;
  }

  #path(hash: string): string {
    return join(this.location, ...blobName(hash).split('/'));
  }

  /** The 256 folders and what lies in them. */
  async *#folders(
    foreign: ((name: string) => void) | undefined,
  ): AsyncIterable<{ readonly folder: string; readonly names: readonly string[] }> {
    for (const folder of await namesIn(this.location)) {
      const path = join(this.location, folder);
      const isOurs = /^[0-9a-f]{2}$/.test(folder) && (await at(path))?.isDirectory() === true;
      if (isOurs) yield { folder, names: await namesIn(path) };
      else foreign?.(folder);
    }
  }

  async #stored(
    folder: string,
    names: readonly string[],
    foreign: ((name: string) => void) | undefined,
  ): Promise<readonly StoredBlob[]> {
    const found = await Promise.all(
      names.map(async (name) => {
        const hash = hashOfName(`${folder}/${name}`);
        const file = hash === undefined ? undefined : await fileAt(join(this.location, folder, name));
        if (hash !== undefined && file) return { hash, bytes: file.size, putAt: file.mtimeMs };
        // A blob that was removed while we looked is nothing foreign.
        const isForeign = hash === undefined ? !isTemporary(name) : existsByName(join(this.location, folder, name));
        if (isForeign) foreign?.(`${folder}/${name}`);
        return undefined;
      }),
    );
    return found.filter((blob) => blob !== undefined);
  }

  async #makeFolder(folder: string): Promise<void> {
    try {
      if ((await makeFolders(folder)) !== undefined) await flushFolder(this.location);
    } catch (error) {
      throw unwritable(folder, error);
    }
  }
}

/** Whether a file has these bytes and no others; not so where it can't be read. */
async function holds(path: string, bytes: Uint8Array): Promise<boolean> {
  if ((await fileAt(path))?.size !== bytes.length) return false;
  const block = Buffer.allocUnsafe(Math.min(bytes.length, comparedAtOnce));
  try {
    const file = await open(path);
    try {
      for (let at = 0; at < bytes.length;) {
        const { bytesRead } = await file.read(block, 0, block.length, at);
        if (bytesRead === 0 || block.compare(bytes, at, at + bytesRead, 0, bytesRead) !== 0) return false;
        at += bytesRead;
      }
      return true;
    } finally {
      await file.close();
    }
  } catch {
    // Written anew, which tells what is wrong with the place where that fails too.
    return false;
  }
}

/** Renews the time of a file. Another user's can't be renewed: it is written anew. */
async function touched(path: string): Promise<boolean> {
  const now = new Date();
  return utimes(path, now, now).then(
    () => true,
    () => false,
  );
}

/** A regular file, or a link to one. */
async function fileAt(path: string): Promise<Stats | undefined> {
  const there = await at(path);
  return there?.isFile() === true ? there : undefined;
}

/** What a path leads to, links followed; `undefined` where it leads nowhere. */
async function at(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: unknown) => {
    if (isAbsence(error)) return undefined;
    throw unreadable(path, error);
  });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isAbsence(error)) return [];
    throw unreadable(folder, error);
  });
}

/** As `writeAtomically` and `remove` name them. */
function isTemporary(name: string): boolean {
  return /^[0-9a-f]{62}[.][0-9a-f-]{36}[.]tmp$/.test(name);
}

/** A new name in a folder is safe once the folder is. Windows flushes names by itself and opens no folders. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    // What network file systems answer that can't flush a folder: names are as safe there as they get.
    if (error instanceof Error && 'code' in error && (error.code === 'EINVAL' || error.code === 'ENOTSUP')) return;
    throw unwritable(folder, error);
  }
}

function existsByName(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(String(error.code));
}

function unwritable(path: string, cause: unknown): MessierError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MessierError(
    'file/write',
    `The blobs at "${path}" can't be changed: ${reason}. Check the folder and its free space.`,
    {
      cause,
    },
  );
}
