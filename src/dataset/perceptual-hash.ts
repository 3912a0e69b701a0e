import type { Picture } from '../core/picture.js';
import { lumaGrid } from './luma-grid.js';

/** Cells along each side of the small picture, and frequencies kept along each. */
const side = 32;
const kept = 8;

/** Added to the luma before the logarithm, in levels of 255: about the noise of a dark sky. */
const floor = 8;

/** How far above the median a coefficient lies whose bit is set; far above rounding, so that a plain picture has no bit set. */
const margin = 1e-6;

/** cosines[k * side + x] = cos(pi (k + 1) (2 x + 1) / (2 side)), of the DCT-II; k + 1 because frequency 0 is left out. */
const cosines = Float64Array.from({ length: kept * side }, (_, i) =>
  Math.cos((Math.PI * (Math.floor(i / side) + 1) * (2 * (i % side) + 1)) / (2 * side)),
);

/** Scaled so that the two-dimensional transform is orthonormal. */
const scaledCosines = cosines.map((cosine) => cosine * (2 / side));

/**
 * 64 bits that hardly change when a picture is encoded again, resized or brightened: 16 hexadecimal digits, the first row of
 * frequencies first, the highest bit first.
 *
 * Of ln(8 + Y), Y the luma in levels averaged over 32 * 32 cells of the whole picture, the DCT-II is taken; a bit says whether a
 * coefficient lies above the median of the 64 of horizontal and vertical frequency 1 to 8. The logarithm lets faint stars and the sky
 * count: with the luma itself, galaxies in the middle of dark frames have nearly the same bits.
 *
 * Source: C. Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010, section 3.1; the logarithm is ours.
 *
 * @example
 * perceptualHash({ width: 1, height: 1, channels: 1, data: Uint8Array.of(9) }); // '0000000000000000': nothing but one level
 */
export function perceptualHash(picture: Picture): string {
  const grid = lumaGrid(picture.data, { ...picture, pixelStride: picture.channels, channelStride: 1 }, side);
  for (let cell = 0; cell < grid.length; cell++) grid[cell] = Math.log(floor + (grid[cell] as number));
  const coefficients = frequencies(grid);
  const sorted = coefficients.toSorted();
  const threshold = ((sorted[31] as number) + (sorted[32] as number)) / 2 + margin;
  let digits = '';
  for (let from = 0; from < 64; from += 4) {
    let digit = 0;
    for (let bit = 0; bit < 4; bit++) digit = 2 * digit + Number((coefficients[from + bit] as number) > threshold);
    digits += digit.toString(16);
  }
  return digits;
}

/** DCT-II coefficients of vertical and horizontal frequency 1 to 8, (kept, kept), scaled to be orthonormal. */
function frequencies(grid: Float64Array): Float64Array {
  const half = new Float64Array(kept * side);
  for (let v = 0; v < kept; v++) {
    for (let x = 0; x < side; x++) {
      let sum = 0;
      for (let y = 0; y < side; y++) sum += (scaledCosines[v * side + y] as number) * (grid[y * side + x] as number);
      half[v * side + x] = sum;
    }
  }
  const coefficients = new Float64Array(kept * kept);
  for (let v = 0; v < kept; v++) {
    for (let u = 0; u < kept; u++) {
      let sum = 0;
      for (let x = 0; x < side; x++) sum += (cosines[u * side + x] as number) * (half[v * side + x] as number);
      coefficients[v * kept + u] = sum;
    }
  }
  return coefficients;
}
