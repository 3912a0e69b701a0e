import { describe, expect, it } from 'vitest';
import { lumaGrid, type PixelLayout } from './luma-grid.js';

/** The definition: each pixel counts for every cell by the area that lies in it. */
function plainGrid(data: Uint8Array, layout: PixelLayout, side: number): number[] {
  const { width, height, channels, pixelStride, channelStride } = layout;
  const weights = channels === 1 ? [1] : [0.299, 0.587, 0.114];
  const overlap = (cell: number, pixel: number, length: number) =>
    Math.max(0, Math.min(pixel + 1, ((cell + 1) * length) / side) - Math.max(pixel, (cell * length) / side));
  return Array.from({ length: side * side }, (_, cell) => {
    let sum = 0;
    for (let y = 0; y < height; y++) {
      const tall = overlap(Math.floor(cell / side), y, height);
      for (let x = 0; tall > 0 && x < width; x++) {
        const at = (y * width + x) * pixelStride;
        const luma = weights.reduce((total, weight, channel) => total + weight * data[at + channel * channelStride]!, 0);
        sum += tall * overlap(cell % side, x, width) * luma;
      }
    }
    return (sum * side * side) / (width * height);
  });
}

const sizes = [
  [1, 1],
  [3, 2],
  [5, 70],
  [64, 64],
  [67, 129],
  [66, 131],
  [65, 130],
  [2, 1100],
  [90, 9],
] as const;

describe('lumaGrid', () => {
  it.each(sizes)('averages %i x %i pixels over cells, in any layout and at any place of the memory', (width, height) => {
    for (const channels of [1, 3] as const) {
      for (const isPlanar of [false, true]) {
        for (const offset of [0, 1, 2, 3]) {
          const memory = Uint8Array.from({ length: offset + width * height * channels }, (_, i) => (i * i * 31 + i * 7) % 256);
          const [pixelStride, channelStride] = isPlanar ? [1, width * height] : [channels, 1];
          const layout = { width, height, channels, pixelStride, channelStride };
          const data = memory.subarray(offset);
          const expected = plainGrid(data, layout, 4);
          [...lumaGrid(data, layout, 4)].forEach((value, cell) => {
            expect(value).toBeCloseTo(expected[cell]!, 9);
          });
        }
      }
    }
  });

  it('adds up more white rows than 16 bits hold', () => {
    const layout = { width: 5, height: 6000, channels: 3, pixelStride: 3, channelStride: 1 } as const;
    const white = new Uint8Array(5 * 6000 * 3).fill(255);
    for (const value of lumaGrid(white, layout, 2)) expect(value).toBeCloseTo(255, 9);
  });
});
