import { sha256 } from '../formats/hash.js';
import { decodePicture, defaultPictureLimits } from '../formats/picture.js';
import { readFileWhole } from '../formats/read-file.js';
import type { Stretch } from '../sky/stretch.js';
import type { LoadedItem } from './types.js';

const pictureName = /\.(jpe?g|png|webp|tiff?|gif|avif)$/i;
const fitsName = /\.(fits?|fts)(\.(gz|fz))?$/i;

/** Does the name say that the file is a picture or a FITS file, gzip-compressed or not? Hidden files (`._x.jpg`) are none. */
export function isPictureFile(name: string): boolean {
  const file = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  return !file.startsWith('.') && (pictureName.test(file) || fitsName.test(file));
}

/**
 * Reads a picture file, or the first image of a FITS file whose counts the stretch turns into pixels. The file is read once.
 *
 * @returns The picture, and the SHA-256 of the file's bytes.
 * @throws MessierError What readPicture, openFits and fitsCounts throw.
 */
export async function loadPictureFile(path: string, _stretch: Stretch): Promise<LoadedItem> {
  const bytes = await readFileWhole(path, defaultPictureLimits.bytes);
  const picture = await decodePicture(bytes, `"${path}"`, defaultPictureLimits);
  return { picture, hash: sha256(bytes) };
}
