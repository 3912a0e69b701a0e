import type { Interval } from '../evaluate/types.js';

/** Stands where a figure is undefined. */
export const absent = '–';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const isNumber = (value: number | null | undefined): value is number => typeof value === 'number' && Number.isFinite(value);

/** Three decimals: `0.861`. */
export const figure = (value: number | null | undefined): string => (isNumber(value) ? signed(value.toFixed(3)) : absent);

/** Bounds of an interval, in one line: `0.850 to 0.872`. */
export const range = (interval: Interval | null | undefined): string =>
  interval && isNumber(interval.low) && isNumber(interval.high)
    ? `${figure(interval.low)}\u00A0to\u00A0${figure(interval.high)}`
    : absent;

/** A figure with its interval: `0.861 [0.850, 0.872]`. */
export function withInterval(interval: Interval | null | undefined): string {
  if (!interval || !isNumber(interval.value)) return absent;
  if (!isNumber(interval.low) || !isNumber(interval.high)) return figure(interval.value);
  return `${figure(interval.value)} [${figure(interval.low)}, ${figure(interval.high)}]`;
}

/** Digits in groups of three: `17,736`. */
export const count = (value: number): string => (isNumber(value) ? signed(whole.format(value)) : absent);

/** `1 picture`, `1,068 pictures`. */
export const counted = (value: number, noun: string, plural = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : plural}`;

/** A word of a shell's command line, in quotation marks where it needs them. */
export const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** A share in percent: `86.1 %`; only what is exactly all or nothing goes without a decimal. */
export function percent(share: number | null | undefined): string {
  if (!isNumber(share)) return absent;
  const value = 100 * share;
  const exact = value === 0 || value === 100;
  return `${signed(value.toFixed(exact ? 0 : 1))}\u00A0%`;
}

/** A level, as of an interval: `95 %`, `99.5 %`. */
export const levelText = (level: number): string => `${Number((100 * level).toPrecision(3))}\u00A0%`;

/** At most `digits` significant digits, never in exponents that need counting: `0.0012`, `3.1e-7`. */
export const significant = (value: number | null | undefined, digits = 3): string =>
  isNumber(value) ? signed(String(Number(value.toPrecision(digits)))) : absent;

/** The minus of typography. */
const signed = (text: string): string => text.replace(/^-/, '\u2212');

/** `a, b and c`; beyond `most` the rest is counted. */
export function listed(names: readonly string[], most = 5): string {
  const shown = names.length > most ? [...names.slice(0, most), `${count(names.length - most)} more`] : names;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}

/** Longest name inside a sentence, in characters. */
const longestName = 48;
/** Letters that are written from the right, and signs that turn the direction. */
const fromTheRight = /[\u0590-\u08FF\u200E\u200F\u202A-\u202E\u2066-\u2069\uFB1D-\uFDFF\uFE70-\uFEFC]/;

/** A name inside a sentence: shortened, and kept from turning the sentence's direction. */
export function quoted(name: string): string {
  const short = shorten(name, longestName);
  return fromTheRight.test(short) ? `“\u2068${short}\u2069”` : `“${short}”`;
}

/** At most `most` characters, the last an ellipsis where something is left out. */
export function shorten(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

/** In at most `most` lines of about `length` characters, broken between words; the last takes what is left. */
export function wrapped(text: string, length: number, most: number): string {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (lines.length < most && line.length + 1 + word.length > length) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join('\n');
}

const wide = /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFF60\u{1F300}-\u{1FAFF}]/u;

/** About how wide a text is at 12 pixels, in pixels; there is no font to measure. */
export const textWidth = (text: string): number =>
  Array.from(text).reduce((sum, character) => sum + (wide.test(character) ? 12.5 : 6.9), 0);
