import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MessierError } from '../core/errors.js';

/** A temporary file. */
export interface Scratch {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Unpacks a stream into a temporary file, a block at a time.
 *
 * @param most Bytes, unpacked; a stream that gives more is refused there.
 * @param watch Sees each unpacked block.
 * @throws MessierError `packed/limit`, `packed/damaged`, `file/write` where the disk is full. The temporary file is gone then.
 */
export async function unpackToScratch(
  source: Readable,
  unpack: Transform,
  most: number,
  what: string,
  watch: (block: Uint8Array) => void = () => undefined,
): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'messier-'));
  const path = join(folder, 'unpacked');
  const remove = () => rm(folder, { recursive: true, force: true });
  let bytes = 0;
  try {
    await pipeline(
      source,
      unpack,
      async function* (blocks: AsyncIterable<Uint8Array>) {
        for await (const block of blocks) {
          bytes += block.length;
          if (bytes > most)
            throw new MessierError('packed/limit', `${what}: at most ${most} bytes are unpacked, there are more.`);
          watch(block);
          yield block;
        }
      },
      createWriteStream(path, { highWaterMark: 2 ** 20 }),
    );
    return { path, remove };
  } catch (error) {
    await remove();
    throw asOurs(error, what, folder);
  }
}

function asOurs(error: unknown, what: string, folder: string): unknown {
  if (error instanceof MessierError || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (code.startsWith('Z_')) {
    return new MessierError('packed/damaged', `${what} can't be unpacked: ${error.message}. Fetch it again.`, { cause: error });
  }
  return new MessierError(
    'file/write',
    `${what} can't be unpacked to "${folder}": ${error.message}. TMPDIR names another folder.`,
    {
      cause: error,
    },
  );
}
