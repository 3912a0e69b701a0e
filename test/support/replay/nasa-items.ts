/** What NASA's image library holds in the replay: its real answers, where the shared data has them, and generated items of six classes. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { randomStream } from '../../../src/core/random.js';
import { findShared } from '../shared-data.js';
import { skyClasses, type SkyClass } from './pictures.js';

/** An item as the search answers it. */
export interface LibraryItem {
  readonly href: string;
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly links?: readonly Readonly<Record<string, unknown>>[];
}

/** One of them with what the replay knows of it. */
export interface Held {
  readonly id: string;
  readonly item: LibraryItem;
  readonly kind: SkyClass;
  /** Of the original's file. */
  readonly extension: string;
  /** Small letters: everything that a search looks at. */
  readonly text: string;
}

export const assetHost = 'images-assets.nasa.gov';
const itemSchema = z.object({
  href: z.string(),
  data: z.array(z.record(z.string(), z.unknown())),
  links: z.array(z.record(z.string(), z.unknown())).optional(),
});
const answerSchema = z.union([z.array(itemSchema), z.object({ collection: z.object({ items: z.array(itemSchema) }) })]);

/** The real items, in the order of the answers; none without the shared data. */
export function realItems(): readonly Held[] {
  const folder = findShared('nasa_images_api');
  if (folder === undefined) return [];
  const files: readonly (readonly [string, SkyClass])[] = [
    ['planets.json', 'planet'],
    ['stars.json', 'star'],
  ];
  return files.flatMap(([file, kind]) => {
    const answer = answerSchema.parse(JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')));
    const items = Array.isArray(answer) ? answer : answer.collection.items;
    return items.map((item) => held(item as LibraryItem, kind));
  });
}

const famous: Readonly<Record<SkyClass, readonly string[]>> = {
  asteroid: ['Bennu', 'Eros', 'Vesta', 'Ida', 'Itokawa', 'Ryugu'],
  comet: ['67P/Churyumov-Gerasimenko', 'Tempel 1', 'Hartley 2', 'ISON', 'NEOWISE', 'Halley'],
  galaxy: ['M31', 'M51', 'M81', 'NGC 1300', 'NGC 4414', 'Sombrero'],
  nebula: ['Orion', 'Crab', 'Helix', 'Ring', 'Carina', 'Eagle'],
  planet: ['Jupiter', 'Saturn', 'Mars', 'Venus', 'Neptune', 'Uranus'],
  star: ['Eta Carinae', 'Betelgeuse', 'Sirius', 'Pleiades', 'Omega Centauri', 'R136'],
};

/** Generated items, by turns of their classes. Some are odd in ways in which real ones are. */
export function generatedItems(counts: Readonly<Partial<Record<SkyClass, number>>>): readonly Held[] {
  const most = Math.max(0, ...skyClasses.map((kind) => counts[kind] ?? 0));
  const turns = Array.from({ length: most }, (_, at) => at);
  return turns.flatMap((at) => skyClasses.filter((kind) => at < (counts[kind] ?? 0)).map((kind) => generated(kind, at)));
}

function generated(kind: SkyClass, at: number): Held {
  const stream = randomStream(1, 'item', kind, at);
  const number = String(at).padStart(5, '0');
  // Spaces, percent signs and letters beyond ASCII stand in real names.
  const id = at % 11 === 5 ? `${kind} ${number}` : at % 17 === 7 ? `${kind}_Ó_50%_${number}` : `REPLAY-${kind}-${number}`;
  const name = famous[kind][stream.integer(6)] ?? '';
  const year = 1990 + stream.integer(35);
  const folder = `https://${assetHost}/image/${encodeURIComponent(id)}`;
  const title = `${name}, a ${kind} seen for the ${at + 1}th time`;
  const description = `The ${kind} ${name} as a telescope sees it.${at % 13 === 4 ? '\r\n\r\n<a href="https://www.nasa.gov">More</a> &amp; more' : ''}`;
  const extension = at % 19 === 9 ? 'tif' : at % 7 === 3 ? 'png' : at % 23 === 11 ? 'JPG' : 'jpg';
  const data = {
    center: ['JPL', 'GSFC', 'STScI', 'ARC'][stream.integer(4)],
    title,
    nasa_id: id,
    date_created: at % 29 === 13 ? `${year}` : `${year}-0${1 + stream.integer(9)}-${10 + stream.integer(18)}T00:00:00Z`,
    media_type: 'image',
    ...(at % 9 === 2 ? {} : { keywords: at % 15 === 6 ? [`${kind}, ${name}; sky`] : [kind, name, 'Astronomy'] }),
    ...(at % 10 === 8 ? { description_508: description } : { description }),
    ...(at % 3 === 0 ? { secondary_creator: 'NASA/JPL-Caltech' } : {}),
    ...(at % 5 === 1 ? { photographer: 'R. Play', location: 'Mount Wilson', album: ['Replay'] } : {}),
  };
  const preview = { href: `${folder}/${encodeURIComponent(id)}~thumb.jpg`, rel: 'preview', render: 'image' };
  const item = {
    href: `${folder}/collection.json`,
    data: at % 21 === 10 ? [data, { ...data, title: `${title} (again)` }] : [data],
    ...(at % 14 === 12 ? {} : { links: [preview] }),
  };
  return held(item, kind, extension);
}

function held(item: LibraryItem, kind: SkyClass, extension = 'jpg'): Held {
  const [data = {}] = item.data;
  const text = [data['title'], data['description'], data['description_508'], data['keywords'], data['nasa_id']].flat().join(' ');
  return { id: String(data['nasa_id']), item, kind, extension, text: text.toLowerCase() };
}
