import type { Picture } from '../core/picture.js';

/** Grayscale pictures of one size side by side in a nearly square grid, one black pixel apart. */
export function mosaic(pictures: readonly Picture[]): Picture {
  const [first] = pictures;
  const columns = Math.ceil(Math.sqrt(pictures.length));
  const [cellWidth, cellHeight] = [(first?.width ?? 0) + 1, (first?.height ?? 0) + 1];
  const width = Math.max(1, columns * cellWidth - 1);
  const height = Math.max(1, Math.ceil(pictures.length / Math.max(columns, 1)) * cellHeight - 1);
  const data = new Uint8Array(width * height);
  for (const [place, picture] of pictures.entries()) {
    const corner = Math.floor(place / columns) * cellHeight * width + (place % columns) * cellWidth;
    for (let row = 0; row < picture.height; row++) {
      data.set(picture.data.subarray(row * picture.width, (row + 1) * picture.width), corner + row * width);
    }
  }
  return { width, height, channels: 1, data };
}
