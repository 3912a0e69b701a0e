import type { Picture } from '../core/picture.js';

/** Samples as decoded, channels of a pixel side by side. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  /** 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha or CMYK. */
  readonly channels: number;
  /** Uint16Array for 16 bits a channel. */
  readonly data: Uint8Array | Uint16Array;
}

/**
 * Decoded samples as a picture: 16 bits become 8 by `round(v / 257)`, and alpha is composed on black, `round(v * alpha / full)`.
 * Gray stays one channel.
 */
export function pictureOfSamples(samples: Samples): Picture {
  const { width, height, channels, data } = samples;
  const colours = channels < 3 ? 1 : 3;
  const full = data instanceof Uint16Array ? 65_535 : 255;
  if (channels === colours && data instanceof Uint8Array) return { width, height, channels: colours, data };
  const out = new Uint8Array(width * height * colours);
  const hasAlpha = channels > colours;
  for (let pixel = 0, from = 0, to = 0; pixel < width * height; pixel++, from += channels) {
    const share = hasAlpha ? (data[from + colours] ?? 0) / full : 1;
    for (let colour = 0; colour < colours; colour++, to++) {
      out[to] = Math.round(((data[from + colour] ?? 0) * share * 255) / full);
    }
  }
  return { width, height, channels: colours, data: out };
}

/**
 * Inks as a picture: R = (255 - C) * (255 - K) / 255, the plain rule of Pillow, which knows no ink profiles either.
 */
export function pictureOfInks(samples: Samples): Picture {
  const { width, height, data } = samples;
  const out = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < out.length; from += 4) {
    const light = 255 - (data[from + 3] ?? 0);
    for (let ink = 0; ink < 3; ink++, to++) {
      out[to] = light - Math.round(((data[from + ink] ?? 0) * light) / 255);
    }
  }
  return { width, height, channels: 3, data: out };
}
