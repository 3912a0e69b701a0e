import { thumbnailSide } from '../catalogue/thumbnails.js';
import { MessierError } from '../core/errors.js';
import type { Picture } from '../core/picture.js';
import { perceptualHash } from '../dataset/perceptual-hash.js';
import { decodeFits, defaultFitsLimits, fitsCounts } from '../formats/fits.js';
import { isGzip } from '../formats/gzip.js';
import { sha256 } from '../formats/hash.js';
import { decodePicture, type PictureLimits } from '../formats/picture.js';
import { encodeThumbnail } from '../formats/picture-encode.js';
import { pictureFormat, type PictureFormat } from '../formats/picture-format.js';
import { applyStretch, defaultStretch, type Stretch } from '../sky/stretch.js';
import type { IntakeRoom } from './intake-room.js';

/** What is taken in: 256 MiB and 100 million pixels a picture. */
export const intakeLimits: PictureLimits = { bytes: 2 ** 28, pixels: 100_000_000, side: 65_535 };

/** Bytes that one byte of deflate unpacks to at most. */
const mostDeflated = 1032;

/** A picture that was looked at whole. */
export interface Intake {
  /** SHA-256 of the bytes. */
  readonly hash: string;
  readonly bytes: number;
  readonly format: PictureFormat | 'fits';
  /** Of the picture as it is shown, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly perceptual: string;
  /** JPEG, as `ThumbnailFolder` keeps it. */
  readonly thumbnail: Uint8Array;
}

export interface IntakeOptions {
  /** Opens messages; "The picture" unless told. */
  readonly title?: string | undefined;
  /** How counts (FITS) become pixels. */
  readonly stretch?: Stretch | undefined;
  /** What several pictures share that are decoded at once. */
  readonly room?: IntakeRoom | undefined;
}

/**
 * Looks at the bytes of a picture or FITS file, known by its opening bytes: decodes all of it, so that nothing cut off or damaged gets in, hashes
 * it, and makes a small copy. Pixels are taken as `loadPictureFile` gives them, and the perceptual hash is that of a pixel cache.
 *
 * @throws MessierError `picture/...`, `fits/...`, `gzip/...`, `stretch/...`, `file/limit`.
 *
 * @example
 * const { hash, width, height, perceptual, thumbnail } = await intake(await readFile('comet.jpg'));
 */
export async function intake(bytes: Uint8Array, options: IntakeOptions = {}): Promise<Intake> {
  const { title = 'The picture', stretch = defaultStretch, room } = options;
  let held = 0;
  const admit = async (pixels: number): Promise<void> => {
    await room?.enter(pixels);
    held = pixels;
  };
  try {
    const { format, picture } = await decode(bytes, title, stretch, admit);
    const { width, height } = picture;
    const thumbnail = encodeThumbnail(picture, thumbnailSide);
    // While libvips works on the thumbnail.
    const [hash, perceptual] = [sha256(bytes), perceptualHash(picture)];
    return { hash, bytes: bytes.length, format, width, height, perceptual, thumbnail: await thumbnail };
  } finally {
    room?.leave(held);
  }
}

async function decode(
  bytes: Uint8Array,
  title: string,
  stretch: Stretch,
  admit: (pixels: number) => Promise<void>,
): Promise<{ readonly format: PictureFormat | 'fits'; readonly picture: Picture }> {
  if (!isFits(bytes)) {
    const picture = await decodePicture(bytes, title, intakeLimits, admit);
    return { format: pictureFormat(bytes, title), picture };
  }
  // Before anything is unpacked. A value takes a byte at least, and deflate makes a byte of a thousand at most.
  await admit(isGzip(bytes) ? Math.min(intakeLimits.bytes, mostDeflated * bytes.length) : bytes.length);
  const counts = fitsCounts(await decodeFits(bytes, title, { ...defaultFitsLimits, bytes: intakeLimits.bytes }));
  const { width, height } = counts;
  if (width * height > intakeLimits.pixels) {
    const most = `up to ${intakeLimits.pixels} pixels are read`;
    throw new MessierError('picture/limit', `${title} is ${width} x ${height} pixels; ${most}. Make it smaller.`);
  }
  return { format: 'fits', picture: applyStretch(counts, stretch) };
}

/** By the opening bytes; gzip files can be nothing else that is read. */
function isFits(bytes: Uint8Array): boolean {
  return isGzip(bytes) || Array.from('SIMPLE  =').every((letter, at) => bytes[at] === letter.charCodeAt(0));
}
