import { MessierError } from '../core/errors.js';

/** HTML that is safe to put into a page: made by {@link markup} alone, which escapes every value that is not markup itself. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What may stand between the pieces of a template. */
export type Part = Markup | string | number | undefined | readonly Part[];

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** For text and for attributes in quotes. U+0000, which HTML does not allow, becomes U+FFFD. */
export const escapeText = (text: string): string =>
  text.replaceAll('\0', '\uFFFD').replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign);

/**
 * A template whose values are escaped; markup, lists of values and `undefined` (nothing) go in as they are.
 *
 * @example
 * markup`<td title="${id}">${label}</td>`
 */
export function markup(pieces: TemplateStringsArray, ...values: readonly Part[]): Markup {
  return new Markup(pieces.map((piece, at) => piece + (at < values.length ? partText(values[at]) : '')).join(''));
}

function partText(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(partText).join('');
  return escapeText(String(part));
}

/** Data for machines inside the page. No `<` stays, so that no text can end the element or open a comment. */
export function jsonBlock(id: string, value: unknown): Markup {
  const text = JSON.stringify(value).replaceAll('<', '\\u003c');
  return markup`<script type="application/json" id="${id}">${new Markup(text)}</script>`;
}

const pictureUri = /^data:image\/(?:png|jpeg|webp|gif|avif|bmp);base64,[A-Za-z0-9+/]+={0,2}$/;

/**
 * The address of a picture inside a page, checked: a page must ask nothing of the network.
 * Throws `report/picture` where it is anything but a `data:` URI of a bitmap.
 */
export function pictureSource(uri: string): string {
  if (pictureUri.test(uri)) return uri;
  throw new MessierError(
    'report/picture',
    `A picture in a page is a data: URI of a PNG, JPEG, WebP, GIF, AVIF or BMP in base64; ${JSON.stringify(uri.slice(0, 60))} received. ` +
      'Encode it first: data:image/png;base64,...',
  );
}
