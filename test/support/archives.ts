/** Archives made byte by byte, so that they can say what no honest program would. */
import { crc32, deflateRawSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';

/** An entry of a ZIP archive; what is not told is as it should be. */
export interface ZipPart {
  readonly name: string | Buffer;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  /** Mode on Unix: 0o120777 is a link. */
  readonly mode?: number;
  /** General purpose bits: 1 encrypted, 0x800 UTF-8. */
  readonly flags?: number;
  readonly method?: number;
  /** What its own header says instead. */
  readonly localName?: string;
  /** What the directory says instead. */
  readonly claimed?: { readonly size?: number; readonly crc?: number; readonly offset?: number };
  /** Sizes and place as ZIP64. */
  readonly wide?: boolean;
}

/** A ZIP archive (APPNOTE 6.3.10). */
export function zipFile(parts: readonly ZipPart[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const part of parts) {
    const { data, flags = 0x800, claimed = {} } = part;
    const name = Buffer.from(part.name);
    const body = part.deflate ? deflateRawSync(data) : Buffer.from(data);
    const method = part.method ?? (part.deflate ? 8 : 0);
    const crc = claimed.crc ?? crc32(data);
    const size = claimed.size ?? data.length;
    const own = Buffer.from(part.localName ?? name);
    const local = Buffer.alloc(30);
    fields(
      local,
      0,
      [4, 0x04034b50],
      [2, 20],
      [2, flags],
      [2, method],
      [4, 0],
      [4, crc],
      [4, body.length],
      [4, size],
      [2, own.length],
    );
    files.push(local, own, body);
    const offset = claimed.offset ?? at;
    const wide = Buffer.alloc(part.wide ? 28 : 0);
    if (part.wide) {
      fields(wide, 0, [2, 1], [2, 24]);
      [size, body.length, offset].forEach((value, index) => wide.writeBigUInt64LE(BigInt(value), 4 + 8 * index));
    }
    const told = (value: number): number => (part.wide ? 0xffffffff : value);
    const head = Buffer.alloc(46);
    fields(head, 0, [4, 0x02014b50], [2, 0x031e], [2, 20], [2, flags], [2, method], [4, 0], [4, crc]);
    fields(head, 20, [4, told(body.length)], [4, told(size)], [2, name.length], [2, wide.length]);
    head.writeUInt32LE(((part.mode ?? 0o100644) << 16) >>> 0, 38);
    head.writeUInt32LE(told(offset), 42);
    directory.push(head, name, wide);
    at += 30 + own.length + body.length;
  }
  const table = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  fields(end, 0, [4, 0x06054b50], [4, 0], [2, parts.length], [2, parts.length], [4, table.length], [4, at]);
  return Buffer.concat([...files, table, end]);
}

function fields(target: Buffer, start: number, ...values: readonly (readonly [2 | 4, number])[]): void {
  let at = start;
  for (const [width, value] of values) {
    target.writeUIntLE(value, at, width);
    at += width;
  }
}

/** A tar archive. */
export async function tarFile(
  parts: readonly (Partial<Header> & { readonly name: string; readonly data?: Uint8Array })[],
): Promise<Buffer> {
  const tar = pack();
  for (const { data, ...header } of parts) {
    if (data) tar.entry(header, data);
    else tar.entry(header);
  }
  tar.finalize();
  const blocks: Uint8Array[] = [];
  for await (const block of tar) blocks.push(block as Uint8Array);
  return Buffer.concat(blocks);
}
