/** A decoded picture: 8 bits a channel, rows from the top, channels of a pixel side by side (height, width, channels). */
export interface Picture {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** 1 for grayscale, 3 for red, green, blue. */
  readonly channels: 1 | 3;
  /** height * width * channels values from 0 to 255. */
  readonly data: Uint8Array;
}

/** Measured brightness before any stretch, as instruments give it: one or three planes, rows from the top, plane after plane. */
export interface Counts {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** 1, or 3 for red, green, blue. */
  readonly planes: 1 | 3;
  /** planes * height * width values in the file's unit; NaN where the file says blank. */
  readonly data: Float32Array;
}
