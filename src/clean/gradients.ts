/** Sobel's derivatives of a square picture, in levels per pixel. */
export interface Gradients {
  readonly across: Float32Array;
  readonly down: Float32Array;
}

/** Luma (ITU-R BT.601) of planes (channels, side, side), in levels of 255. */
export function lumaOf(pixels: Uint8Array, side: number, channels: 1 | 3): Float32Array {
  const size = side * side;
  if (channels === 1) return new Float32Array(pixels.subarray(0, size));
  const luma = new Float32Array(size);
  for (let at = 0; at < size; at++) {
    luma[at] = 0.299 * (pixels[at] as number) + 0.587 * (pixels[size + at] as number) + 0.114 * (pixels[2 * size + at] as number);
  }
  return luma;
}

/** Derivatives by the filter of 3 * 3, divided by 8; 0 on the outermost pixels. */
export function gradientsOf(luma: Float32Array, side: number): Gradients {
  const across = new Float32Array(side * side);
  const down = new Float32Array(side * side);
  const of = (at: number): number => luma[at] as number;
  for (let y = 1; y < side - 1; y++) {
    for (let x = 1; x < side - 1; x++) {
      const at = y * side + x;
      const [nw, ne, sw, se] = [of(at - side - 1), of(at - side + 1), of(at + side - 1), of(at + side + 1)];
      across[at] = (ne + 2 * of(at + 1) + se - nw - 2 * of(at - 1) - sw) / 8;
      down[at] = (sw + 2 * of(at + side) + se - nw - 2 * of(at - side) - ne) / 8;
    }
  }
  return { across, down };
}
