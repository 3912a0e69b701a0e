/** The folder of a pixel cache on disk: its name, its files, and how it comes to be there whole or not at all. */
import { createHash, randomUUID } from 'node:crypto';
import { open, readFile, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { MessierError } from '../core/errors.js';
import type { Fit } from '../nn/preprocess.js';
import type { Stretch } from '../sky/stretch.js';
import type { Dataset } from './types.js';
import { makeFolders } from '../formats/make-folders.js';

/** Changes whenever the same pictures would give other files. */
const format = 1;
/** Files whose size and time are asked for at once. */
const statsAtOnce = 64;
/** Bytes that are gathered before they are written. */
const chunk = 2 ** 20;
/** A half-written cache that nothing was added to for so long is a killed process's. */
const staleMilliseconds = 24 * 60 * 60 * 1000;

/** What makes two caches of one dataset differ. */
export interface CacheShape {
  /** Of the squares, in pixels. */
  readonly side: number;
  readonly channels: 1 | 3;
  /** How pictures become squares; their central square unless told. */
  readonly fit?: Fit | undefined;
  /** How the dataset turns raw counts into pixels, where it holds such files. */
  readonly stretch?: Stretch | undefined;
}

const manifestSchema = z.object({
  format: z.literal(format),
  items: z.array(
    z.object({
      id: z.string(),
      hash: z.string(),
      width: z.number(),
      height: z.number(),
      perceptual: z.string(),
    }),
  ),
  broken: z.array(z.object({ id: z.string(), code: z.string(), reason: z.string() })),
});

/** What a cache's folder says about its pixels; labels and groups stay with the dataset, whose tables may change. */
export type CacheManifest = z.output<typeof manifestSchema>;

export const pixelsFile = (folder: string): string => join(folder, 'pixels.bin');
const manifestFile = (folder: string): string => join(folder, 'items.json');

/** SHA-256 of all that determines a cache: where the data lie, ids, sizes and times of files, shape, version of the format. */
export async function cacheKey(
  { location, items }: Dataset,
  { side, channels, fit = 'crop', stretch }: CacheShape,
): Promise<string> {
  const hash = createHash('sha256');
  const add = (entry: unknown): void => void hash.update(`${JSON.stringify(entry)}\n`);
  const path = resolve(location);
  const own = await stat(path).catch(() => undefined);
  const folder = own?.isDirectory() === true ? path : dirname(path);
  add([
    format,
    own ? path : location,
    own?.isFile() === true ? [own.size, own.mtimeMs] : null,
    side,
    channels,
    stretch ?? null,
    ...(fit === 'crop' ? [] : [fit]),
  ]);
  for (let from = 0; from < items.length; from += statsAtOnce) {
    const entries = items.slice(from, from + statsAtOnce).map(async ({ id, hash: content }) => {
      if (content !== undefined) return [id, content];
      const file = await stat(join(folder, id)).catch(() => undefined);
      return [id, file && [file.size, file.mtimeMs]];
    });
    for (const entry of await Promise.all(entries)) add(entry);
  }
  return hash.digest('hex');
}

/** What a finished cache's folder says; `undefined` where there is none or a damaged one. */
export async function readManifest(folder: string, bytesEach: number): Promise<CacheManifest | undefined> {
  try {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(manifestFile(folder), 'utf8')));
    const { size } = await stat(pixelsFile(folder));
    return size === manifest.items.length * bytesEach ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A cache being written, in a folder of its own beside its final place. {@link finish} moves it there; {@link discard} removes it.
 * Throws `cache/disk-full`, `cache/write`.
 */
export class CacheWriter {
  private pieces: Uint8Array[] = [];
  private gathered = 0;

  private constructor(
    private readonly temporary: string,
    private readonly file: FileHandle,
  ) {}

  static async create(final: string): Promise<CacheWriter> {
    const temporary = `${final}.${randomUUID()}.tmp`;
    try {
      await makeFolders(temporary);
      await removeStale(dirname(final));
      return new CacheWriter(temporary, await open(pixelsFile(temporary), 'wx'));
    } catch (error) {
      await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
      throw unwritable(temporary, error);
    }
  }

  async write(pixels: Uint8Array): Promise<void> {
    this.pieces.push(pixels);
    this.gathered += pixels.length;
    if (this.gathered >= chunk) await this.spill();
  }

  /** Where another process was faster with the same cache, its folder stays and this one goes. */
  async finish(final: string, manifest: Omit<CacheManifest, 'format'>, bytesEach: number): Promise<void> {
    try {
      await this.spill();
      await this.file.sync();
      await this.file.close();
      const list = await open(manifestFile(this.temporary), 'wx');
      try {
        await list.writeFile(JSON.stringify({ format, ...manifest }));
        await list.sync();
      } finally {
        await list.close();
      }
      await rename(this.temporary, final).catch(async (error: unknown) => {
        if (await readManifest(final, bytesEach)) return this.discard();
        // What lies there is damaged, or the folder can't be written.
        await rm(final, { recursive: true, force: true });
        return rename(this.temporary, final).catch(() => Promise.reject(error as Error));
      });
    } catch (error) {
      throw unwritable(this.temporary, error);
    }
  }

  async discard(): Promise<void> {
    await this.file.close().catch(() => undefined);
    await rm(this.temporary, { recursive: true, force: true });
  }

  private async spill(): Promise<void> {
    const bytes = Buffer.concat(this.pieces, this.gathered);
    this.pieces = [];
    this.gathered = 0;
    try {
      for (let done = 0; done < bytes.length;) done += (await this.file.write(bytes, done)).bytesWritten;
    } catch (error) {
      throw unwritable(this.temporary, error);
    }
  }
}

async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.tmp')) continue;
    const file = await stat(pixelsFile(join(folder, name))).catch(() => undefined);
    if (file && Date.now() - file.mtimeMs > staleMilliseconds) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function unwritable(path: string, cause: unknown): MessierError {
  if (cause instanceof MessierError) return cause;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new MessierError(
      'cache/disk-full',
      `No space is left for the pixel cache "${path}": ${reason}. Make room and run again.`,
      {
        cause,
      },
    );
  }
  return new MessierError('cache/write', `The pixel cache "${path}" can't be written: ${reason}. Choose another folder.`, {
    cause,
  });
}
