import { MessierError } from '../core/errors.js';

/** Kinds of picture files that are read. */
export const pictureFormats = ['jpeg', 'png', 'webp', 'tiff', 'gif', 'avif'] as const;
export type PictureFormat = (typeof pictureFormats)[number];

/** Opening bytes of a kind of file; `null` stands for any byte. */
type Opening = readonly (number | null)[];

const text = (opening: string): Opening => Array.from(opening, (letter) => (letter === '?' ? null : letter.charCodeAt(0)));

const openings: readonly (readonly [PictureFormat, Opening])[] = [
  ['jpeg', [0xff, 0xd8, 0xff]],
  ['png', text('\x89PNG\r\n\x1a\n')],
  ['webp', text('RIFF????WEBP')],
  ['gif', text('GIF8')],
  ['tiff', text('II*\0')],
  ['tiff', text('MM\0*')],
  ['tiff', text('II+\0')],
  ['tiff', text('MM\0+')],
  ['avif', text('????ftypavif')],
  ['avif', text('????ftypavis')],
];

/** What people try nevertheless. */
const strangers: readonly (readonly [string, Opening])[] = [
  ['a BMP picture', text('BM')],
  ['an HEIF picture (HEIC)', text('????ftyp')],
  ['a FITS file', text('SIMPLE  =')],
  ['a PDF document', text('%PDF')],
  ['an SVG drawing or a web page', text('<')],
  ['a Photoshop document', text('8BPS')],
  ['an archive or a compressed file', [0x1f, 0x8b]],
  ['an archive', text('PK\x03\x04')],
];

/**
 * The kind of a picture file by its opening bytes, whatever its name says.
 *
 * @param title Opens the message: the file in quotation marks.
 * @throws MessierError `picture/empty` for no bytes, `picture/format` for anything else that is no picture.
 */
export function pictureFormat(bytes: Uint8Array, title: string): PictureFormat {
  if (bytes.length === 0) throw new MessierError('picture/empty', `${title} is empty. Fetch it anew.`);
  const format = openings.find(([, opening]) => opensWith(bytes, opening))?.[0];
  if (format !== undefined) return format;
  const stranger = strangers.find(([, opening]) => opensWith(bytes, opening))?.[0] ?? 'no picture of a known kind';
  throw new MessierError(
    'picture/format',
    `${title} is ${stranger}; read are ${pictureFormats.join(', ')}. Save it as one of them.`,
  );
}

function opensWith(bytes: Uint8Array, opening: Opening): boolean {
  return bytes.length >= opening.length && opening.every((byte, index) => byte === null || byte === bytes[index]);
}

/** Does the file miss its end? By the marks that its kind has; `undefined` where that can't be told. */
export function isCut(bytes: Uint8Array, format: PictureFormat): boolean | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (format) {
    case 'png':
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).lastIndexOf('IEND') < 0;
    case 'webp':
      return bytes.length < 8 + view.getUint32(4, true);
    case 'tiff': {
      // Classic TIFF: where the directory lies; compressed pictures have it at the end.
      const order = bytes[0] === 0x49;
      return view.getUint16(2, order) === 42 && bytes.length >= 8 ? view.getUint32(4, order) >= bytes.length : undefined;
    }
    default:
      return undefined;
  }
}
