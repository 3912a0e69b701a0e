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
  const grid = new Float64Array(side * side);
  const row = new Float64Array(width);
  const sums = new Float64Array(side);
  for (let y = 0; y < height; y++) {
    readLuma(data, layout, y, row);
    sumCells(row, sums);
    // The row covers [y, y + 1) of the height, cell k covers [k, k + 1) * height / side.
    for (let k = Math.floor((y * side) / height); k < side && (k * height) / side < y + 1; k++) {
      const share = Math.min(y + 1, ((k + 1) * height) / side) - Math.max(y, (k * height) / side);
      for (let x = 0; x < side; x++) grid[k * side + x] = (grid[k * side + x] as number) + share * (sums[x] as number);
    }
  }
  const area = (width * height) / (side * side);
  for (let cell = 0; cell < grid.length; cell++) grid[cell] = (grid[cell] as number) / area;
  return grid;
}

function readLuma(data: Uint8Array, layout: PixelLayout, y: number, row: Float64Array): void {
  const { width, channels, pixelStride, channelStride } = layout;
  let red = y * width * pixelStride;
  if (channels === 1) {
    for (let x = 0; x < width; x++, red += pixelStride) row[x] = data[red] as number;
    return;
  }
  for (let x = 0; x < width; x++, red += pixelStride) {
    const green = red + channelStride;
    row[x] = 0.299 * (data[red] as number) + 0.587 * (data[green] as number) + 0.114 * (data[green + channelStride] as number);
  }
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
