import { z } from 'zod';
import { MessierError } from '../../core/errors.js';
import { isoDate, plainText, seen, textLimits } from './plain-text.js';

/** What the service says of a day. */
export interface ApodDay {
  /** `1995-06-16`. */
  readonly date: string;
  readonly title: string;
  readonly explanation: string;
  /** Addresses as the answer spells them. */
  readonly standard: string | undefined;
  readonly high: string | undefined;
  readonly copyright: string | undefined;
}

/** Names of fields, best first; case and anything but letters do not count. */
const names = {
  date: ['date', 'day', 'publisheddate', 'publicationdate'],
  title: ['title', 'name'],
  explanation: ['explanation', 'description', 'text', 'caption'],
  standard: ['url', 'imageurl', 'mediaurl', 'image'],
  high: ['hdurl', 'hdimageurl', 'urlhd', 'imagehd'],
  media: ['mediatype', 'media', 'type'],
  copyright: ['copyright', 'credit', 'credits'],
} as const;
type Field = keyof typeof names;

const entrySchema = z.record(z.string(), z.unknown());

/** The texts of an entry by our names. */
function fieldsOf(value: unknown): Readonly<Partial<Record<Field, string>>> {
  const entry = entrySchema.safeParse(value).data ?? {};
  const plain = new Map(Object.entries(entry).map(([name, of]) => [name.toLowerCase().replace(/[^a-z]/g, ''), of]));
  const found = Object.entries(names).flatMap(([field, spellings]) => {
    const text = spellings.map((name) => plain.get(name)).find((of) => typeof of === 'string' && of.trim() !== '');
    return typeof text === 'string' ? [[field, text]] : [];
  });
  return Object.fromEntries(found) as Readonly<Partial<Record<Field, string>>>;
}

/**
 * Entries of an answer: a list, one entry, or a list inside of an object.
 *
 * @throws MessierError `collect/answer` for another shape.
 */
export function readApodAnswer(answer: unknown, address: string): readonly unknown[] {
  const isEntry = (value: unknown): boolean => {
    const { date, standard, high, media } = fieldsOf(value);
    return (date ?? standard ?? high ?? media) !== undefined;
  };
  const lists = [answer, ...Object.values(entrySchema.safeParse(answer).data ?? {})].filter((value) => Array.isArray(value));
  const list = isEntry(answer) ? [answer] : lists[0];
  if (list && (list.length === 0 || list.some(isEntry))) return list;
  const got = list ? `a list of ${list.length}, the first ${seen(list[0])}` : seen(answer);
  throw new MessierError(
    'collect/answer',
    `${address}: entries with date and url expected, ${got} received. The service may have changed; see MESSIER_APOD_API for a mirror.`,
  );
}

const players = /(^|\.)(youtube|youtube-nocookie|youtu|vimeo|dailymotion|ustream)\.(com|be|tv)$/i;
const noPicture = /\.(mp4|m4v|mov|webm|ogv|avi|mpe?g|swf|s?html?|php)$|\/$/i;

/** The day of an entry, `undefined` where it says none. */
export function entryDay(value: unknown): string | undefined {
  const day = isoDate(fieldsOf(value).date ?? '')?.slice(0, 10);
  return day?.length === 10 ? day : undefined;
}

/**
 * Reads an entry of a day.
 *
 * @throws MessierError `apod/video` where it holds no picture.
 */
export function readApodDay(value: unknown, day: string): ApodDay {
  const { title = '', explanation = '', standard, high, media = 'image', copyright = '' } = fieldsOf(value);
  const what = plainText(media, 40).toLowerCase();
  if (!/^(image|picture|photo)/.test(what)) {
    throw new MessierError('apod/video', `${day}: media of the type "${what}" in place of a picture.`);
  }
  const pictures = [standard, high].map((address) => (address === undefined ? undefined : pictureAddress(address)));
  if (pictures.every((address) => address === undefined)) {
    const found = standard ?? high;
    throw new MessierError('apod/video', `${day}: ${found === undefined ? 'no address' : seen(found)} in place of a picture.`);
  }
  return {
    date: day,
    title: plainText(title, textLimits.title),
    explanation: plainText(explanation, textLimits.description),
    standard: pictures[0],
    high: pictures[1],
    copyright: plainText(copyright, textLimits.line) || undefined,
  };
}

/** Whole, `undefined` for a video or a page. */
function pictureAddress(text: string): string | undefined {
  const base = 'https://apod.nasa.gov/apod/';
  const escaped = text.trim().replace(/%(?![0-9a-f]{2})/gi, '%25');
  const url = URL.canParse(escaped, base) ? new URL(escaped, base) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || players.test(url.hostname) || noPicture.test(url.pathname)) return undefined;
  return url.href;
}
