import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MessierError } from '../core/errors.js';
import { removeLeftovers, replaceFile, unwritable } from '../formats/atomic.js';
import { messierHome } from '../formats/home.js';
import { blobName } from './blob-names.js';
import { makeFolders } from '../formats/make-folders.js';

/** Pixels of a thumbnail's longer side, at most. */
export const thumbnailSide = 192;

/**
 * Small copies of pictures for pages, by the hash of the picture's file: JPEG, which is
 * encoded three times as fast as WebP, at most {@link thumbnailSide} pixels. A cache: what is missing
 * can be made from the blob again, so nothing is flushed to disk, and a file that a power failure left torn counts as missing.
 *
 * @example
 * const thumbnails = new ThumbnailFolder();
 * const jpeg = (await thumbnails.read(hash)) ?? (await make(hash));
 */
export class ThumbnailFolder {
  readonly #tidied = new Set<string>();

  constructor(readonly location = join(messierHome(), 'thumbnails')) {}

  /** @throws MessierError `thumbnail/format` for what is no whole JPEG file, `file/write`. */
  async write(hash: string, jpeg: Uint8Array): Promise<void> {
    if (!isWholeJpeg(jpeg)) {
      throw new MessierError('thumbnail/format', `Thumbnails are JPEG files; the ${jpeg.length} bytes received are none.`);
    }
    const path = this.#path(hash);
    await this.#prepare(dirname(path))
      .then(() => replaceFile(path, (temporary) => writeFile(temporary, jpeg, { flag: 'wx' })))
      .catch((error: unknown) => {
        throw unwritable(path, error);
      });
  }

  /** `undefined` where there is none, or none that is whole. @throws MessierError `file/read`. */
  async read(hash: string): Promise<Uint8Array | undefined> {
    const path = this.#path(hash);
    try {
      const bytes = await readFile(path);
      return isWholeJpeg(bytes) ? bytes : undefined;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      const reason = error instanceof Error ? error.message : String(error);
      throw new MessierError('file/read', `"${path}" can't be read: ${reason}. Check its permissions, or remove it.`, {
        cause: error,
      });
    }
  }

  #path(hash: string): string {
    return join(this.location, `${blobName(hash)}.jpg`);
  }

  async #prepare(folder: string): Promise<void> {
    if (this.#tidied.has(folder)) return;
    await makeFolders(folder);
    await removeLeftovers(folder);
    this.#tidied.add(folder);
  }
}

/** By the marks of its start and its end. */
function isWholeJpeg(bytes: Uint8Array): boolean {
  const word = (at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return bytes.length >= 4 && word(0) === 0xffd8 && word(bytes.length - 2) === 0xffd9;
}
