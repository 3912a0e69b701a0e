import type { Picture } from '../core/picture.js';

/**
 * Writes a picture as planes (channels, height, width) from `offset` on: the layout and the number of channels of a network's input.
 * Gray becomes three equal planes; colour becomes gray as the luma of ITU-R BT.601, (19595 R + 38470 G + 7471 B + 2^15) / 2^16, the
 * same integers as PIL's convert('L').
 *
 * @example
 * const planes = new Uint8Array(3 * picture.height * picture.width);
 * writePlanes(planes, 0, picture, 3);
 */
export function writePlanes(target: Uint8Array, offset: number, picture: Picture, channels: 1 | 3): void {
  const { data, width, height } = picture;
  const area = width * height;
  if (picture.channels === 1) {
    for (let channel = 0; channel < channels; channel++) target.set(data.subarray(0, area), offset + channel * area);
    return;
  }
  for (let at = 0, pixel = offset; at < 3 * area; at += 3, pixel++) {
    const [red, green, blue] = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
    if (channels === 1) {
      target[pixel] = (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
    } else {
      target[pixel] = red;
      target[pixel + area] = green;
      target[pixel + 2 * area] = blue;
    }
  }
}
