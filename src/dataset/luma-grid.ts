import { ColumnSums } from './column-sums.js';

/** Of R, G and B in the luma, in thousandths. */
const weights = [299, 587, 114] as const;

/** From as many rows on it is quicker to add bytes up before luma is made of them. */
const manyRows = 16;

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
  private readonly thousandths: Int32Array;

  constructor(
    private readonly data: Uint8Array,
    private readonly layout: PixelLayout,
  ) {
    const { width, height, channels, pixelStride, channelStride } = layout;
    this.rowBytes = width * pixelStride;
    this.thousandths = new Int32Array(width);
    this.sums = Array.from({ length: channelStride < pixelStride ? 1 : channels }, (_, plane) => {
      const start = plane * channelStride;
      return new ColumnSums(data.subarray(start, start + height * this.rowBytes), this.rowBytes);
    });
  }

  /** Adds `share` of the luma of `count` rows from `start` on to a row. */
  add(start: number, count: number, share: number, row: Float64Array): void {
    if (count < manyRows) {
      this.thousandths.fill(0);
      for (let y = start; y < start + count; y++) addRow(this.data, y * this.rowBytes, this.layout, this.thousandths);
      addScaled(this.thousandths, 0, 1, share / 1000, row);
      return;
    }
    const { channels, pixelStride } = this.layout;
    for (const sums of this.sums) sums.add(start * this.rowBytes, count);
    for (let channel = 0; channel < channels; channel++) {
      const own = this.sums[channel];
      const plane = own ?? this.sums[0];
      const weight = channels === 1 ? 1000 : (weights[channel] ?? 0);
      if (plane) addScaled(plane.sums, plane.lead + (own ? 0 : channel), pixelStride, (share * weight) / 1000, row);
    }
  }
}

/** Adds 1000 Y of a row's pixels to whole numbers. */
function addRow(data: Uint8Array, start: number, layout: PixelLayout, thousandths: Int32Array): void {
  const { channels, pixelStride, channelStride } = layout;
  for (let x = 0, red = start; x < thousandths.length; x++, red += pixelStride) {
    let luma = data[red] as number;
    if (channels === 1) luma *= 1000;
    else {
      const green = red + channelStride;
      luma = 299 * luma + 587 * (data[green] as number) + 114 * (data[green + channelStride] as number);
    }
    thousandths[x] = ((thousandths[x] as number) + luma) | 0;
  }
}

/** Adds every `stride`-th value from `start` on, times a factor, to a row. */
function addScaled(values: Int32Array | Float64Array, start: number, stride: number, factor: number, row: Float64Array): void {
  for (let x = 0, at = start; x < row.length; x++, at += stride) row[x] = (row[x] as number) + factor * (values[at] as number);
}

/** The integral of a row, constant within each pixel, over each of `sums.length` equal cells: differences of the integral from 0. */
function sumCells(row: Float64Array, sums: Float64Array): void {
  const cells = sums.length;
  let whole = 0;
  let before = 0;
  for (let k = 0, x = 0; k < cells; k++) {
    const edge = ((k + 1) * row.length) / cells;
    for (; x + 1 <= edge; x++) whole += row[x] as number;
    const upTo = x < edge ? whole + (row[x] as number) * (edge - x) : whole;
    sums[k] = upTo - before;
    before = upTo;
  }
}
