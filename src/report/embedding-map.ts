/** A map of pictures: a drawing that stands by itself, and what a script needs to show the picture under the pointer. */
import { count, figure, percent, shorten } from './format.js';
import { jsonBlock, markup, pictureSource, type Markup } from './html.js';
import { kindAt, kindMark, mostKinds } from './kinds.js';
import type { DataReport } from './types.js';

type PictureMap = NonNullable<DataReport['map']>;

/** Of the drawing, in its own units; its height follows the map. */
const width = 800;
const lowest = 360;
const highest = 640;
const margin = 16;
/** Longest name and title that go with a point, in characters. */
const longest = 90;
/** Points from which marks are small, and up to which they are large. */
const many = 2500;
const few = 250;

/** Labels that have a mark of their own, then one for all others; `others` counts these. */
interface Legend {
  readonly names: readonly string[];
  readonly counts: readonly number[];
  /** How many have a mark of their own. */
  readonly own: number;
  readonly kindOf: (label: string) => number;
}

function legendOf({ places }: PictureMap): Legend {
  const totals = new Map<string, number>();
  for (const { label } of places) totals.set(label, (totals.get(label) ?? 0) + 1);
  const ordered = [...totals].filter(([label]) => label !== '').sort(([, a], [, b]) => b - a);
  const own = ordered.slice(0, mostKinds);
  const others = ordered.slice(mostKinds);
  const rest = places.length - own.reduce((sum, [, pictures]) => sum + pictures, 0);
  const unlabelled = totals.get('') ?? 0;
  const name = others.length === 0 ? '(no label)' : `${count(others.length)} other labels${unlabelled > 0 ? ' and none' : ''}`;
  const place = new Map(own.map(([label], at) => [label, at]));
  return {
    names: [...own.map(([label]) => label), ...(rest > 0 ? [name] : [])],
    counts: [...own.map(([, pictures]) => pictures), ...(rest > 0 ? [rest] : [])],
    own: own.length,
    kindOf: (label) => place.get(label) ?? own.length,
  };
}

/** Where points lie in a drawing of that height. */
interface Layout {
  readonly spots: readonly (readonly [x: number, y: number])[];
  readonly height: number;
}

/** Turned so that the map is widest from left to right, for directions have no meaning; both axes by the same factor. */
function layOut({ places }: PictureMap): Layout {
  const mean = (of: (place: PictureMap['places'][number]) => number) =>
    places.reduce((sum, place) => sum + of(place), 0) / Math.max(1, places.length);
  const [x0, y0] = [mean(({ x }) => x), mean(({ y }) => y)];
  const [xx, yy, xy] = [mean(({ x }) => (x - x0) ** 2), mean(({ y }) => (y - y0) ** 2), mean(({ x, y }) => (x - x0) * (y - y0))];
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const turned = places.map(({ x, y }) => [c * (x - x0) + s * (y - y0), c * (y - y0) - s * (x - x0)] as const);
  const [middleX, halfX] = extent(turned.map(([x]) => x));
  const [middleY, halfY] = extent(turned.map(([, y]) => y));
  const height = Math.round(Math.min(highest, Math.max(lowest, 2 * margin + ((width - 2 * margin) * halfY) / (halfX || 1))));
  const scale = Math.min((width / 2 - margin) / (halfX || 1), (height / 2 - margin) / (halfY || 1));
  const rounded = (value: number) => Math.round(10 * value) / 10;
  return {
    height,
    spots: turned.map(([x, y]) => [rounded(width / 2 + scale * (x - middleX)), rounded(height / 2 - scale * (y - middleY))]),
  };
}

function extent(values: readonly number[]): readonly [middle: number, half: number] {
  const [low, high] = values.reduce(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Infinity, -Infinity],
  );
  return [(low + high) / 2, (high - low) / 2];
}

/** The drawing, its legend, and what it means. */
export function embeddingMap(map: PictureMap, items: number): Markup {
  const { names, counts, own, kindOf } = legendOf(map);
  const { spots, height } = layOut(map);
  const paths = names.map(() => [] as string[]);
  for (const [at, { label }] of map.places.entries()) paths[kindOf(label)]?.push(`M${spots[at]?.join(' ') ?? ''}h0`);
  const size = map.points > many ? ' many' : map.points < few ? ' few' : '';
  const path = (at: number): Markup => {
    const { colour, square } = kindAt(at);
    const isOther = at === own;
    const kind = `${isOther ? ' other' : square ? ' square' : ''}${size}`;
    return markup`<path class="kind${kind}" data-kind="${at}"${isOther ? undefined : markup` style="color:var(${colour})"`} d="${paths[at]?.join('') ?? ''}"/>`;
  };
  // The rarest last, so that they lie on top.
  const order = names.map((_, at) => at).sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
  const entry = (name: string, at: number) =>
    markup`<span data-kind="${at}">${kindMark(kindAt(at === own ? mostKinds : at))}${shorten(name, longest)} ${count(counts[at] ?? 0)}</span> `;
  const { side, columns, uri } = map.sprite;
  const rows = Math.ceil(map.points / columns);
  const label = `Map of ${count(map.points)} pictures by label: ${names.map((name, at) => `${shorten(name, longest)} ${counts[at] ?? 0}`).join(', ')}`;
  return markup`${inWords(map, items)}
<div class="board" id="board"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${order.map(path)}<circle class="here" r="8" visibility="hidden"/></svg>
<figure class="seen" id="seen" hidden><div hidden><img src="${pictureSource(uri)}" width="${columns * side}" height="${rows * side}" alt="Small copies of the pictures of the map"></div><figcaption aria-live="polite">Point at a mark, or go from one to the next with the arrow keys. The labels below switch theirs off and on.</figcaption></figure></div>
<p class="tools" id="kinds">${names.map(entry)}</p>
<p class="tools" id="tools" hidden></p>
<p class="legend">Pictures that look alike to ${map.network === undefined ? 'these measures' : 'the network'} lie together. Directions and distances between groups have no meaning.</p>`;
}

function inWords({ network, points, neighbours, trustworthiness, knnAccuracy }: PictureMap, items: number): Markup {
  const source =
    network === undefined
      ? markup`Made of measures of colour and texture, as no pretrained network is here; one that is fetched tells more: <code>messier explore DATA --weights mobilenet-v3-large</code>.`
      : markup`Made of the features of <b>${shorten(network, longest)}</b>, a network that was trained before on other pictures, by UMAP.`;
  const sample = points < items ? ` Drawn are ${count(points)} of ${count(items)} pictures, chosen by content at random.` : '';
  return markup`<p>${source}${sample}</p>
<p>Trustworthiness ${figure(trustworthiness)}: ${trusted(trustworthiness)} (1 where each picture's ${count(neighbours)} neighbours on the map are its neighbours in truth too; about 0.5 of a map at random).</p>${
    knnAccuracy === undefined
      ? undefined
      : markup`<p>${percent(knnAccuracy)} of the labelled pictures have the label of most of their ${count(neighbours)} nearest pictures, themselves and their copies left out: so far do labels follow from these features without any training.</p>`
  }`;
}

function trusted(value: number): string {
  if (value >= 0.95) return 'pictures that lie together can be taken for alike';
  if (value >= 0.8) return 'most pictures that lie together are alike';
  return 'many pictures that lie together are not alike: the map had to tear or press much';
}

/** What the script of the page reads: places, marks, and texts of the points. */
export function mapData(map: PictureMap): Markup {
  const { kindOf } = legendOf(map);
  const { spots, height } = layOut(map);
  const { side, columns } = map.sprite;
  return jsonBlock('map-points', {
    side,
    columns,
    width,
    height,
    points: map.places.map(({ id, label, title }, at) => [
      ...(spots[at] ?? [0, 0]),
      kindOf(label),
      shorten(label, longest),
      shorten(id, longest),
      ...(title === undefined || title === '' ? [] : [shorten(title, longest)]),
    ]),
  });
}
