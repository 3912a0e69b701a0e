import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MessierError } from '../core/errors.js';
import { removeLeftovers } from '../formats/atomic.js';
import { messierHome } from '../formats/home.js';
import { blobName } from './blob-names.js';

/** Pixels of a thumbnail's longer side, at most. */
export const thumbnailSide = 192;

/**
 * Small copies of pictures for pages, by the hash of the picture's file: WebP, at most {@link thumbnailSide} pixels. A cache: what is missing
 * can be made from the blob again, so nothing is flushed to disk, and a file that a power failure left torn counts as missing.
 *
 * @example
 * const thumbnails = new ThumbnailFolder();
 * const webp = (await thumbnails.read(hash)) ?? (await make(hash));
 */
export class ThumbnailFolder {
  readonly #tidied = new Set<string>();

  constructor(readonly location = join(messierHome(), 'thumbnails')) {}

  /** @throws MessierError `thumbnail/format` for what is no whole WebP file, `file/write`. */
  async write(hash: string, webp: Uint8Array): Promise<void> {
    if (!isWholeWebp(webp)) {
      throw new MessierError('thumbnail/format', `Thumbnails are WebP files; the ${webp.length} bytes received are none.`);
    }
    const path = this.#path(hash);
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      await this.#prepare(dirname(path));
      await writeFile(temporary, webp, { flag: 'wx' });
      await rename(temporary, path);
    } catch (error) {
      // Fails too where the folder is none; the first failure is the one to tell of.
      await rm(temporary, { force: true }).catch(() => undefined);
      const reason = error instanceof Error ? error.message : String(error);
      throw new MessierError('file/write', `"${path}" can't be written: ${reason}. Check the folder and its free space.`, {
        cause: error,
      });
    }
  }

  /** `undefined` where there is none, or none that is whole. @throws MessierError `file/read`. */
  async read(hash: string): Promise<Uint8Array | undefined> {
    const path = this.#path(hash);
    try {
      const bytes = await readFile(path);
      return isWholeWebp(bytes) ? bytes : undefined;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      const reason = error instanceof Error ? error.message : String(error);
      throw new MessierError('file/read', `"${path}" can't be read: ${reason}. Check its permissions, or remove it.`, {
        cause: error,
      });
    }
  }

  #path(hash: string): string {
    return join(this.location, `${blobName(hash)}.webp`);
  }

  async #prepare(folder: string): Promise<void> {
    if (this.#tidied.has(folder)) return;
    await mkdir(folder, { recursive: true });
    await removeLeftovers(folder);
    this.#tidied.add(folder);
  }
}

/** A RIFF file says its length: it begins with `RIFF`, the bytes that follow, and `WEBP`. */
function isWholeWebp(bytes: Uint8Array): boolean {
  if (bytes.length < 12) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isRiff = view.getUint32(0) === 0x52494646 && view.getUint32(8) === 0x57454250;
  return isRiff && view.getUint32(4, true) + 8 === bytes.length;
}
