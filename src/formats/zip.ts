import type { FileHandle } from 'node:fs/promises';
import { MessierError } from '../core/errors.js';

/** One file of a ZIP archive. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc32: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Where the packed bytes start. */
  readonly offset: number;
}

/** Of the directory of an archive, in bytes and files. */
const limits = { directory: 2 ** 24, entries: 10_000 } as const;

/**
 * The directory of a ZIP archive (APPNOTE 6.3.10, with ZIP64). Nothing is unpacked, and what the sizes claim is for the caller to judge.
 *
 * @throws MessierError `zip/format`, `zip/truncated`, `zip/limit`, `zip/encrypted`.
 */
export async function zipEntries(file: FileHandle, path: string): Promise<ZipEntry[]> {
  const { size } = await file.stat();
  const { start, length, count } = await findDirectory(file, size, path);
  if (length > limits.directory || count > limits.entries) {
    throw new MessierError('zip/limit', `"${path}": archives of up to ${limits.entries} files are read, it claims ${count}.`);
  }
  if (start + length > size) throw truncated(path);
  const directory = await readAt(file, start, length, path);
  const entries: ZipEntry[] = [];
  for (let at = 0; entries.length < count;) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) throw truncated(path);
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((place) => directory.readUInt16LE(at + place)) as [
      number,
      number,
      number,
    ];
    const end = at + 46 + nameBytes + extraBytes + commentBytes;
    if (end > directory.length) throw truncated(path);
    const name = directory.toString('utf8', at + 46, at + 46 + nameBytes);
    if (directory.readUInt16LE(at + 8) & 1)
      throw new MessierError('zip/encrypted', `"${path}": "${name}" is encrypted. Unpack it first.`);
    const extra = directory.subarray(at + 46 + nameBytes, at + 46 + nameBytes + extraBytes);
    const [bytes, packedBytes, header] = wideSizes(
      [directory.readUInt32LE(at + 24), directory.readUInt32LE(at + 20), directory.readUInt32LE(at + 42)],
      extra,
    );
    const local = await readAt(file, header, 30, path);
    if (local.readUInt32LE(0) !== 0x04034b50) throw truncated(path);
    const offset = header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
    if (offset + packedBytes > size) throw truncated(path);
    entries.push({
      name,
      method: directory.readUInt16LE(at + 10),
      crc32: directory.readUInt32LE(at + 16),
      packedBytes,
      bytes,
      offset,
    });
    at = end;
  }
  return entries;
}

async function findDirectory(
  file: FileHandle,
  size: number,
  path: string,
): Promise<{ start: number; length: number; count: number }> {
  const tailBytes = Math.min(size, 65_557);
  const tail = await readAt(file, size - tailBytes, tailBytes, path);
  const at = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (at < 0 || at + 22 > tail.length) {
    const head = await readAt(file, 0, Math.min(4, size), path);
    if (head.toString('latin1') === 'PK\x03\x04') throw truncated(path);
    throw new MessierError('zip/format', `"${path}" is no ZIP archive: its directory is absent.`);
  }
  const found = { start: tail.readUInt32LE(at + 16), length: tail.readUInt32LE(at + 12), count: tail.readUInt16LE(at + 10) };
  const locator = at - 20;
  if (locator < 0 || tail.readUInt32LE(locator) !== 0x07064b50) return found;
  const wide = await readAt(file, Number(tail.readBigUInt64LE(locator + 8)), 56, path);
  if (wide.readUInt32LE(0) !== 0x06064b50) throw truncated(path);
  const [count, length, start] = [32, 40, 48].map((place) => Number(wide.readBigUInt64LE(place))) as [number, number, number];
  return { start, length, count };
}

/** Values of 0xffffffff stand in the ZIP64 field instead, in this order and only those. */
function wideSizes(values: readonly [number, number, number], extra: Buffer): [number, number, number] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let next = at + 4;
    return values.map((value) => {
      if (value !== 0xffffffff || next + 8 > extra.length) return value;
      next += 8;
      return Number(extra.readBigUInt64LE(next - 8));
    }) as [number, number, number];
  }
  return [...values];
}

async function readAt(file: FileHandle, position: number, length: number, path: string): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  if (!Number.isSafeInteger(position)) throw truncated(path);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  if (bytesRead < length) throw truncated(path);
  return bytes;
}

function truncated(path: string): MessierError {
  return new MessierError('zip/truncated', `"${path}" is cut off or damaged: its directory leads nowhere. Fetch it again.`);
}
