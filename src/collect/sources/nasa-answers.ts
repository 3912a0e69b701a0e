import { z } from 'zod';
import { MessierError } from '../../core/errors.js';
import { isoDate, keywordList, plainText, seen, textLimits } from './plain-text.js';

/** What the library says of a picture. */
export interface NasaEntry {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly date: string | undefined;
  readonly center: string;
  readonly credit: string;
  readonly copyright: string | undefined;
  /** Address of the list of its files, as the answer spells it. */
  readonly manifest: string | undefined;
  /** Files that the search names already. */
  readonly files: readonly string[];
}

/** A page of a search. */
export interface NasaPage {
  readonly items: readonly unknown[];
  /** Results of the whole search, where the answer says it. */
  readonly total: number | undefined;
}

const text = z.string().optional().catch(undefined);
const listOfTexts = z.array(z.unknown()).transform((values) => values.filter((value) => typeof value === 'string'));

const pageSchema = z.looseObject({
  items: z.array(z.unknown()),
  metadata: z
    .looseObject({ total_hits: z.number().nonnegative().optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

const dataSchema = z.looseObject({
  nasa_id: text,
  title: text,
  description: text,
  description_508: text,
  keywords: z.union([z.string(), listOfTexts]).optional().catch(undefined),
  date_created: text,
  media_type: text,
  center: text,
  photographer: text,
  secondary_creator: text,
  copyright: text,
  rights: text,
});

const itemSchema = z.looseObject({
  href: text,
  data: z.union([
    z
      .array(dataSchema)
      .min(1)
      .transform(([first]) => first),
    dataSchema,
  ]),
  links: z
    .array(z.looseObject({ href: text, render: text }).catch({ href: undefined, render: undefined }))
    .optional()
    .catch(undefined),
});

const named = z.looseObject({ href: z.string() }).transform(({ href }) => href);
const fileSchema = z.union([z.string(), named]).optional().catch(undefined);

/** Files that one picture has at most; the library has six or seven. */
const mostFiles = 1000;

/**
 * Reads a page of a search: `{ collection: { items, metadata: { total_hits } } }`, or its parts.
 *
 * @throws MessierError `collect/answer` for another shape.
 */
export function readNasaPage(answer: unknown, address: string): NasaPage {
  const inner = z.looseObject({ collection: z.unknown() }).safeParse(answer).data?.collection ?? answer;
  const page = pageSchema.safeParse(Array.isArray(inner) ? { items: inner } : inner);
  if (page.success) return { items: page.data.items, total: page.data.metadata?.total_hits };
  const got = seen(inner === answer ? answer : inner);
  throw new MessierError(
    'collect/answer',
    `${address}: a page of search results (collection.items) expected, ${got} received. The service may have changed; see MESSIER_NASA_API for a mirror.`,
  );
}

/**
 * Reads one result of a search. Fields may be absent or of another type; without a name there is no item.
 *
 * @throws MessierError `nasa/item`, `nasa/media` for what is no picture.
 */
export function readNasaItem(value: unknown): NasaEntry {
  const item = itemSchema.safeParse(value).data;
  const data = item?.data;
  if (!item || !data) {
    throw new MessierError('nasa/item', `A search result with "data" expected, ${seen(value)} received. It is left out.`);
  }
  const id = (data.nasa_id ?? folderOf(item.href)).trim();
  if (id === '' || id.length > textLimits.line || plainText(id, textLimits.line) !== id.replace(/\s+/g, ' ')) {
    throw new MessierError(
      'nasa/item',
      `A search result with a nasa_id expected, ${seen(data.nasa_id ?? data)} received. It is left out.`,
    );
  }
  if (data.media_type !== undefined && data.media_type !== 'image') {
    throw new MessierError('nasa/media', `"${id}" is of the type ${seen(data.media_type)}; images are collected.`);
  }
  const line = (of: string | undefined): string => plainText(of ?? '', textLimits.line);
  const description = plainText(data.description ?? data.description_508 ?? '', textLimits.description);
  const center = line(data.center);
  const [photographer, creator] = [line(data.photographer), line(data.secondary_creator)];
  const makers = [...new Set([creator, photographer].filter((name) => name !== ''))];
  return {
    id,
    title: plainText(data.title ?? '', textLimits.title),
    description,
    keywords: keywordList(data.keywords ?? []),
    date: isoDate(data.date_created ?? ''),
    center,
    credit: makers.join('; ') || (center ? `NASA/${center}` : 'NASA'),
    copyright: line(data.copyright ?? data.rights) || holderIn(`${description}. ${creator}`),
    manifest: item.href,
    files: (item.links ?? []).flatMap(({ href, render }) =>
      href !== undefined && (render ?? 'image') === 'image' ? [href] : [],
    ),
  };
}

/** The folder of a file is the item's name. */
function folderOf(href: string | undefined): string {
  return /\/(?:image|asset)\/([^/?#]+)/.exec(href ?? '')?.[1] ?? '';
}

/** Whose rights a text states: `copyright Rick Sternbach 1977`. */
function holderIn(said: string): string | undefined {
  return /(?:\b(?:[Cc]opyright|COPYRIGHT)\b:?|©|\([Cc]\))\s{0,3}(?:by |of )?((?:\d{4},? )?\p{Lu}[^.;|()]{1,100})/u
    .exec(said)?.[1]
    ?.trim();
}

/**
 * Reads the list of a picture's files: addresses, or `{ collection: { items: [{ href }] } }`.
 *
 * @throws MessierError `collect/answer` for another shape.
 */
export function readManifest(answer: unknown, address: string): readonly string[] {
  const inner = z.looseObject({ collection: z.unknown() }).safeParse(answer).data?.collection ?? answer;
  const list = z.looseObject({ items: z.unknown() }).safeParse(inner).data?.items ?? inner;
  if (Array.isArray(list) && list.length <= mostFiles) {
    const files = z
      .array(fileSchema)
      .parse(list)
      .filter((href) => href !== undefined);
    if (files.length > 0) return files;
  }
  throw new MessierError(
    'collect/answer',
    `${address}: a list of files expected, ${seen(list)} received. The picture is left out.`,
  );
}
