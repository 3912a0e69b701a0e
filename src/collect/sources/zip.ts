import { crc32 } from 'node:zlib';
import { openPromise, getFileNameLowLevel, type Entry, type ZipFile } from 'yauzl';
import { MessierError } from '../../core/errors.js';
import { intakeLimits } from '../intake.js';
import { judgeName, refusedName } from './archive-names.js';
import { archiveLimits, checkUnpacked, type Archive, type ArchiveContent, type ArchiveEntry } from './archive-types.js';

/** Bytes of a local header without its name. */
const headerBytes = 30;

/**
 * Opens a ZIP archive (APPNOTE 6.3.10, with ZIP64). Its directory is read and judged whole; entries are read one by one, and compared with
 * their own headers, sizes and checksums.
 *
 * @throws MessierError `archive/damaged` where the directory can't be read, `archive/limit`, `archive/bomb` where entries share bytes or unpack to
 * far more than pictures do.
 */
export async function openZip(path: string): Promise<Archive> {
  const file = await openPromise(path, {
    autoClose: false,
    lazyEntries: true,
    decodeStrings: false,
    validateEntrySizes: true,
  }).catch((error: unknown) => {
    throw damaged(path, error);
  });
  try {
    return new ZipArchive(path, file, await directoryOf(file, path));
  } catch (error) {
    file.close();
    throw error instanceof MessierError ? error : damaged(path, error);
  }
}

function damaged(path: string, cause: unknown): MessierError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MessierError('archive/damaged', `"${path}" is no whole ZIP archive: ${reason}. Fetch it again.`, { cause });
}

async function directoryOf(file: ZipFile, path: string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  if (file.entryCount > archiveLimits.entries) throw tooMany(path, file.entryCount);
  for await (const entry of file.eachEntry()) {
    entries.push(entry);
    if (entries.length > archiveLimits.entries) throw tooMany(path, entries.length);
  }
  const unpacked = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
  checkUnpacked(unpacked, file.fileSize, path);
  checkPlaces(entries, path);
  return entries;
}

function tooMany(path: string, count: number): MessierError {
  return new MessierError(
    'archive/limit',
    `"${path}": archives of up to ${archiveLimits.entries} entries are read, it has ${count}.`,
  );
}

/** Entries lie one behind the other. Those that share bytes unpack a small file to any size. */
function checkPlaces(entries: readonly Entry[], path: string): void {
  const placed = entries.toSorted((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
  let end = 0;
  for (const { relativeOffsetOfLocalHeader: start, compressedSize, fileNameLength } of placed) {
    if (start < end)
      throw new MessierError('archive/bomb', `"${path}": entries of an archive lie one behind the other, its share bytes.`);
    end = start + headerBytes + fileNameLength + compressedSize;
  }
}

class ZipArchive implements Archive {
  readonly entries: readonly ArchiveEntry[];

  constructor(
    private readonly path: string,
    private readonly file: ZipFile,
    private readonly directory: readonly Entry[],
  ) {
    this.entries = directory.flatMap((entry, index) => (isFolder(entry) ? [] : [entryOf(entry, index)]));
  }

  async *contents(entries: readonly ArchiveEntry[]): AsyncIterable<ArchiveContent> {
    for (const entry of entries) {
      const own = this.directory[entry.index];
      if (own) yield await Promise.resolve({ entry, held: 0, read: () => this.read(own, entry.name) });
    }
  }

  close(): Promise<void> {
    this.file.close();
    return Promise.resolve();
  }

  private async read(entry: Entry, name: string): Promise<Uint8Array> {
    const title = `"${this.path}", "${name}"`;
    try {
      const local = await this.file.readLocalFileHeaderPromise(entry);
      // Bit 3: sizes and checksum stand behind the data.
      const isLate = (local.generalPurposeBitFlag & 8) !== 0;
      const isSame =
        local.fileName.equals(entry.fileNameRaw) &&
        local.compressionMethod === entry.compressionMethod &&
        (isLate || local.crc32 === entry.crc32);
      if (!isSame) {
        const problem = 'the directory of the archive and its own header say different things. Pack it again';
        throw new MessierError('archive/mismatch', `${title}: ${problem}.`);
      }
      const bytes = new Uint8Array(entry.uncompressedSize);
      let at = 0;
      for await (const block of (await this.file.openReadStreamPromise(entry)) as AsyncIterable<Uint8Array>) {
        bytes.set(block, at);
        at += block.length;
      }
      if (crc32(bytes) !== entry.crc32)
        throw new MessierError('archive/damaged', `${title}: its checksum is wrong. Fetch it again.`);
      return bytes;
    } catch (error) {
      if (error instanceof MessierError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new MessierError('archive/damaged', `${title} can't be read: ${reason}. Fetch it again.`, { cause: error });
    }
  }
}

const isFolder = ({ fileNameRaw }: Entry): boolean => fileNameRaw.at(-1) === 0x2f || fileNameRaw.at(-1) === 0x5c;

function entryOf(entry: Entry, index: number): ArchiveEntry {
  const raw = nameOf(entry);
  const bytes = entry.uncompressedSize;
  const judged = judgeName(raw);
  if ('code' in judged) return { index, name: refusedName(raw), bytes, problem: judged };
  return { index, name: judged.name, bytes, problem: problemOf(entry) };
}

/** UTF-8 where it says so or it can be nothing else, else the encoding of DOS. */
function nameOf({ fileNameRaw, generalPurposeBitFlag, extraFields }: Entry): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(fileNameRaw);
  } catch {
    return getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
  }
}

function problemOf(entry: Entry): ArchiveEntry['problem'] {
  const refuse = (code: string, reason: string) => ({ code: `archive/${code}`, reason });
  if (entry.isEncrypted()) return refuse('encrypted', 'It is encrypted. Unpack the archive with its password first.');
  // The file's mode on Unix: its highest bits tell what it is.
  const kind = entry.versionMadeBy >>> 8 === 3 ? (entry.externalFileAttributes >>> 28) & 15 : 0;
  if (kind === 10) return refuse('link', 'It is a link; only files are read.');
  if (kind !== 0 && kind !== 8) return refuse('special', 'It is a device or pipe; only files are read.');
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    return refuse('method', `It is packed by method ${entry.compressionMethod}; stored and deflated entries are read.`);
  }
  if (entry.uncompressedSize > intakeLimits.bytes) {
    return refuse('size', `It has ${entry.uncompressedSize} bytes; up to ${intakeLimits.bytes} are read.`);
  }
  return undefined;
}
