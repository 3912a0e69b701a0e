import type { Picture } from '../core/picture.js';
import { sharp } from './picture-codec.js';

/** How a picture is written. `quality` from 1 to 100; 90 for JPEG and 80 for WebP unless told. */
export type PictureEncoding =
  { readonly format: 'png' } | { readonly format: 'jpeg' | 'webp'; readonly quality?: number | undefined };

/**
 * A picture as a file's bytes. PNG keeps every pixel; gray pictures stay gray in PNG and JPEG.
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

function raw(picture: Picture): ReturnType<typeof sharp> {
  const { width, height, channels, data } = picture;
  return sharp(data, { raw: { width, height, channels } });
}

async function encode(image: ReturnType<typeof sharp>, picture: Picture, encoding: PictureEncoding): Promise<Uint8Array> {
  const space = picture.channels === 1 ? image.toColourspace('b-w') : image;
  switch (encoding.format) {
    case 'png':
      return new Uint8Array(await space.png().toBuffer());
    case 'jpeg':
      return new Uint8Array(await space.jpeg({ quality: encoding.quality ?? 90 }).toBuffer());
    case 'webp':
      return new Uint8Array(await space.webp({ quality: encoding.quality ?? 80 }).toBuffer());
  }
}
