import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { fetchPart, type Validator } from './fetch-part.js';
import { addressGuard } from './http/address-guard.js';
import type { GuardOptions } from './http/types.js';
import { retrying, type RetryOptions } from './retry.js';

/** What a file has to hash to. */
export interface Checksum {
  readonly algorithm: 'sha256' | 'md5';
  /** Hexadecimal. */
  readonly digest: string;
}

/** A file to fetch. */
export interface Download {
  readonly url: string;
  readonly checksum: Checksum;
  /** Where it goes. Until it is complete, `path.part` holds what has come, and `path.part.json` of which version that is. */
  readonly path: string;
}

/** How a server is asked. */
export interface FetchOptions extends RetryOptions, GuardOptions {
  /** Milliseconds without a byte after which a connection counts as lost; 30,000 unless told. */
  readonly stall?: number | undefined;
}

/**
 * Fetches a file: goes on with what an earlier attempt left where the server still has that version and can, starts anew where not, tries again after
 * lost connections and where the server is busy, and verifies the checksum. `path` appears complete and verified, or not at all. Where it
 * is there already with the right checksum, nothing is fetched. An abort keeps what has come. Two downloads to one path at the same time
 * disturb each other; the checksum notices.
 *
 * @throws MessierError `download/checksum` (nothing is left behind), `download/http` for an answer that trying again won't change,
 * `download/failed` after the last attempt (what has come is kept), `download/disk` where it can't be written, `download/exists` where `path` holds
 * something else, `collect/private-address` for addresses of this machine and of private networks that are not allowed, `collect/address`.
 *
 * @example
 * await download({ url, checksum: { algorithm: 'sha256', digest }, path: 'data/Galaxy10.h5' }, { progress: console.log });
 */
export async function download(what: Download, options: WorkOptions & FetchOptions = {}): Promise<void> {
  const { path, checksum } = what;
  options.signal?.throwIfAborted();
  if (await exists(path)) {
    const found = (await onDisk(path, () => hashOf(path, checksum, options))).digest('hex');
    if (found === checksum.digest.toLowerCase()) return;
    throw new MessierError(
      'download/exists',
      `"${path}" is there with another content: ${describe(checksum, found)}. Remove or rename it.`,
    );
  }
  const part = `${path}.part`;
  // A file put together from two versions that looked the same is fetched once more, from its start.
  if (await attempt(what, options, part)) return;
  if (await attempt(what, options, part)) return;
  throw new MessierError('download/checksum', `"${what.url}" changes while it is fetched. Try again later.`);
}

/** @returns Whether the file is in place; `false` where it was resumed and is not what it should be. */
async function attempt({ url, checksum, path }: Download, options: WorkOptions & FetchOptions, part: string): Promise<boolean> {
  const { signal, progress, stall = 30_000 } = options;
  const note = `${part}.json`;
  const guard = addressGuard(options);
  const state = { isResumed: false, hash: createHash(checksum.algorithm) };
  await retrying(url, options, async (gained) => {
    const have = await sizeOf(part);
    const known = have ? await readNote(note, url) : undefined;
    const start = known ? have : 0;
    state.hash = start ? await onDisk(part, () => hashOf(part, checksum, options)) : createHash(checksum.algorithm);
    const answer = await fetchPart(url, { guard, start, validator: known, stall, signal });
    if (answer.start !== start) state.hash = createHash(checksum.algorithm);
    state.isResumed = answer.start > 0;
    const file = await onDisk(part, () => open(part, answer.start ? 'r+' : 'w'));
    let done = answer.start;
    try {
      await onDisk(note, () => writeFile(note, JSON.stringify({ url, ...answer.validator })));
      for await (const block of answer.blocks) {
        await onDisk(part, () => file.write(block, 0, block.length, done));
        state.hash.update(block);
        done += block.length;
        gained(block.length);
        progress?.({ stage: `download ${basename(path)}`, done, total: answer.total, unit: 'bytes' });
      }
      await onDisk(part, () => file.sync());
    } finally {
      await file.close();
    }
  });
  const found = state.hash.digest('hex');
  const isRight = found === checksum.digest.toLowerCase();
  if (isRight) await onDisk(path, () => rename(part, path));
  else await rm(part, { force: true });
  await rm(note, { force: true });
  if (isRight || state.isResumed) return isRight;
  throw new MessierError(
    'download/checksum',
    `"${url}" is not the file it should be: ${describe(checksum, found)}. It was removed; the publisher may have changed it.`,
  );
}

function describe({ algorithm, digest }: Checksum, found: string): string {
  return `${algorithm} ${digest.toLowerCase()} expected, ${found} received`;
}

async function hashOf(path: string, { algorithm }: Checksum, { signal, progress }: WorkOptions): Promise<Hash> {
  const hash = createHash(algorithm);
  const total = await sizeOf(path);
  let done = 0;
  for await (const block of createReadStream(path, { highWaterMark: 2 ** 20 }) as AsyncIterable<Uint8Array>) {
    signal?.throwIfAborted();
    hash.update(block);
    done += block.length;
    progress?.({ stage: `verify ${basename(path)}`, done, total, unit: 'bytes' });
  }
  return hash;
}

/** What tells the version of the partial file; `undefined` where it is of something else, or nothing is known. */
async function readNote(path: string, url: string): Promise<Validator | undefined> {
  try {
    const note: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof note !== 'object' || note === null || !('url' in note) || note.url !== url) return undefined;
    const etag = 'etag' in note && typeof note.etag === 'string' ? note.etag : undefined;
    const modified = 'modified' in note && typeof note.modified === 'string' ? note.modified : undefined;
    return { etag, modified };
  } catch {
    // Absent or cut off by a crash: the download starts anew.
    return undefined;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** Errors of the file system as ours: no further attempt helps against them. */
async function onDisk<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!/^E[A-Z]+$/.test(code)) throw error;
    const way =
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'Make room and start again: it goes on there.'
        : 'Check the folder and its permissions.';
    const reason = error instanceof Error ? error.message : '';
    throw new MessierError('download/disk', `"${path}" can't be written: ${reason}. ${way}`, { cause: error });
  }
}
