/** What decoding needs to know of a JPEG before it begins. */
export interface JpegHeader {
  /** Pixels, before any orientation is applied. */
  readonly width: number;
  readonly height: number;
  /** 1 gray, 3 colours, 4 inks. */
  readonly components: number;
  /** Bits of a sample. */
  readonly precision: number;
}

/**
 * The frame header of a JPEG (ITU-T T.81, B.2.2), found by walking the markers. `undefined` where the walk fails or the frame is of a kind
 * beyond baseline and progressive: then a decoder has to say what it is.
 */
export function jpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const at = frameAt(bytes);
  if (at === undefined) return undefined;
  const word = (place: number) => ((bytes[place] ?? 0) << 8) | (bytes[place + 1] ?? 0);
  const [length, precision, height, width, components] = [word(at), bytes[at + 2], word(at + 3), word(at + 5), bytes[at + 7]];
  if (!components || !precision || length !== 8 + 3 * components || height === 0 || width === 0) return undefined;
  return { width, height, components, precision };
}

/** Where the length of the frame header stands. */
function frameAt(bytes: Uint8Array): number | undefined {
  let at = 2;
  while (at + 10 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    // Bytes of 0xff may stand before a marker.
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xc2) return at + 2;
    // Other frames, the start of a scan, and markers without a length.
    const isOther = marker > 0xc2 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isOther || marker < 0xc0 || (marker >= 0xd0 && marker <= 0xda)) return undefined;
    at += 2 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
  }
  return undefined;
}
