import { DOMParser } from 'linkedom';
import { z } from 'zod';

/** Characters that are kept of what a source says. */
export const textLimits = { title: 1000, description: 50_000, keyword: 200, keywords: 100, line: 500 } as const;

/** Most texts: words of ASCII with single spaces between them, without < and &. */
const alreadyPlain = /^(?:[!-%'-;=-~]+(?: [!-%'-;=-~]+)*)?$/;

/**
 * A text that may be HTML as one line of plain text: tags go, entities become characters, white space becomes single spaces. Control characters,
 * marks that turn the direction of writing, and half surrogates do not pass. Cut to `most` characters.
 *
 * @example
 * plainText('ESA/Hubble &amp; <a href="https://www.nasa.gov">NASA</a>', 100); // ESA/Hubble & NASA
 */
export function plainText(text: string, most: number): string {
  if (text.length <= most && alreadyPlain.test(text)) return text;
  // Tags and entities are longer than what stays of them; beyond this nothing is looked at.
  const bare = text.slice(0, 8 * most + 1000).replace(/<(?:br|\/?p|\/?div|\/?li)\b[^<>]*>/gi, ' ');
  const shown = decodeEntities(bare.replace(/<[!/a-z][^<>]*>/gi, ''));
  return shown
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, most)
    .replace(/\p{Surrogate}/gu, '\ufffd');
}

/** By the table of the HTML standard. */
function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  const page = new DOMParser().parseFromString(`<p>${text.replaceAll('<', '&lt;')}</p>`, 'text/html');
  return z.object({ textContent: z.string() }).parse(page.querySelector('p')).textContent;
}

/**
 * Keywords as a list: of a text with commas or semicolons, or of several such texts. Each once, whatever its case; at most 100.
 */
export function keywordList(texts: string | readonly string[]): readonly string[] {
  const found = new Map<string, string>();
  for (const text of typeof texts === 'string' ? [texts] : texts) {
    for (const part of text.slice(0, textLimits.description).split(/[,;]/)) {
      const keyword = plainText(part, textLimits.keyword);
      if (keyword && !found.has(keyword.toLowerCase())) found.set(keyword.toLowerCase(), keyword);
      if (found.size === textLimits.keywords) return [...found.values()];
    }
  }
  return [...found.values()];
}

/**
 * A date as the catalogue holds it: `2021`, `2021-03-04` or a time in UTC. Of midnight the day alone stays, since sources write it where they
 * know no time; of a month the year. `undefined` for anything else.
 */
export function isoDate(text: string): string | undefined {
  const parts = /^\s*(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?)?)?)?\s*$/i.exec(text);
  if (!parts) return undefined;
  const [, year = '', month, date, clock, zone = 'Z'] = parts;
  if (month === undefined || date === undefined) return year;
  const day = `${year}-${month}-${date}`;
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== day) return undefined;
  if (clock === undefined) return day;
  const time = new Date(`${day}T${clock}${zone.toUpperCase().replace(/^(...)(\d\d)$/, '$1:$2')}`);
  if (Number.isNaN(time.getTime())) return day;
  const iso = time.toISOString().replace('.000', '');
  return iso.endsWith('T00:00:00Z') ? iso.slice(0, 10) : iso;
}

/** What a value is, for messages: `an object with "code", "msg"`, `a list of 3`, `"text"`. */
export function seen(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value).map((name) => `"${plainText(name, 40)}"`);
    return names.length === 0 ? 'an empty object' : `an object with ${names.slice(0, 8).join(', ')}`;
  }
  return typeof value === 'string' ? `"${plainText(value, 80)}"` : String(value);
}
