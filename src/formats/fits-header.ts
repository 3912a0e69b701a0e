import { MessierError } from '../core/errors.js';

/** Bytes of a card and of a block. */
const cardBytes = 80;
export const blockBytes = 2880;
/** The longest header that is read, in bytes: 52,000 cards. */
export const longestHeader = 1444 * blockBytes;

/** A value of a card; complex numbers stay as they are written. */
export type FitsValue = string | number | boolean;

/** One line of a header. */
export interface FitsCard {
  /** Upper case, without blanks at its end; that of a HIERARCH card is all before its `=`, such as `ESO TEL AIRM END`. */
  readonly keyword: string;
  /** `undefined` where the card has none, as COMMENT and HISTORY. */
  readonly value: FitsValue | undefined;
  /** After the slash, or the text of a card without a value. */
  readonly comment: string;
}

/** A header: its cards in order, and the value of each keyword that has one (the first where it is repeated). */
export interface FitsHeader {
  readonly cards: readonly FitsCard[];
  readonly values: ReadonlyMap<string, FitsValue>;
}

/**
 * Reads the header that begins at `start`, up to the END card: cards of 80 characters, long strings over CONTINUE cards, HIERARCH keywords.
 *
 * Source: FITS Standard 4.0, section 4, https://fits.gsfc.nasa.gov/fits_standard.html.
 *
 * @returns The header and the place of its data, at a multiple of 2880 bytes.
 * @throws MessierError `fits/truncated` where the file ends before END, `fits/limit` beyond {@link longestHeader}.
 */
export function readFitsHeader(
  bytes: Uint8Array,
  start: number,
  title: string,
): { readonly header: FitsHeader; readonly end: number } {
  const cards: FitsCard[] = [];
  for (let at = start; ; at += cardBytes) {
    if (at - start >= longestHeader) {
      throw new MessierError(
        'fits/limit',
        `${title}: the header has no END within ${longestHeader} bytes, the most that are read.`,
      );
    }
    if (at + cardBytes > bytes.length) {
      throw new MessierError('fits/truncated', `${title} ends after ${bytes.length} bytes, inside a header. Fetch it anew.`);
    }
    const line = latin1(bytes.subarray(at, at + cardBytes));
    if (line.trimEnd() === 'END') {
      const values = new Map<string, FitsValue>();
      for (const { keyword, value } of cards) if (value !== undefined && !values.has(keyword)) values.set(keyword, value);
      return { header: { cards, values }, end: start + Math.ceil((at + cardBytes - start) / blockBytes) * blockBytes };
    }
    const previous = cards.at(-1);
    const continued = previous && continuation(previous, line);
    if (continued) cards[cards.length - 1] = continued;
    else cards.push(parseCard(line));
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The previous card, extended by this line where it is a CONTINUE of its string that ends with an ampersand. */
function continuation(previous: FitsCard, line: string): FitsCard | undefined {
  if (!line.startsWith('CONTINUE  ') || typeof previous.value !== 'string' || !previous.value.endsWith('&')) return undefined;
  const { value, comment } = parseValue(line.slice(10));
  if (typeof value !== 'string') return undefined;
  const text = [previous.comment, comment].filter((part) => part !== '').join(' ');
  return { keyword: previous.keyword, value: previous.value.slice(0, -1) + value, comment: text };
}

function parseCard(line: string): FitsCard {
  const hierarch = /^HIERARCH\s+([^=]+?)\s*=(.*)$/s.exec(line);
  if (hierarch) return { keyword: (hierarch[1] ?? '').toUpperCase(), ...parseValue(hierarch[2] ?? '') };
  const keyword = line.slice(0, 8).trimEnd().toUpperCase();
  if (line.slice(8, 10) === '= ') return { keyword, ...parseValue(line.slice(10)) };
  return { keyword, value: undefined, comment: line.slice(8).trimEnd() };
}

/** Value and comment of a field: `'text' / comment`, `T / comment`, `1.5D3 / comment`. */
function parseValue(field: string): { readonly value: FitsValue | undefined; readonly comment: string } {
  const quoted = /^\s*'((?:[^']|'')*)'\s*(?:\/(.*))?$/s.exec(field);
  if (quoted) {
    return { value: (quoted[1] ?? '').replaceAll("''", "'").trimEnd(), comment: (quoted[2] ?? '').trim() };
  }
  const slash = field.indexOf('/');
  const text = (slash < 0 ? field : field.slice(0, slash)).trim();
  const comment = slash < 0 ? '' : field.slice(slash + 1).trim();
  if (text === '') return { value: undefined, comment };
  if (text === 'T' || text === 'F') return { value: text === 'T', comment };
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)([ED][+-]?\d+)?$/i.test(text);
  return { value: isNumber ? Number(text.replace(/d/i, 'e')) : text, comment };
}
