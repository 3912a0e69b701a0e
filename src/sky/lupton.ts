import type { Counts, Picture } from '../core/picture.js';

/** How {@link luptonColour} maps brightness. */
export interface LuptonOptions {
  /** Brightness at which the scale turns from linear to logarithmic, times q; in the unit of the counts. */
  readonly stretch: number;
  /** Softening: larger values compress the bright end more. */
  readonly q: number;
  /** Brightness that is black, 0 unless told. */
  readonly black?: number;
}

/**
 * Colour pictures whose colours do not depend on brightness: with I the mean of the three planes, each is multiplied by
 * 25.5 asinh(q (I - black) / stretch) / asinh(q / 10) / (I - black); where one exceeds 255, all three are scaled down to it
 * (Lupton et al. 2004, PASP 116, 133; the scale is that of astropy's make_lupton_rgb). Planes are red, green, blue.
 */
export function luptonColour({ width, height, data }: Counts, { stretch, q, black = 0 }: LuptonOptions): Picture {
  const area = width * height;
  const pixels = new Uint8Array(3 * area);
  const slope = 25.5 / Math.asinh(q / 10);
  for (let pixel = 0; pixel < area; pixel++) {
    const colour = [0, 1, 2].map((plane) => (data[plane * area + pixel] ?? 0) - black);
    const mean = ((colour[0] ?? 0) + (colour[1] ?? 0) + (colour[2] ?? 0)) / 3;
    if (!(mean > 0)) continue;
    const factor = (Math.asinh((mean * q) / stretch) * slope) / mean;
    const scaled = colour.map((value) => Math.max(0, value * factor));
    const most = Math.max(255, ...scaled);
    for (let channel = 0; channel < 3; channel++) pixels[3 * pixel + channel] = Math.floor(((scaled[channel] ?? 0) / most) * 255);
  }
  return { width, height, channels: 3, data: pixels };
}
