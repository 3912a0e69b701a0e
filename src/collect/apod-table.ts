import { MessierError } from '../core/errors.js';
import { readTable } from '../formats/csv.js';
import { sha256 } from '../formats/hash.js';

/** One Astronomy Picture of the Day that has a picture. */
export interface ApodEntry {
  /** `1995-06-16_8f3a90c1`: the day, where it is known, and eight digits of the address's hash. Names the picture's file. */
  readonly id: string;
  /** `1995-06-16`, or empty. */
  readonly date: string;
  readonly title: string;
  readonly explanation: string;
  /** Of the picture, whole. */
  readonly url: string;
  /** Everything else that the table says, by column. */
  readonly columns: Readonly<Record<string, string>>;
}

/** A row, or the picture of a row, that was left out. */
export interface ApodSkipped {
  /** `apod.csv:12` for a row, the entry's id for its picture. */
  readonly id: string;
  readonly code: string;
  readonly reason: string;
}

export interface ApodTable {
  readonly entries: readonly ApodEntry[];
  readonly skipped: readonly ApodSkipped[];
}

/** Where addresses without a host lead. */
const home = 'https://apod.nasa.gov/apod/';

/** Names of columns in order of preference; case and anything but letters do not count. */
const usual = {
  url: ['mediaurl', 'url', 'imageurl', 'hdurl'],
  explanation: ['explanation', 'description', 'text'],
  title: ['title', 'name'],
  date: ['date', 'day'],
} as const;

const players = /(^|\.)(youtube|youtube-nocookie|youtu|vimeo|dailymotion|ustream)\.(com|be|tv)$/i;
const noPicture = /\.(mp4|m4v|mov|webm|ogv|avi|mpe?g|swf|s?html?|php)$|\/$/i;

/**
 * Reads a table of Astronomy Pictures of the Day: the API's columns (`date,title,explanation,url,hdurl,copyright`) or the extended public set's
 * (`explanation`, `media_URL` and more), known by their names. Rows without an address, with a video or a page in its place, without an explanation, and
 * rows whose address an earlier row has are skipped.
 *
 * @throws MessierError `apod/columns` where no column holds addresses or explanations, and what readTable throws.
 *
 * @example
 * const { entries, skipped } = await readApodTable('apod.csv');
 */
export async function readApodTable(path: string): Promise<ApodTable> {
  const { columns, rows } = await readTable(path);
  const plain = columns.map((column) => column.toLowerCase().replace(/[^a-z]/g, ''));
  const find = (names: readonly string[]) => names.map((name) => plain.indexOf(name)).find((at) => at >= 0);
  const [url, explanation, title, date] = [find(usual.url), find(usual.explanation), find(usual.title), find(usual.date)];
  if (url === undefined || explanation === undefined) {
    const has = columns.slice(0, 20).map((column) => column.slice(0, 60));
    const missing = url === undefined ? 'addresses of pictures (url or media_URL)' : 'texts (explanation)';
    throw new MessierError('apod/columns', `"${path}" has no column of ${missing}; it has: ${has.join(', ')}.`);
  }
  const named = new Set([url, explanation, title, date]);
  const others = [...columns.keys()].filter((at) => !named.has(at));
  const file = path.replace(/^.*[/\\]/, '');
  const entries: ApodEntry[] = [];
  const skipped: ApodSkipped[] = [];
  const seen = new Set<string>();
  for (const { line, cells } of rows) {
    const skip = (code: string, reason: string) => skipped.push({ id: `${file}:${line}`, code, reason });
    const cell = (at: number | undefined): string => (at === undefined ? '' : (cells[at] ?? ''));
    if (cells.length !== columns.length) {
      skip('csv/fields', `${columns.length} fields expected, ${cells.length} received.`);
      continue;
    }
    const address = addressOf(cell(url));
    if ('code' in address) skip(address.code, address.reason);
    else if (cell(explanation) === '') skip('apod/text', 'The row has no explanation.');
    else if (seen.has(address.url)) skip('apod/duplicate', `An earlier row has the same picture: ${address.url}.`);
    else {
      seen.add(address.url);
      const day = /^\d{4}-\d{2}-\d{2}/.exec(cell(date))?.[0] ?? '';
      const hash = sha256(new TextEncoder().encode(address.url)).slice(0, day ? 8 : 16);
      entries.push({
        id: day ? `${day}_${hash}` : hash,
        date: day || cell(date),
        title: cell(title),
        explanation: cell(explanation),
        url: address.url,
        columns: Object.fromEntries(others.map((at) => [columns[at] ?? '', cell(at)])),
      });
    }
  }
  return { entries, skipped };
}

function addressOf(text: string): { readonly url: string } | Omit<ApodSkipped, 'id'> {
  if (text === '') return { code: 'apod/no-picture', reason: 'The row has no address of a picture.' };
  const url = URL.canParse(text, home) ? new URL(text, home) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    return { code: 'apod/address', reason: `"${text.slice(0, 200)}" is no http or https address.` };
  }
  if (players.test(url.hostname) || noPicture.test(url.pathname) || /<iframe/i.test(text)) {
    return { code: 'apod/video', reason: `${url.href.slice(0, 200)} is a video or a page.` };
  }
  url.hash = '';
  return { url: url.href };
}
