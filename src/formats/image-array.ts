import { MessierError } from '../core/errors.js';

/** Pictures that lie in one array of a file, and what stands beside it. */
export interface ImageArray {
  readonly count: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Class of each picture; `undefined` where the file has none. */
  readonly labels: Int32Array | undefined;
  /** Class names that the file itself gives. */
  readonly classes: readonly string[] | undefined;
  /** Names of all arrays of the file. */
  readonly names: readonly string[];
  /** Reads one picture; safe to call several times at once. The arrays are the caller's own. */
  read(index: number): Promise<ArrayImage>;
  close(): Promise<void>;
}

/** One picture of an array. */
export interface ArrayImage {
  /** Height * width * channels values from 0 to 255. */
  readonly data: Uint8Array;
  /** The bytes as the file holds them, uncompressed: `data` itself where that is uint8. */
  readonly stored: Uint8Array;
}

/** What a header may claim before anything is read. */
export const imageArrayLimits = {
  /** Pictures. */
  items: 4_000_000,
  /** Pixels of one picture. */
  pixels: 2 ** 26,
  /** Bytes of one array, unpacked. */
  bytes: 2 ** 38,
} as const;

/** Sizes of an array of pictures. */
export interface ImageShape {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/**
 * The sizes behind a shape (N, H, W) or (N, H, W, C) with 1 or 3 channels.
 *
 * @param what For messages: `"galaxies.h5", images`.
 * @param itemBytes Bytes of one value as stored.
 * @throws MessierError `array/shape`, `array/limit`.
 */
export function imageShape(shape: readonly number[], itemBytes: number, what: string): ImageShape {
  const [count, height, width, channels = 1] = shape;
  const isFour = shape.length === 3 || shape.length === 4;
  if (!isFour || count === undefined || height === undefined || width === undefined || !(channels === 1 || channels === 3)) {
    throw new MessierError(
      'array/shape',
      `${what}: shape (N, H, W) or (N, H, W, C) with 1 or 3 channels expected, (${shape.join(', ')}) received.`,
    );
  }
  if (count === 0 || height === 0 || width === 0) {
    throw new MessierError('array/shape', `${what}: pictures expected, the shape (${shape.join(', ')}) holds none.`);
  }
  const { items, pixels, bytes } = imageArrayLimits;
  if (count > items || height * width > pixels || count * height * width * channels * itemBytes > bytes) {
    throw new MessierError(
      'array/limit',
      `${what}: at most ${items} pictures of ${pixels} pixels and ${bytes} bytes in all are read, the header claims (${shape.join(', ')}).`,
    );
  }
  return { count, height, width, channels };
}

/**
 * Classes from labels as files hold them: (N) or (N, 1) whole numbers, or (N, K) one-hot rows.
 *
 * @throws MessierError `array/labels` where their number differs from the pictures', or a row is neither.
 */
export function labelIndices(
  values: ArrayLike<number | bigint>,
  shape: readonly number[],
  count: number,
  what: string,
): Int32Array {
  const [rows, columns = 1] = shape;
  if (shape.length < 1 || shape.length > 2 || rows !== count || columns < 1 || values.length !== count * columns) {
    throw new MessierError(
      'array/labels',
      `${what}: one label for each of the ${count} pictures expected, shape (${shape.join(', ')}) received.`,
    );
  }
  const labels = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    labels[row] = columns === 1 ? wholeNumber(Number(values[row]), row, what) : hotColumn(values, row, columns, what);
  }
  return labels;
}

function wholeNumber(value: number, row: number, what: string): number {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw new MessierError('array/labels', `${what}: class indices from 0 expected, ${value} received at picture ${row}.`);
}

function hotColumn(values: ArrayLike<number | bigint>, row: number, columns: number, what: string): number {
  let hot = -1;
  for (let column = 0; column < columns; column++) {
    const value = Number(values[row * columns + column]);
    if (value === 0) continue;
    if (value !== 1 || hot >= 0) {
      throw new MessierError(
        'array/labels',
        `${what}: one-hot rows expected (a single 1, else 0), picture ${row} has another one.`,
      );
    }
    hot = column;
  }
  if (hot < 0) throw new MessierError('array/labels', `${what}: one-hot rows expected, that of picture ${row} is all 0.`);
  return hot;
}
