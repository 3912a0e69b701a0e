import { MessierError } from '../core/errors.js';
import type { Picture } from '../core/picture.js';
import { sharp } from './picture-codec.js';

/** How a picture is written. `quality` from 1 to 100; 90 for JPEG and 80 for WebP unless told. */
export type PictureEncoding =
  { readonly format: 'png' } | { readonly format: 'jpeg' | 'webp'; readonly quality?: number | undefined };

/**
 * A picture as a file's bytes. PNG keeps every pixel; gray pictures stay gray in PNG and JPEG.
 *
 * @throws MessierError `picture/encode` for sides that the format can't have (16,383 pixels in WebP, 65,535 in JPEG) and for a quality
 * outside 1 to 100.
 *
 * @example
 * await writeAtomically('galaxy.png', await encodePicture(picture, { format: 'png' }));
 */
export async function encodePicture(picture: Picture, encoding: PictureEncoding): Promise<Uint8Array> {
  return encode(raw(picture), picture, encoding);
}

/**
 * A `data:` URI of a small copy (WebP, quality 75), for pages that hold their pictures. Its longer side has at most `side` pixels; pictures
 * that are smaller keep their size.
 */
export async function thumbnailUri(picture: Picture, side: number): Promise<string> {
  const small = raw(picture).resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true });
  const bytes = await encode(small, picture, { format: 'webp', quality: 75 });
  return `data:image/webp;base64,${Buffer.from(bytes).toString('base64')}`;
}

/**
 * A small copy as JPEG of quality 80, made for speed: a triangle filter, and Huffman tables that are not fitted to the picture. Its longer side
 * has at most `side` pixels; pictures that are smaller keep their size.
 */
export async function encodeThumbnail(picture: Picture, side: number): Promise<Uint8Array> {
  const size = { width: side, height: side, fit: 'inside', withoutEnlargement: true, kernel: 'linear' } as const;
  const small = raw(picture).resize(size);
  const space = picture.channels === 1 ? small.toColourspace('b-w') : small;
  return space.jpeg({ quality: 80, optimiseCoding: false }).toBuffer();
}

function raw(picture: Picture): ReturnType<typeof sharp> {
  const { width, height, channels, data } = picture;
  return sharp(data, { raw: { width, height, channels } });
}

async function encode(image: ReturnType<typeof sharp>, picture: Picture, encoding: PictureEncoding): Promise<Uint8Array> {
  const space = picture.channels === 1 ? image.toColourspace('b-w') : image;
  try {
    return new Uint8Array(await written(space, encoding).toBuffer());
  } catch (cause) {
    const { width, height } = picture;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MessierError(
      'picture/encode',
      `A picture of ${width} x ${height} pixels can't be a ${encoding.format}: ${reason}.`,
      { cause },
    );
  }
}

function written(image: ReturnType<typeof sharp>, encoding: PictureEncoding): ReturnType<typeof sharp> {
  switch (encoding.format) {
    case 'png':
      return image.png();
    case 'jpeg':
      return image.jpeg({ quality: encoding.quality ?? 90 });
    case 'webp':
      return image.webp({ quality: encoding.quality ?? 80 });
  }
}
