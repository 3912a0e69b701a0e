import type { Metadata } from 'sharp';
import { MessierError } from '../core/errors.js';
import type { Picture } from '../core/picture.js';
import { jpegHeader } from './jpeg-header.js';
import { sharp } from './picture-codec.js';
import { isCut, pictureFormat, type PictureFormat } from './picture-format.js';
import { pictureOfInks, pictureOfSamples } from './picture-pixels.js';
import { readFileWhole } from './read-file.js';

/** What a picture file may ask for. */
export interface PictureLimits {
  /** Of the file. */
  readonly bytes: number;
  /** Width times height. */
  readonly pixels: number;
  /** Width, and height. */
  readonly side: number;
}

/** 512 MiB, 100 million pixels, 65,535 pixels a side (the most that JPEG can). */
export const defaultPictureLimits: PictureLimits = { bytes: 512 * 2 ** 20, pixels: 100_000_000, side: 65_535 };

/**
 * Reads a picture: JPEG, PNG, WebP, TIFF, GIF, AVIF, known by its bytes and not by its name. Of several frames or pages the first.
 *
 * - Gray pictures have one channel, others three. Alpha is composed on black.
 * - 16 bits a channel become 8 by `round(v / 257)`, so that nothing is clipped.
 * - The EXIF orientation is applied.
 * - Colour profiles are ignored and CMYK follows the plain rule, as in Pillow: JPEGs give the same bytes there
 *   (`Image.open(path).convert('RGB')`), and so a model sees the same picture from either.
 * - The size stated in the file is compared with the limits before its pixels take memory.
 *
 * @param source A path, or the bytes of a file.
 * @throws MessierError `picture/format` for anything that is no picture of these kinds, `picture/empty`, `picture/truncated` where the file
 * ends early, `picture/broken`, `picture/depth` for pixels of more than 16 bits or floating point, `picture/channels` for more than four,
 * `picture/limit`; `file/absent`, `file/read`, `file/limit`.
 *
 * @example
 * const { width, height, channels, data } = await readPicture('galaxy.jpg');
 */
export async function readPicture(source: string | Uint8Array, limits: Partial<PictureLimits> = {}): Promise<Picture> {
  const most: PictureLimits = { ...defaultPictureLimits, ...limits };
  if (typeof source !== 'string') return decodePicture(source, 'The picture', most);
  return decodePicture(await readFileWhole(source, most.bytes), `"${source}"`, most);
}

/**
 * The picture in a file's bytes, as {@link readPicture} says; `title` names it in errors.
 *
 * @param admit Told how many pixels there are before they take memory; they are decoded once it has resolved.
 */
export async function decodePicture(
  bytes: Uint8Array,
  title: string,
  limits: PictureLimits,
  admit?: (pixels: number) => Promise<void>,
): Promise<Picture> {
  if (bytes.length > limits.bytes) {
    throw new MessierError('file/limit', `${title} has ${bytes.length} bytes; at most ${limits.bytes} are read.`);
  }
  const format = pictureFormat(bytes, title);
  try {
    return await decode(bytes, format, title, limits, admit);
  } catch (error) {
    throw error instanceof MessierError ? error : translate(error, bytes, format, title);
  }
}

/** What a file's header says. */
type Facts = Pick<Metadata, 'width' | 'height' | 'space' | 'depth' | 'channels' | 'hasAlpha'>;

/** The same without libvips, which takes a tenth of a small picture's time to say it. */
function jpegFacts(bytes: Uint8Array): Facts | undefined {
  const header = jpegHeader(bytes);
  if (header?.precision !== 8 || (header.components !== 1 && header.components !== 3)) return undefined;
  const { width, height, components: channels } = header;
  return { width, height, channels, space: channels === 1 ? 'b-w' : 'srgb', depth: 'uchar', hasAlpha: false };
}

async function decode(
  bytes: Uint8Array,
  format: PictureFormat,
  title: string,
  limits: PictureLimits,
  admit?: (pixels: number) => Promise<void>,
): Promise<Picture> {
  // Warnings mean lost pixels in every kind but TIFF, where instruments and programs leave odd tags.
  const failOn = format === 'tiff' ? 'error' : 'warning';
  const open = () => sharp(bytes, { ignoreIcc: true, limitInputPixels: limits.pixels, failOn });
  const known = format === 'jpeg' ? jpegFacts(bytes) : undefined;
  const { width, height, space, depth, channels, hasAlpha } = known ?? (await open().metadata());
  if (width > limits.side || height > limits.side || width * height > limits.pixels) {
    const allowed = `up to ${limits.pixels} pixels and ${limits.side} a side are read`;
    throw new MessierError('picture/limit', `${title} is ${width} x ${height} pixels; ${allowed}. Make it smaller.`);
  }
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw new MessierError(
      'picture/depth',
      `${title} has pixels of type ${depth}; 8 and 16 bits a channel are read. Save measured values as FITS.`,
    );
  }
  if (channels > 4) {
    throw new MessierError(
      'picture/channels',
      `${title} has ${channels} channels; gray and colour, with or without alpha, are read.`,
    );
  }
  await admit?.(width * height);
  // libvips drops the alpha of 8-bit gray unless the picture becomes RGB.
  const target = space === 'b-w' && hasAlpha ? 'srgb' : space;
  const image = open().autoOrient().pipelineColourspace(target).toColourspace(target);
  const { data, info } = await image.raw({ depth }).toBuffer({ resolveWithObject: true });
  const samples = {
    width: info.width,
    height: info.height,
    channels: info.channels,
    data: depth === 'ushort' ? words(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
  if (space === 'cmyk') return pictureOfInks(samples);
  const picture = pictureOfSamples(samples);
  return target === space ? picture : { ...picture, channels: 1, data: firstOfThree(picture.data) };
}

/** A filter would keep what passes as a list of V8's first, which ends the process for large pictures. */
function firstOfThree(data: Uint8Array): Uint8Array {
  const first = new Uint8Array(data.length / 3);
  for (let at = 0; at < first.length; at++) first[at] = data[3 * at] ?? 0;
  return first;
}

function words(data: Buffer): Uint16Array {
  const bytes = data.byteOffset % 2 === 0 ? data : new Uint8Array(data);
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
}

/** What libvips says, for people. Its words stay as the cause. */
function translate(cause: unknown, bytes: Uint8Array, format: PictureFormat, title: string): MessierError {
  const words = cause instanceof Error ? cause.message : String(cause);
  const name = format.toUpperCase();
  if (/exceeds pixel limit/i.test(words)) {
    return new MessierError('picture/limit', `${title} has more pixels than the limit. Make it smaller.`, { cause });
  }
  if (isCut(bytes, format) ?? /premature end|unexpected end|bad seek|Read error|end of file|no image/i.test(words)) {
    return new MessierError(
      'picture/truncated',
      `${title} is a ${name} picture that ends too early, after ${bytes.length} bytes. Fetch it anew.`,
      { cause },
    );
  }
  return new MessierError('picture/broken', `${title} is a ${name} picture whose content is damaged. Fetch it anew.`, { cause });
}
