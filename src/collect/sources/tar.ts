import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { MessierError } from '../../core/errors.js';
import { intakeLimits } from '../intake.js';
import { judgeName, refusedName } from './archive-names.js';
import { archiveLimits, checkUnpacked, type Archive, type ArchiveContent, type ArchiveEntry } from './archive-types.js';

/** An entry as a stream. */
type Entry = Extract extends AsyncIterable<infer One> ? One : never;

/** Bytes of a block; an archive ends with blocks of zeros. */
const block = 512;

/**
 * Opens a tar archive (POSIX.1-2001, GNU's long names), packed by gzip or not. It is read twice: once for its entries, which tells whether it is whole,
 * and once for their bytes, in its order, each in memory until it has been taken.
 *
 * @throws MessierError `archive/damaged` where it is cut off or no tar archive, `archive/limit`, `archive/bomb`.
 */
export async function openTar(path: string, isPacked: boolean): Promise<Archive> {
  const entries: ArchiveEntry[] = [];
  for await (const { entry, stream, isFolder } of walk(path, isPacked, undefined)) {
    if (!isFolder) entries.push(entry);
    if (entry.index >= archiveLimits.entries) {
      throw new MessierError(
        'archive/limit',
        `"${path}": archives of up to ${archiveLimits.entries} entries are read, it has more.`,
      );
    }
    stream.resume();
  }
  return new TarArchive(path, isPacked, entries);
}

class TarArchive implements Archive {
  constructor(
    private readonly path: string,
    private readonly isPacked: boolean,
    readonly entries: readonly ArchiveEntry[],
  ) {}

  async *contents(entries: readonly ArchiveEntry[], signal: AbortSignal | undefined): AsyncIterable<ArchiveContent> {
    const wanted = new Map(entries.map((entry) => [entry.index, entry]));
    for await (const { entry, stream } of walk(this.path, this.isPacked, signal)) {
      const own = wanted.get(entry.index);
      if (!own || own.name !== entry.name || own.bytes !== entry.bytes) {
        stream.resume();
        continue;
      }
      wanted.delete(entry.index);
      const bytes = await wholeOf(stream, entry.bytes);
      yield { entry: own, held: bytes.length, read: () => Promise.resolve(bytes) };
      if (wanted.size === 0) return;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function wholeOf(stream: Entry, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const part of stream as AsyncIterable<Uint8Array>) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

interface Walked {
  readonly entry: ArchiveEntry;
  /** To be read to its end before the next. */
  readonly stream: Entry;
  readonly isFolder: boolean;
}

/** Every entry in order. Throws at the end of an archive that is cut off. */
async function* walk(path: string, isPacked: boolean, signal: AbortSignal | undefined): AsyncIterable<Walked> {
  const { size } = await stat(path);
  const tar = extract();
  const watch = async function* (blocks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    let unpacked = 0;
    let last: Uint8Array = new Uint8Array();
    for await (const part of blocks) {
      signal?.throwIfAborted();
      unpacked += part.length;
      checkUnpacked(unpacked, size, path);
      last = part.length >= block ? part : Buffer.concat([last, part]).subarray(-block);
      yield part;
    }
    if (last.length < block || last.subarray(-block).some((byte) => byte !== 0)) {
      throw new MessierError('archive/damaged', `"${path}" ends too early: a tar archive ends with zeros. Fetch it again.`);
    }
  };
  const file = createReadStream(path, { highWaterMark: 2 ** 18 });
  const done = (): void => undefined;
  // Whatever fails destroys the last stream with its error, which ends the loop below.
  if (isPacked) pipeline(file, createGunzip({ chunkSize: 2 ** 18 }), watch, tar, done);
  else pipeline(file, watch, tar, done);
  let index = 0;
  try {
    for await (const stream of tar) {
      yield { ...described(stream, index), stream };
      index++;
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof MessierError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new MessierError('archive/damaged', `"${path}" is no whole tar archive: ${reason}. Fetch it again.`, { cause: error });
  } finally {
    file.destroy();
  }
}

function described({ header }: Entry, index: number): { readonly entry: ArchiveEntry; readonly isFolder: boolean } {
  const { name: raw, type, size: bytes } = header;
  const isFolder = type === 'directory';
  const judged = judgeName(raw);
  if ('code' in judged) return { entry: { index, name: refusedName(raw), bytes, problem: judged }, isFolder };
  return { entry: { index, name: judged.name, bytes, problem: problemOf(type, bytes) }, isFolder };
}

function problemOf(type: string, bytes: number): ArchiveEntry['problem'] {
  const refuse = (code: string, reason: string) => ({ code: `archive/${code}`, reason });
  if (type === 'link' || type === 'symlink') return refuse('link', 'It is a link; only files are read.');
  if (type !== 'file' && type !== 'contiguous-file') return refuse('special', 'It is a device or pipe; only files are read.');
  if (bytes > intakeLimits.bytes) return refuse('size', `It has ${bytes} bytes; up to ${intakeLimits.bytes} are read.`);
  return undefined;
}
