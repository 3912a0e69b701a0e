import type { WorkOptions } from '../core/progress.js';
import type { Picture } from '../core/picture.js';
import { encodePicture } from '../formats/picture-encode.js';
import { openCacheReader, type CacheReader } from './cache-reader.js';
import type { PictureMap } from './survey-types.js';
import type { PixelCache } from './types.js';

/** Pictures between two looks at the signal. */
const breath = 64;

/** The squares of a pixel cache as pictures. */
export class CachePictures {
  private readonly planes: Uint8Array;

  private constructor(
    private readonly reader: CacheReader,
    private readonly cache: PixelCache,
  ) {
    this.planes = new Uint8Array(reader.bytesEach);
  }

  /** Throws `cache/read`. */
  static open(cache: PixelCache): CachePictures {
    return new CachePictures(openCacheReader(cache), cache);
  }

  /** At its own size. */
  picture(place: number): Picture {
    return this.small(place, this.cache.side);
  }

  /** Averaged, or repeated, to `side` pixels: each takes the cached ones that it touches. */
  small(place: number, side: number): Picture {
    const { side: from, channels } = this.cache;
    this.reader.read(place, this.planes);
    const data = new Uint8Array(side * side * channels);
    const edges = Array.from(
      { length: side },
      (_, at) => [Math.floor((at * from) / side), Math.ceil(((at + 1) * from) / side)] as const,
    );
    let target = 0;
    for (const [top, bottom] of edges) {
      for (const [left, right] of edges) {
        for (let channel = 0; channel < channels; channel++) {
          let sum = 0;
          for (let y = top; y < bottom; y++) {
            const row = (channel * from + y) * from;
            for (let x = left; x < right; x++) sum += this.planes[row + x] as number;
          }
          data[target++] = Math.round(sum / ((bottom - top) * (right - left)));
        }
      }
    }
    return { width: side, height: side, channels, data };
  }

  close(): void {
    this.reader.close();
  }
}

/** Side of a picture on a sprite: a multiple of 16, so that compression blends no neighbours. */
const tile = 48;
/** Tried one after the other until the sprite is small enough. */
const qualities = [68, 45, 20, 5] as const;
/** Of a sprite in bytes, unless told: a page of 5,000 pictures stays below 10 MB. */
const usualBytes = 5_000_000;

export interface SpriteOptions extends WorkOptions {
  /** Longest sprite in bytes; longer only where the lowest quality needs more. */
  readonly mostBytes?: number | undefined;
}

/**
 * Small copies of pictures of a cache side by side in one WebP, in the order of `places`.
 *
 * @throws MessierError `cache/read`; the signal's reason.
 */
export async function spriteOf(
  cache: PixelCache,
  places: readonly number[],
  { mostBytes = usualBytes, progress, signal }: SpriteOptions,
): Promise<PictureMap['sprite']> {
  const columns = Math.max(1, Math.ceil(Math.sqrt(places.length)));
  const width = columns * tile;
  const height = Math.max(1, Math.ceil(places.length / columns)) * tile;
  const { channels } = cache;
  const data = new Uint8Array(width * height * channels);
  const pictures = CachePictures.open(cache);
  try {
    for (const [at, place] of places.entries()) {
      if (at % breath === 0) {
        await new Promise(setImmediate);
        signal?.throwIfAborted();
        progress?.({ stage: 'make small copies', done: at, total: places.length, unit: 'pictures' });
      }
      const { data: own } = pictures.small(place, tile);
      const corner = Math.floor(at / columns) * tile * width + (at % columns) * tile;
      const row = tile * channels;
      for (let y = 0; y < tile; y++) data.set(own.subarray(y * row, (y + 1) * row), (corner + y * width) * channels);
    }
    progress?.({ stage: 'make small copies', done: places.length, total: places.length, unit: 'pictures' });
  } finally {
    pictures.close();
  }
  let bytes = new Uint8Array();
  for (const quality of qualities) {
    signal?.throwIfAborted();
    bytes = new Uint8Array(await encodePicture({ width, height, channels, data }, { format: 'webp', quality }));
    if (bytes.length <= mostBytes) break;
  }
  return { uri: `data:image/webp;base64,${Buffer.from(bytes).toString('base64')}`, side: tile, columns };
}
