import { ColumnSums } from './column-sums.js';

/** Of R, G and B in the luma. */
const weights = [0.299, 0.587, 0.114] as const;

/** From as many rows on it is quicker to add bytes up before luma is made of them. */
const manyRows = 4;

/** Where the values of a picture lie: value (x, y, channel) at `(y * width + x) * pixelStride + channel * channelStride`. */
export interface PixelLayout {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly pixelStride: number;
  readonly channelStride: number;
}

/**
 * Mean luma Y = 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601; the value itself where there is one channel) over each of side * side equal
 * cells that tile the picture, rows from the top. Pixels on a border count for both cells by the area that lies in each, so that any
 * size works, also one smaller than the grid.
 */
export function lumaGrid(data: Uint8Array, layout: PixelLayout, side: number): Float64Array {
  const { width, height } = layout;
  const rows = new LumaRows(data, layout);
  const grid = new Float64Array(side * side);
  const band = new Float64Array(width);
  const area = (width * height) / (side * side);
  for (let k = 0; k < side; k++) {
    // Cell k covers [k, k + 1) * height / side: whole rows, and shares of the rows on its borders.
    const [top, bottom] = [(k * height) / side, ((k + 1) * height) / side];
    const [first, last] = [Math.ceil(top), Math.floor(bottom)];
    band.fill(0);
    if (first > last) rows.add(last, 1, bottom - top, band);
    else {
      if (top < first) rows.add(first - 1, 1, first - top, band);
      if (first < last) rows.add(first, last - first, 1, band);
      if (last < bottom) rows.add(last, 1, bottom - last, band);
    }
    sumCells(band, grid.subarray(k * side, (k + 1) * side));
  }
  for (let cell = 0; cell < grid.length; cell++) grid[cell] = (grid[cell] as number) / area;
  return grid;
}

/** Adds the luma of rows up: of few rows pixel by pixel, of many from the sums of their bytes. */
class LumaRows {
  /** Of each plane: one where channels lie side by side. */
  private readonly sums: readonly ColumnSums[];
  /** Of a plane. */
  private readonly rowBytes: number;
  /** Luma of a single row, that of number {@link singleRow}: both cells beside a border ask for it. */
  private readonly single: Float64Array;
  private singleRow = -1;

  constructor(
    private readonly data: Uint8Array,
    private readonly layout: PixelLayout,
  ) {
    const { width, height, channels, pixelStride, channelStride } = layout;
    this.rowBytes = width * pixelStride;
    this.single = new Float64Array(width);
    this.sums = Array.from({ length: channelStride < pixelStride ? 1 : channels }, (_, plane) => {
      const start = plane * channelStride;
      return new ColumnSums(data.subarray(start, start + height * this.rowBytes), this.rowBytes);
    });
  }

  /** Adds `share` of the luma of `count` rows from `start` on to a row. */
  add(start: number, count: number, share: number, row: Float64Array): void {
    if (count >= manyRows) this.addMany(start, count, share, row);
    else {
      for (let y = start; y < start + count; y++) {
        if (this.singleRow !== y) readLuma(this.data, y * this.rowBytes, this.layout, this.single);
        this.singleRow = y;
        addScaled(this.single, 1, share, row);
      }
    }
  }

  private addMany(start: number, count: number, share: number, row: Float64Array): void {
    const { channels, pixelStride } = this.layout;
    for (const [plane, sums] of this.sums.entries()) {
      sums.add(start * this.rowBytes, count);
      if (channels === 1) addScaled(sums.sums, pixelStride, share, row);
      else if (this.sums.length > 1) addScaled(sums.sums, pixelStride, share * (weights[plane] ?? 0), row);
      else addLuma(sums.sums, pixelStride, share, row);
    }
  }
}

/** The luma of a row's pixels. */
function readLuma(data: Uint8Array, start: number, layout: PixelLayout, luma: Float64Array): void {
  const { channels, pixelStride, channelStride } = layout;
  let red = start;
  if (channels === 1) {
    for (let x = 0; x < luma.length; x++, red += pixelStride) luma[x] = data[red] as number;
    return;
  }
  for (let x = 0; x < luma.length; x++, red += pixelStride) {
    const green = red + channelStride;
    luma[x] = 0.299 * (data[red] as number) + 0.587 * (data[green] as number) + 0.114 * (data[green + channelStride] as number);
  }
}

/** Adds share * Y of sums of channels side by side to a row. */
function addLuma(sums: Float64Array, stride: number, share: number, row: Float64Array): void {
  const [red, green, blue] = [share * weights[0], share * weights[1], share * weights[2]];
  for (let x = 0, at = 0; x < row.length; x++, at += stride) {
    const luma = red * (sums[at] as number) + green * (sums[at + 1] as number) + blue * (sums[at + 2] as number);
    row[x] = (row[x] as number) + luma;
  }
}

/** Adds every `stride`-th value, times a factor, to a row. */
function addScaled(values: Float64Array, stride: number, factor: number, row: Float64Array): void {
  for (let x = 0, at = 0; x < row.length; x++, at += stride) row[x] = (row[x] as number) + factor * (values[at] as number);
}

/** The sum of a row, constant within each pixel, over each of `sums.length` equal cells. */
function sumCells(row: Float64Array, sums: Float64Array): void {
  const cells = sums.length;
  const width = row.length;
  for (let k = 0; k < cells; k++) {
    // Whole pixels, and shares of those on the borders.
    const left = (k * width) / cells;
    const right = ((k + 1) * width) / cells;
    const first = Math.ceil(left);
    const last = Math.floor(right);
    if (first > last) {
      sums[k] = (row[last] as number) * (right - left);
      continue;
    }
    let sum = first > left ? (row[first - 1] as number) * (first - left) : 0;
    for (let x = first; x < last; x++) sum += row[x] as number;
    sums[k] = right > last ? sum + (row[last] as number) * (right - last) : sum;
  }
}
