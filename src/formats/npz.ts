import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { endianness } from 'node:os';
import { PassThrough, type Readable, type Transform } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { MessierError } from '../core/errors.js';
import { imageArrayLimits, imageShape, labelIndices, type ArrayImage, type ImageArray, type ImageShape } from './image-array.js';
import { npyHeaderLimit, npyNumber, npyTexts, readNpyHeader, type NpyHeader } from './npy.js';
import { openFile } from './read-file.js';
import { unpackToScratch, type Scratch } from './scratch.js';
import { zipEntries, type ZipEntry } from './zip.js';

/** Bytes of labels and class names. */
const mostLabelBytes = 2 ** 28;
const mostNames = 65_536;

/**
 * Opens a `.npz` file of pictures: `data` (N, H, W, 1 or 3) or (N, H, W); `labels` as class numbers (N) or one-hot (N, K); names of the classes in
 * `classes` or `class_names`, where there are some.
 *
 * Values become 8 bits: uint8 stays; bool is 0 and 255; other numbers from 0 to 255 are rounded; and floating-point numbers of which none
 * passes 1 are multiplied by 255 first. Stored arrays are read in place, compressed ones from a temporary file that `close` removes.
 *
 * @throws MessierError `npz/layout`, `npz/range`, `npy/...`, `zip/...`, `packed/...`, `array/...`, `file/...` for a file that is bad as a
 * whole. Reading a picture may throw `array/value` where a value is no number.
 */
export async function openNpzImages(path: string): Promise<ImageArray> {
  const file = await openFile(path);
  try {
    const entries = await zipEntries(file, path);
    const named = (...names: string[]) => entries.find(({ name }) => names.includes(name));
    const data = named('data.npy');
    if (!data) {
      const found = entries.slice(0, 20).map(({ name }) => name);
      throw new MessierError(
        'npz/layout',
        `"${path}": an array "data" (N, H, W, C) expected, it holds: ${found.join(', ') || 'nothing'}.`,
      );
    }
    const { header, shape } = await dataHeader(path, data);
    const labels = await readSmall(path, named('labels.npy'), (found, bytes, what) => {
      if (found.fortran && found.shape.length > 1)
        throw new MessierError('npy/order', `${what}: rows one after the other expected (C order).`);
      return labelIndices(numbers(found, bytes), found.shape, shape.count, what);
    });
    const classes = await readSmall(path, named('classes.npy', 'class_names.npy'), readNames);
    const source = await openValues(path, data, header);
    return new NpzImages(
      path,
      shape,
      header,
      source,
      labels,
      classes,
      entries.map(({ name }) => name.replace(/\.npy$/, '')),
    );
  } finally {
    await file.close();
  }
}

/** Where the values lie, and by what they are multiplied. */
interface Values {
  readonly file: FileHandle;
  /** Of the first value, in bytes. */
  readonly start: number;
  readonly scale: number;
  readonly scratch: Scratch | undefined;
}

class NpzImages implements ImageArray {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  private isClosed = false;

  constructor(
    private readonly path: string,
    shape: ImageShape,
    private readonly header: NpyHeader,
    private readonly values: Values,
    readonly labels: Int32Array | undefined,
    readonly classes: readonly string[] | undefined,
    readonly names: readonly string[],
  ) {
    ({ count: this.count, width: this.width, height: this.height, channels: this.channels } = shape);
  }

  async read(index: number): Promise<ArrayImage> {
    if (this.isClosed) throw new MessierError('array/closed', `"${this.path}" is closed; pictures are read before that.`);
    if (!(index >= 0 && index < this.count)) {
      throw new MessierError('array/index', `"${this.path}" has pictures 0 to ${this.count - 1}, not ${index}.`);
    }
    const { file, start, scale } = this.values;
    const stored = new Uint8Array(this.height * this.width * this.channels * this.header.itemBytes);
    const { bytesRead } = await file.read(stored, 0, stored.length, start + index * stored.length);
    if (bytesRead < stored.length) throw new MessierError('npy/truncated', `"${this.path}" ends within picture ${index}.`);
    if (this.header.type === 'uint' && this.header.itemBytes === 1) return { data: stored, stored };
    const data = Uint8Array.from(numbers(this.header, stored), (value) => {
      if (Number.isFinite(value)) return Math.round(value * scale);
      throw new MessierError('array/value', `"${this.path}": picture ${index} holds ${value} where a number is expected.`);
    });
    return { data, stored };
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.values.file.close();
    await this.values.scratch?.remove();
  }
}

async function dataHeader(path: string, entry: ZipEntry): Promise<{ header: NpyHeader; shape: ImageShape }> {
  const what = `"${path}", ${entry.name}`;
  const header = readNpyHeader(await unpacked(path, entry, npyHeaderLimit), what);
  if (header.type === 'text' || header.type === 'bytes')
    throw new MessierError('npy/type', `${what}: numbers expected, texts received.`);
  if (header.fortran)
    throw new MessierError('npy/order', `${what}: C order expected, Fortran order received. Save np.ascontiguousarray(data).`);
  const shape = imageShape(header.shape, header.itemBytes, what);
  const bytes = header.headerBytes + header.shape.reduce((product, side) => product * side, header.itemBytes);
  if (bytes !== entry.bytes) {
    throw new MessierError('npy/truncated', `${what}: the header promises ${bytes} bytes, the archive has ${entry.bytes} of it.`);
  }
  return { header, shape };
}

/** An array small enough for memory. */
async function readSmall<T>(
  path: string,
  entry: ZipEntry | undefined,
  decode: (header: NpyHeader, bytes: Uint8Array, what: string) => T,
): Promise<T | undefined> {
  if (!entry) return undefined;
  const what = `"${path}", ${entry.name}`;
  if (entry.bytes > mostLabelBytes)
    throw new MessierError('array/limit', `${what}: at most ${mostLabelBytes} bytes are read, it has ${entry.bytes}.`);
  const bytes = await unpacked(path, entry, entry.bytes);
  const header = readNpyHeader(bytes.subarray(0, npyHeaderLimit), what);
  const promised = header.shape.reduce((product, side) => product * side, header.itemBytes);
  if (bytes.length !== entry.bytes || bytes.length - header.headerBytes !== promised) {
    throw new MessierError(
      'npy/truncated',
      `${what}: ${promised} bytes of values expected, ${bytes.length - header.headerBytes} received.`,
    );
  }
  return decode(header, bytes.subarray(header.headerBytes), what);
}

function readNames(header: NpyHeader, bytes: Uint8Array, what: string): string[] {
  if (header.type !== 'text' && header.type !== 'bytes')
    throw new MessierError('npy/type', `${what}: texts expected, ${header.type} received.`);
  if (header.shape.length !== 1 || (header.shape[0] ?? 0) > mostNames) {
    throw new MessierError('array/limit', `${what}: at most ${mostNames} names in one row are read.`);
  }
  return npyTexts(header, bytes);
}

/** The first bytes of an entry, at most `most`. */
async function unpacked(path: string, entry: ZipEntry, most: number): Promise<Buffer> {
  const { source, unpack } = streams(path, entry);
  const blocks: Uint8Array[] = [];
  let bytes = 0;
  // Errors of the source reach the loop through the transform.
  source.on('error', (error) => unpack.destroy(error));
  try {
    for await (const block of source.pipe(unpack) as AsyncIterable<Uint8Array>) {
      blocks.push(block);
      bytes += block.length;
      if (bytes >= most) break;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MessierError('packed/damaged', `"${path}", ${entry.name} can't be unpacked: ${reason}. Fetch it again.`, {
      cause: error,
    });
  } finally {
    source.destroy();
    unpack.destroy();
  }
  return Buffer.concat(blocks).subarray(0, most);
}

function streams(path: string, entry: ZipEntry): { source: Readable; unpack: Transform } {
  const { method, offset, packedBytes, name } = entry;
  if (method !== 0 && method !== 8)
    throw new MessierError('zip/method', `"${path}", ${name}: deflate expected, method ${method} received.`);
  const source = createReadStream(path, {
    start: offset,
    end: Math.max(offset, offset + packedBytes - 1),
    highWaterMark: 2 ** 18,
  });
  return { source, unpack: method === 0 ? new PassThrough() : createInflateRaw({ chunkSize: 2 ** 18 }) };
}

async function openValues(path: string, entry: ZipEntry, header: NpyHeader): Promise<Values> {
  const what = `"${path}", ${entry.name}`;
  const range = new Range(header);
  if (entry.method === 0) {
    const isPlain = header.itemBytes === 1 && header.type === 'uint';
    if (!isPlain) for await (const block of streams(path, entry).source as AsyncIterable<Uint8Array>) range.see(block);
    return {
      file: await open(path, 'r'),
      start: entry.offset + header.headerBytes,
      scale: range.scale(what),
      scratch: undefined,
    };
  }
  const { source, unpack } = streams(path, entry);
  let checksum = 0;
  const scratch = await unpackToScratch(source, unpack, Math.min(entry.bytes, imageArrayLimits.bytes), what, (block) => {
    checksum = crc32(block, checksum);
    range.see(block);
  });
  try {
    if (checksum !== entry.crc32 || range.bytes !== entry.bytes) {
      throw new MessierError('packed/damaged', `${what}: the checksum of its ${range.bytes} bytes is wrong. Fetch it again.`);
    }
    const scale = range.scale(what);
    return { file: await open(scratch.path, 'r'), start: header.headerBytes, scale, scratch };
  } catch (error) {
    await scratch.remove();
    throw error;
  }
}

/** The smallest and largest of an array's values, met block by block. */
class Range {
  bytes = 0;
  private low = Infinity;
  private high = -Infinity;
  /** The bytes of a value that the next block completes. */
  private rest: Uint8Array = new Uint8Array(0);

  constructor(private readonly header: NpyHeader) {}

  see(block: Uint8Array): void {
    const skip = Math.max(0, Math.min(block.length, this.header.headerBytes - this.bytes));
    this.bytes += block.length;
    const { itemBytes, type } = this.header;
    if (itemBytes === 1 && type === 'uint') return;
    const bytes = this.rest.length ? Buffer.concat([this.rest, block.subarray(skip)]) : block.subarray(skip);
    const whole = bytes.length - (bytes.length % itemBytes);
    for (const value of numbers(this.header, bytes.subarray(0, whole))) {
      if (value < this.low) this.low = value;
      if (value > this.high) this.high = value;
    }
    this.rest = bytes.slice(whole);
  }

  scale(what: string): number {
    const { type, itemBytes } = this.header;
    if (type === 'bool') return 255;
    if (type === 'uint' && itemBytes === 1) return 1;
    // A little above 1 is a range of 0 to 1 that something overshot; as 0 to 255 it would be black.
    if (this.low < 0 || this.high > 255 || (type === 'float' && this.high > 1 && this.high < 2)) {
      throw new MessierError(
        'npz/range',
        `${what}: values from 0 to 1 or from 0 to 255 expected, ${this.low} to ${this.high} received. Scale them, or undo a normalisation.`,
      );
    }
    return type === 'float' && this.high <= 1 ? 255 : 1;
  }
}

function numbers(header: NpyHeader, bytes: Uint8Array): Float64Array | Float32Array {
  const count = bytes.length / header.itemBytes;
  if (header.type === 'float' && header.itemBytes === 4 && header.littleEndian && endianness() === 'LE') {
    // A copy, because values start anywhere in a file.
    return new Float32Array(Uint8Array.from(bytes).buffer);
  }
  const read = npyNumber(header);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: count }, (_, index) => read(view, index));
}
