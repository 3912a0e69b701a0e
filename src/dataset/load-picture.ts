import type { Picture } from '../core/picture.js';
import { decodeFits, defaultFitsLimits, fitsCounts } from '../formats/fits.js';
import { sha256 } from '../formats/hash.js';
import { decodePicture, defaultPictureLimits } from '../formats/picture.js';
import { readFileWhole } from '../formats/read-file.js';
import { applyStretch, type Stretch } from '../sky/stretch.js';
import type { LoadedItem } from './types.js';

const pictureName = /\.(jpe?g|png|webp|tiff?|gif|avif)$/i;
const fitsName = /\.(fits?|fts)(\.(gz|fz))?$/i;

/** Does the name say that the file is a picture or a FITS file, packed or not? Hidden files (`._x.jpg`) are none. */
export function isPictureFile(name: string): boolean {
  const file = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  return !file.startsWith('.') && (pictureName.test(file) || fitsName.test(file));
}

/**
 * Reads a picture file, or the first image of a FITS file whose counts the stretch turns into pixels: by the name's ending, FITS for those
 * of `.fits`, `.fit`, `.fts` and the same with `.gz`. The file is read once.
 *
 * @returns The picture, and the SHA-256 of the file's bytes.
 * @throws MessierError What readPicture, openFits, fitsCounts and applyStretch throw.
 *
 * @example
 * const { picture, hash } = await loadPictureFile('M51.fits.gz', defaultStretch);
 */
export async function loadPictureFile(path: string, stretch: Stretch): Promise<LoadedItem> {
  const isFits = fitsName.test(path);
  const bytes = await readFileWhole(path, isFits ? defaultFitsLimits.bytes : defaultPictureLimits.bytes);
  return { picture: await decodeBytes(bytes, { title: `"${path}"`, isFits, stretch }), hash: sha256(bytes) };
}

/**
 * The picture in the bytes of a picture file, or of a FITS file.
 *
 * @param title Opens messages: the file in quotation marks.
 * @throws MessierError What decodePicture, decodeFits, fitsCounts and applyStretch throw.
 */
export async function decodeBytes(
  bytes: Uint8Array,
  { title, isFits, stretch }: { readonly title: string; readonly isFits: boolean; readonly stretch: Stretch },
): Promise<Picture> {
  if (!isFits) return decodePicture(bytes, title, defaultPictureLimits);
  return applyStretch(fitsCounts(await decodeFits(bytes, title, defaultFitsLimits)), stretch);
}
