import { MessierError } from '../core/errors.js';
import { openHdf5, type Hdf5Array, type Hdf5File } from './hdf5.js';
import { imageShape, labelIndices, type ArrayImage, type ImageArray, type ImageShape } from './image-array.js';

/** Bytes of the slabs that are kept. */
const cacheBytes = 2 ** 26;
/** Bytes of the largest slab. */
const largestSlab = 2 ** 27;
/** Bytes read in one call of the library, which blocks: about 10 ms. */
const boxBytes = 2 ** 22;
/** Class names and labels, in values. */
const mostNames = 65_536;

/**
 * Opens an HDF5 file of pictures: `images` uint8 (N, H, W, 1 or 3) or (N, H, W), with classes in `ans` (Galaxy10) or `labels` (GalaxyMNIST)
 * and, where there are some, their names in `classes` or `class_names`. Pictures are read in slabs: whole blocks of the file along N, of which
 * the last few stay in memory, so that reading in order unpacks each block once. Blocks of so many pictures that a slab would pass
 * 128 MiB are split and unpacked several times.
 *
 * @param path A `.h5` or `.hdf5` file.
 * @throws MessierError `hdf5/...`, `array/...`, `file/...` for a file that is bad as a whole. Reading a picture may throw `hdf5/read`.
 */
export async function openHdf5Images(path: string): Promise<ImageArray> {
  const file = await openHdf5(path);
  try {
    return new Hdf5Images(path, file);
  } catch (error) {
    file.close();
    throw error;
  }
}

interface Slab {
  readonly start: number;
  /** Pictures. */
  readonly count: number;
  readonly data: Uint8Array;
}

class Hdf5Images implements ImageArray, ImageShape {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly labels: Int32Array | undefined;
  readonly classes: readonly string[] | undefined;
  readonly names: readonly string[];

  private readonly images: Hdf5Array;
  private readonly layout: SlabLayout;
  /** By number of the first picture; the latest used comes last. */
  private readonly slabs = new Map<number, Slab>();
  private readonly broken = new Map<number, unknown>();
  /** The library does one thing at a time. */
  private turn: Promise<unknown> = Promise.resolve();
  private isClosed = false;

  constructor(
    private readonly path: string,
    private readonly file: Hdf5File,
  ) {
    this.names = file.names;
    const images = file.array('images');
    if (!images) {
      const names = file.names.slice(0, 20).join(', ');
      throw new MessierError(
        'hdf5/layout',
        `"${path}": an array "images" (N, H, W, 3) expected, the file holds: ${names || 'nothing'}.`,
      );
    }
    if (images.kind !== 'whole' || images.itemBytes !== 1 || images.signed) {
      const found = `${images.kind} numbers of ${images.itemBytes} bytes`;
      throw new MessierError(
        'hdf5/type',
        `"${path}", images: uint8 expected, ${found} received. Scale them to 0..255 and store them as uint8.`,
      );
    }
    this.images = images;
    ({
      count: this.count,
      width: this.width,
      height: this.height,
      channels: this.channels,
    } = imageShape(images.shape, 1, `"${path}", images`));
    this.labels = readLabels(path, file, this.count);
    this.classes = readClasses(path, file);
    this.layout = slabLayout(images.shape, images.chunks);
  }

  read(index: number): Promise<ArrayImage> {
    const result = this.turn.then(() => this.readNow(index));
    this.turn = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.turn;
    this.slabs.clear();
    this.file.close();
  }

  private async readNow(index: number): Promise<ArrayImage> {
    if (this.isClosed) throw new MessierError('array/closed', `"${this.path}" is closed; pictures are read before that.`);
    if (!(index >= 0 && index < this.count)) {
      throw new MessierError('array/index', `"${this.path}" has pictures 0 to ${this.count - 1}, not ${index}.`);
    }
    const { start, data } = await this.slabOf(index);
    const bytes = this.height * this.width * this.channels;
    const picture = data.slice((index - start) * bytes, (index - start + 1) * bytes);
    return { data: picture, stored: picture };
  }

  private async slabOf(index: number): Promise<Slab> {
    const { start, count } = this.layout.range(index);
    const kept = this.slabs.get(start);
    if (this.broken.has(start)) throw this.broken.get(start);
    this.slabs.delete(start);
    const slab = kept ?? { start, count, data: this.memory(count) };
    try {
      if (!kept) await this.fill(slab);
    } catch (error) {
      this.broken.set(start, error);
      throw error;
    }
    this.slabs.set(start, slab);
    return slab;
  }

  /** Room for a slab: that of the one used longest ago where the cache is full. */
  private memory(count: number): Uint8Array {
    const bytes = count * this.height * this.width * this.channels;
    let held = [...this.slabs.values()].reduce((sum, slab) => sum + slab.data.length, 0);
    for (const [start, { data }] of this.slabs) {
      if (held + bytes <= cacheBytes) break;
      this.slabs.delete(start);
      held -= data.length;
      if (data.length === bytes) return data;
    }
    return new Uint8Array(bytes);
  }

  private async fill({ start, count, data }: Slab): Promise<void> {
    const [, ...sides] = this.images.shape;
    for (const box of this.layout.boxes(count)) {
      const values = this.images.readBox([start, ...box.offset], [count, ...box.size]);
      scatter(values, count, box, data, sides);
      // Others get their turn between two blocking reads.
      await new Promise(setImmediate);
    }
  }
}

interface Box {
  readonly offset: readonly number[];
  readonly size: readonly number[];
}

/** How an array is cut: ranges of pictures, and within them boxes of height, width and channels, all along the borders of its blocks. */
interface SlabLayout {
  /** The slab that holds a picture. */
  range(index: number): { start: number; count: number };
  /** Offsets and sizes without the first axis. */
  boxes(count: number): Iterable<Box>;
}

/** Exported for its test. */
export function slabLayout(shape: readonly number[], chunks: readonly number[] | undefined): SlabLayout {
  const [images = 0, ...sides] = shape;
  const imageBytes = sides.reduce((product, side) => product * side, 1);
  const most = (bytes: number) => Math.max(1, Math.floor(bytes / imageBytes));
  const block = Math.min(images, chunks?.[0] ?? most(boxBytes));
  const parts = Math.ceil(block / most(largestSlab));
  const part = Math.ceil(block / parts);
  return {
    range(index) {
      const blockStart = index - (index % block);
      const start = blockStart + Math.floor((index - blockStart) / part) * part;
      return { start, count: Math.min(start + part, blockStart + block, images) - start };
    },
    *boxes(count) {
      // The library copies a block in one piece only where the box is as wide as it: boxes grow along the rows alone.
      const size = sides.map((side, axis) => Math.min(side, chunks?.[axis + 1] ?? (axis === 0 ? 1 : side)));
      const [height = 1, rows = 1] = [sides[0], size[0]];
      const bytes = size.reduce((product, side) => product * side, count);
      size[0] = Math.min(height, rows * Math.max(1, Math.floor(boxBytes / bytes)));
      yield* tiles(sides, size);
    },
  };
}

function* tiles(sides: readonly number[], size: readonly number[]): Iterable<Box> {
  const offset = sides.map(() => 0);
  for (let axis = 0; axis >= 0;) {
    yield { offset: [...offset], size: sides.map((side, i) => Math.min(size[i] ?? 1, side - (offset[i] ?? 0))) };
    for (axis = sides.length - 1; axis >= 0; axis--) {
      const next = (offset[axis] ?? 0) + (size[axis] ?? 1);
      offset[axis] = next < (sides[axis] ?? 1) ? next : 0;
      if (offset[axis]) break;
    }
  }
}

/** Copies a box (n, ...size) to its place `offset` in a slab (n, ...sides). */
function scatter(box: Uint8Array, count: number, { size, offset }: Box, slab: Uint8Array, sides: readonly number[]): void {
  const [height = 1, width = 1, channels = 1] = sides;
  const [rows = 1, columns = 1, planes = 1] = size;
  const [top = 0, left = 0, first = 0] = offset;
  let from = 0;
  for (let row = 0; row < count * rows; row++) {
    const line = Math.floor(row / rows) * height + top + (row % rows);
    let to = (line * width + left) * channels + first;
    if (planes === channels) {
      slab.set(box.subarray(from, from + columns * planes), to);
      from += columns * planes;
      continue;
    }
    for (let column = 0; column < columns; column++, to += channels) {
      for (let plane = 0; plane < planes; plane++) slab[to + plane] = box[from++] ?? 0;
    }
  }
}

function readLabels(path: string, file: Hdf5File, count: number): Int32Array | undefined {
  const name = ['ans', 'labels'].find((known) => file.names.includes(known));
  const labels = name === undefined ? undefined : file.array(name);
  if (!labels) return undefined;
  const what = `"${path}", ${name ?? ''}`;
  const size = labels.shape.reduce((product, side) => product * side, 1);
  if (size > count * mostNames || size > 2 ** 28)
    throw new MessierError('array/limit', `${what}: (${labels.shape.join(', ')}) is too large.`);
  const values = labels.values();
  if (!ArrayBuffer.isView(values) || values instanceof DataView || (labels.kind !== 'whole' && labels.kind !== 'float')) {
    throw new MessierError('hdf5/type', `${what}: class numbers expected, ${labels.kind} values received.`);
  }
  return labelIndices(values as unknown as ArrayLike<number | bigint>, labels.shape, count, what);
}

function readClasses(path: string, file: Hdf5File): readonly string[] | undefined {
  const name = ['classes', 'class_names'].find((known) => file.names.includes(known));
  const names = name === undefined ? undefined : file.array(name);
  if (!names) return undefined;
  const what = `"${path}", ${name ?? ''}`;
  const [count = 0, ...more] = names.shape;
  if (more.length || count > mostNames || names.itemBytes > 4096)
    throw new MessierError('array/limit', `${what}: at most ${mostNames} names in one row are read.`);
  const values = names.kind === 'text' ? names.values() : undefined;
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'string')) {
    throw new MessierError('hdf5/type', `${what}: texts expected, ${names.kind} values received.`);
  }
  return values;
}
