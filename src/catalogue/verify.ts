import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import type { BlobStore, StoredBlob } from './blob-types.js';
import type { Catalogue } from './catalogue.js';

/** Findings of one kind: how many, and the first hundred. */
export interface Findings<T> {
  readonly count: number;
  readonly first: readonly T[];
}

/** How a catalogue and its blobs agree. */
export interface BlobVerification {
  /** Pictures of the catalogue. */
  readonly items: number;
  /** Files of the store and their bytes, orphans included. */
  readonly blobs: number;
  readonly bytes: number;
  /** Hashes of items whose file is not there: `collect` with `repair` brings it back. */
  readonly missing: Findings<string>;
  /** Files with other bytes than their name says, of another size than their item's, or that can't be read. */
  readonly corrupt: Findings<{ readonly hash: string; readonly reason: string }>;
  /** Hashes of files without an item, those that were removed included. */
  readonly orphaned: Findings<string>;
  /** Names in the store that are no blobs. Other people's text: it may hold anything. */
  readonly foreign: Findings<string>;
  /** Orphans that were removed. */
  readonly removed: number;
  /** Leftovers of killed processes that were removed. */
  readonly swept: number;
}

export interface VerifyOptions extends WorkOptions {
  /** Reads every byte of each item's file and compares its SHA-256; `false` compares sizes alone. `true` unless told. */
  readonly deep?: boolean | undefined;
  /** Removes orphans that nobody has put for {@link orphanAge}. */
  readonly removeOrphans?: boolean | undefined;
}

/** A day, in milliseconds: a collection puts a file first and its row soon after. A younger orphan may be a picture on its way. */
export const orphanAge = 24 * 60 * 60 * 1000;

const listed = 100;
const rowsAtOnce = 1000;
const readsAtOnce = 8;
/** Of files that are read at once; a larger one is read alone. */
const bytesAtOnce = 256 * 2 ** 20;

/**
 * Compares the catalogue with its blobs: what is missing, damaged, orphaned or foreign. Other processes may collect meanwhile: the catalogue is read
 * first, so that the file of each item read is there; a file without an item is asked for again before it counts.
 *
 * Takes about 180 bytes of memory an item.
 *
 * @throws MessierError `blob/orphans` where orphans are to be removed but no file belongs to the catalogue: it is another one's store. What the
 * catalogue and the store throw as a whole; a single file that can't be read counts as corrupt.
 *
 * @example
 * const { missing, corrupt } = await verifyBlobs(catalogue, blobs);
 * process.exitCode = missing.count + corrupt.count === 0 ? 0 : 1;
 */
export async function verifyBlobs(
  catalogue: Pick<Catalogue, 'stream' | 'byHash'>,
  blobs: BlobStore,
  options: VerifyOptions = {},
): Promise<BlobVerification> {
  const before = Date.now() - orphanAge;
  const expected = await expectedSizes(catalogue, options);
  const items = expected.size;
  const { unknown, ...stored } = await compareStored(expected, blobs, options);
  if (options.removeOrphans === true && unknown.length > 0 && unknown.length === stored.blobs) {
    throw new MessierError(
      'blob/orphans',
      `None of the ${stored.blobs} files in ${blobs.location} belongs to one of the ${items} items: orphans are not removed, for they may be ` +
        `another catalogue's. Check MESSIER_HOME, DATABASE_URL and MESSIER_BLOBS.`,
    );
  }
  const orphaned = new List<string>();
  let removed = 0;
  for (let at = 0; at < unknown.length; at += rowsAtOnce) {
    options.signal?.throwIfAborted();
    const hashes = unknown.slice(at, at + rowsAtOnce);
    // The order matters: first the question for the row, then the removal, which looks at the time of the last put. A collection that puts the
    // same picture between the two has renewed that time, or finds nothing and writes it anew.
    const rows = await catalogue.byHash(hashes);
    for (const hash of hashes.filter((hash) => !rows.has(hash))) {
      orphaned.add(hash);
      if (options.removeOrphans === true && (await blobs.remove(hash, { before }))) removed++;
    }
  }
  const swept = await blobs.sweep({ signal: options.signal });
  return { items, ...stored, orphaned, removed, swept };
}

/** Bytes of each item's file, by its hash. */
async function expectedSizes(
  catalogue: Pick<Catalogue, 'stream'>,
  { signal, progress }: WorkOptions,
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for await (const { hash, bytes } of catalogue.stream({})) {
    signal?.throwIfAborted();
    sizes.set(hash, bytes);
    if (sizes.size % rowsAtOnce === 0) progress?.({ stage: 'read the catalogue', done: sizes.size, unit: 'items' });
  }
  return sizes;
}

interface Compared extends Pick<BlobVerification, 'blobs' | 'bytes' | 'missing' | 'corrupt' | 'foreign'> {
  /** Hashes of files that were not expected. */
  readonly unknown: readonly string[];
}

/** @param expected Emptied of what is found. */
async function compareStored(
  expected: Map<string, number>,
  blobs: BlobStore,
  { deep = true, signal, progress }: VerifyOptions,
): Promise<Compared> {
  const items = expected.size;
  const missing = new List<string>();
  const corrupt = new List<{ readonly hash: string; readonly reason: string }>();
  const foreign = new List<string>();
  const unknown: string[] = [];
  const reads = new Reads();
  const check = async ({ hash }: StoredBlob) => {
    try {
      await blobs.get(hash, { signal });
    } catch (error) {
      if (!(error instanceof MessierError)) throw error;
      if (error.code === 'blob/absent') missing.add(hash);
      else if (error.code === 'blob/corrupt' || error.code === 'file/read') corrupt.add({ hash, reason: error.message });
      else throw error;
    }
  };
  let [count, bytes] = [0, 0];
  try {
    for await (const blob of blobs.list({ signal, foreign: (name) => foreign.add(name) })) {
      signal?.throwIfAborted();
      count++;
      bytes += blob.bytes;
      const size = expected.get(blob.hash);
      expected.delete(blob.hash);
      if (size === undefined) unknown.push(blob.hash);
      else if (size !== blob.bytes) {
        corrupt.add({ hash: blob.hash, reason: `It has ${blob.bytes} bytes; its item says ${size}.` });
      } else if (deep) await reads.start(blob.bytes, () => check(blob));
      progress?.({ stage: 'verify blobs', done: count, total: Math.max(items, count), unit: 'blobs' });
    }
  } finally {
    await reads.settled();
  }
  reads.throwFailure();
  for (const hash of expected.keys()) missing.add(hash);
  return { blobs: count, bytes, missing, corrupt, foreign, unknown };
}

class List<T> implements Findings<T> {
  count = 0;
  readonly first: T[] = [];

  add(entry: T): void {
    if (this.count++ < listed) this.first.push(entry);
  }
}

/** Reads several files at once, within a number and a sum of bytes. */
class Reads {
  readonly #running = new Set<Promise<void>>();
  #bytes = 0;
  #failure: { readonly error: unknown } | undefined;

  async start(bytes: number, read: () => Promise<unknown>): Promise<void> {
    while (this.#running.size >= readsAtOnce || (this.#running.size > 0 && this.#bytes + bytes > bytesAtOnce)) {
      await Promise.race(this.#running);
    }
    this.throwFailure();
    this.#bytes += bytes;
    const run: Promise<void> = read().then(
      () => this.#ended(run, bytes),
      (error: unknown) => {
        this.#failure ??= { error };
        this.#ended(run, bytes);
      },
    );
    this.#running.add(run);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #ended(run: Promise<void>, bytes: number): void {
    this.#running.delete(run);
    this.#bytes -= bytes;
  }
}
