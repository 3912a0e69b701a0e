import { MessierError } from '../core/errors.js';

/** What is read of texts. */
export const textLimits = {
  /** UTF-16 units of one text. */
  text: 2 ** 20,
  /** UTF-16 units of one word; a longer run of letters is no word and is left out. */
  word: 64,
} as const;

/** Letters, marks, digits and U+FFFD, which stands for a letter that was lost; apostrophes only between them. */
const word = /[\p{L}\p{M}\p{N}\uFFFD]+(?:'[\p{L}\p{M}\p{N}\uFFFD]+)*/gu;
/** The same where nothing is beyond ASCII, in a third of the time. */
const plainWord = /[a-z0-9]+(?:'[a-z0-9]+)*/g;
const beyondAscii = /[\u0080-\uFFFF]/;
const letterOrDigit = /[\p{L}\p{N}]/u;
const tag = /<[a-z!/][^<>]*>/gi;
const entity = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/gi;
/** Apostrophes as people and programs write them, the okina of Hawaiian names included. */
const apostrophe = /[\u2018\u2019\u201B\u02BB\u02BC\uFF07`]/g;
/**
 * Marks on one letter beyond 30 (Unicode's Stream-Safe Text Format, UAX #15): normalisation takes the square of their number. The two others become
 * marks by it.
 */
const piledMarks = /([\p{M}\uFF9E\uFF9F]{30})[\p{M}\uFF9E\uFF9F]+/gu;
/** Soft hyphens and other signs inside of words that are not seen. */
const unseen = /\u00AD|\u200C|\u200D|\u2060|\uFEFF/g;

/** Accents that HTML names after their letter, as combining marks. */
const accents: Readonly<Record<string, string>> = {
  acute: '\u0301',
  grave: '\u0300',
  circ: '\u0302',
  uml: '\u0308',
  tilde: '\u0303',
  cedil: '\u0327',
  ring: '\u030A',
  caron: '\u030C',
};

const named: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  lsquo: "'",
  rsquo: "'",
  AElig: 'Æ',
  aelig: 'æ',
  OElig: 'Œ',
  oelig: 'œ',
  Oslash: 'Ø',
  oslash: 'ø',
  szlig: 'ß',
  shy: '',
};

/**
 * The words of a text, in lower case and in order.
 *
 * - HTML: tags separate words; entities become their characters, unknown ones separate words.
 * - Unicode: NFKC, then lower case by the rules that hold in every language. A word is a run of letters, marks and digits.
 * - An apostrophe between two of these belongs to the word (`kepler's`), hyphens and all other signs separate (`star`, `forming`; `6`, `000`).
 * - U+FFFD, which decoders write for a character they lost, counts as a letter, so that `Pach\uFFFDn` is one strange word instead of two wrong ones.
 * - Control characters and lone surrogates separate words. Runs of more than 64 characters are left out, and marks beyond 30 on one letter.
 *
 * @throws MessierError `text/limit` for more than 2^20 characters.
 *
 * @example
 * tokens('The Crab Nebula, M1 &ndash; a <b>supernova</b>’s remnant'); // the crab nebula m1 a supernova's remnant
 */
export function tokens(text: string): readonly string[] {
  if (text.length > textLimits.text) {
    throw new MessierError(
      'text/limit',
      `A text has at most ${textLimits.text} characters, ${text.length} received. Give the part that describes the picture.`,
    );
  }
  const bare = normalised(withoutHtml(text));
  if (!beyondAscii.test(bare)) return (bare.match(plainWord) ?? []).filter((one) => one.length <= textLimits.word);
  return (bare.match(word) ?? []).filter((one) => one.length <= textLimits.word && letterOrDigit.test(one));
}

function normalised(text: string): string {
  if (!beyondAscii.test(text)) return text.toLowerCase().replaceAll('`', "'");
  // NFKC would make a space and a mark of the spacing acute accent.
  const composed = text.replaceAll('\u00B4', "'").replace(piledMarks, '$1').normalize('NFKC').toLowerCase().normalize('NFC');
  return composed.replace(unseen, '').replace(apostrophe, "'");
}

function withoutHtml(text: string): string {
  const bare = text.includes('<') ? text.replace(tag, ' ') : text;
  return bare.includes('&') ? bare.replace(entity, character) : bare;
}

function character(_: string, decimal?: string, hexadecimal?: string, name = ''): string {
  if (decimal !== undefined || hexadecimal !== undefined) {
    const code = decimal === undefined ? parseInt(hexadecimal ?? '', 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
  }
  const accent = Object.hasOwn(accents, name.slice(1)) ? accents[name.slice(1)] : undefined;
  if (accent !== undefined) return `${name.slice(0, 1)}${accent}`;
  return (Object.hasOwn(named, name) ? named[name] : undefined) ?? ' ';
}
