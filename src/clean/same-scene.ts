/** Whether two pictures show the same scene: cropped, mirrored, turned by quarters, recoloured. */
import { lumaOf } from './gradients.js';

/** Cells along the sides of what is searched, and of what is searched for. */
const field = 56;
const mark = 14;
/** Sides of windows, in cells of the field: crops that keep from half of each side on. */
const windowSides = [56, 48, 41, 35, 30] as const;
const windowStep = 4;
/** Added to the luma before the logarithm, in levels of 255, as in the look of near-duplicates. */
const floor = 8;

/** What of a picture is compared. */
export interface Scene {
  /** Sums of ln(8 + luma) above and left of each corner of the field's cells. */
  readonly sums: Float64Array;
  /** Detail of the whole frame, in all 8 positions. */
  readonly marks: readonly Float32Array[];
}

/** The scene of planes (channels, side, side). */
export function sceneOf(pixels: Uint8Array, side: number, channels: 1 | 3): Scene {
  const luma = lumaOf(pixels, side, channels);
  const sums = new Float64Array((field + 1) ** 2);
  for (let y = 0; y < field; y++) {
    let row = 0;
    const [top, bottom] = [
      Math.floor((y * side) / field),
      Math.max(Math.floor(((y + 1) * side) / field), Math.floor((y * side) / field) + 1),
    ];
    for (let x = 0; x < field; x++) {
      const left = Math.floor((x * side) / field);
      const right = Math.max(Math.floor(((x + 1) * side) / field), left + 1);
      let cell = 0;
      for (let at = top; at < bottom; at++) for (let to = left; to < right; to++) cell += luma[at * side + to] as number;
      row += Math.log(floor + cell / ((bottom - top) * (right - left)));
      sums[(y + 1) * (field + 1) + x + 1] = (sums[y * (field + 1) + x + 1] as number) + row;
    }
  }
  const whole = detailOf(sums, 0, 0, field, field);
  return { sums, marks: positions(whole) };
}

/**
 * The largest correlation between the detail of one picture and that of a window of the other, both ways round, in [-1, 1]. Detail is ln(8 + luma)
 * on 14 * 14 cells, less the mean of 3 * 3.
 */
export function sceneCorrelation(a: Scene, b: Scene): number {
  return Math.max(searched(a, b), searched(b, a));
}

function searched({ sums }: Scene, { marks }: Scene): number {
  let best = -1;
  for (const [row, height] of windowSides.entries()) {
    // Frames were stretched to squares: crops may have other proportions, but not by much.
    for (const width of windowSides.slice(Math.max(0, row - 1), row + 2)) {
      for (let y = 0; y + height <= field; y += windowStep) {
        for (let x = 0; x + width <= field; x += windowStep) {
          const detail = detailOf(sums, x, y, width, height);
          for (const one of marks) {
            let sum = 0;
            for (let at = 0; at < detail.length; at++) sum += (detail[at] as number) * (one[at] as number);
            if (sum > best) best = sum;
          }
        }
      }
    }
  }
  return best;
}

/** Detail of a window, scaled to a norm of 1; all 0 where there is none. */
function detailOf(sums: Float64Array, left: number, top: number, width: number, height: number): Float32Array {
  const cells = new Float64Array(mark * mark);
  for (let y = 0; y < mark; y++) {
    const [from, to] = [top + (y * height) / mark, top + ((y + 1) * height) / mark];
    for (let x = 0; x < mark; x++) {
      const [begin, end] = [left + (x * width) / mark, left + ((x + 1) * width) / mark];
      const sum = sumTo(sums, end, to) - sumTo(sums, begin, to) - sumTo(sums, end, from) + sumTo(sums, begin, from);
      cells[y * mark + x] = sum / ((to - from) * (end - begin));
    }
  }
  const detail = new Float32Array(mark * mark);
  let squares = 0;
  for (let y = 1; y < mark - 1; y++) {
    for (let x = 1; x < mark - 1; x++) {
      let mean = 0;
      for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) mean += cells[(y + dy) * mark + x + dx] as number;
      const value = (cells[y * mark + x] as number) - mean / 9;
      detail[y * mark + x] = value;
      squares += value * value;
    }
  }
  const norm = Math.sqrt(squares);
  for (let at = 0; at < detail.length; at++) detail[at] = norm < 1e-6 ? 0 : (detail[at] as number) / norm;
  return detail;
}

/** The sum over everything above and left of a point, between corners by bilinear interpolation. */
function sumTo(sums: Float64Array, x: number, y: number): number {
  const [left, top] = [Math.min(field - 1, Math.floor(x)), Math.min(field - 1, Math.floor(y))];
  const [dx, dy] = [x - left, y - top];
  const at = top * (field + 1) + left;
  const upper = (sums[at] as number) * (1 - dx) + (sums[at + 1] as number) * dx;
  const lower = (sums[at + field + 1] as number) * (1 - dx) + (sums[at + field + 2] as number) * dx;
  return upper * (1 - dy) + lower * dy;
}

/** A square of cells as it is, mirrored, and both of these turned by quarters. */
function positions(cells: Float32Array): Float32Array[] {
  const last = mark - 1;
  const moved = (from: (x: number, y: number) => number): Float32Array =>
    cells.map((_, at) => cells[from(at % mark, Math.floor(at / mark))] as number);
  const at = (x: number, y: number): number => y * mark + x;
  return [
    moved((x, y) => at(x, y)),
    moved((x, y) => at(last - x, y)),
    moved((x, y) => at(x, last - y)),
    moved((x, y) => at(last - x, last - y)),
    moved((x, y) => at(y, x)),
    moved((x, y) => at(last - y, x)),
    moved((x, y) => at(y, last - x)),
    moved((x, y) => at(last - y, last - x)),
  ];
}
