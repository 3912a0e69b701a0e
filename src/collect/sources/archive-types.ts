/** What zip and tar archives have in common. */
import { MessierError } from '../../core/errors.js';

/** What is read of an archive. */
export const archiveLimits = {
  entries: 1_000_000,
  /** Bytes of everything in it, unpacked. */
  bytes: 2 ** 38,
  /** Unpacked bytes for one of the archive, beyond 128 MiB: pictures hardly shrink. */
  ratio: 200,
} as const;

/** Unpacked bytes that any archive may have. */
const freeBytes = 2 ** 27;

/** One entry, not read yet. */
export interface ArchiveEntry {
  /** Place in the archive, which tells entries of one name apart. */
  readonly index: number;
  /** With forward slashes, without `./` before it; as it stands there where it is refused. */
  readonly name: string;
  /** Unpacked. */
  readonly bytes: number;
  /** Why it is not read. */
  readonly problem?: { readonly code: string; readonly reason: string } | undefined;
}

/** An opened archive. Nothing of it is ever written to disk. */
export interface Archive {
  /** Files in the order of the archive; folders are not among them. */
  readonly entries: readonly ArchiveEntry[];
  /**
   * Entries with what reads their bytes. Reading throws MessierError for that entry alone: `archive/damaged`, `archive/mismatch`.
   *
   * @param entries Some of the archive's, in their order.
   */
  contents(entries: readonly ArchiveEntry[], signal: AbortSignal | undefined): AsyncIterable<ArchiveContent>;
  close(): Promise<void>;
}

export interface ArchiveContent {
  readonly entry: ArchiveEntry;
  /** Bytes that are in memory until the entry has been read. */
  readonly held: number;
  read(): Promise<Uint8Array>;
}

/** Stops where an archive unpacks to more than pictures do. */
export function checkUnpacked(unpacked: number, packed: number, path: string): void {
  if (unpacked <= freeBytes || (unpacked <= archiveLimits.bytes && unpacked <= archiveLimits.ratio * packed)) return;
  throw new MessierError(
    'archive/bomb',
    `"${path}" has ${packed} bytes and unpacks to ${unpacked} or more; up to ${archiveLimits.ratio} times its size is read. Unpack what you trust of it.`,
  );
}
