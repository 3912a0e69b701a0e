import type { BlobStore } from '../catalogue/blob-types.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { checkDataset } from '../catalogue/check-dataset.js';
import { parseLocation } from '../catalogue/location.js';
import { openBlobs } from '../catalogue/open-blobs.js';
import { openCatalogue } from '../catalogue/open.js';
import { resolveLabels } from '../catalogue/resolve.js';
import type { Item as CatalogueItem, ItemQuery, Review } from '../catalogue/types.js';
import { MessierError } from '../core/errors.js';
import { sha256 } from '../formats/hash.js';
import { defaultStretch } from '../sky/stretch.js';
import { decodeBytes } from './load-picture.js';
import type { OpenOptions } from './open-options.js';
import type { Dataset, Item, LoadedItem, Skipped } from './types.js';

const states: readonly Review[] = ['open', 'accepted', 'dropped'];
/** Items whose labels are asked for at once. */
const labelsAtOnce = 200;

export interface OpenCatalogueOptions extends Pick<OpenOptions, 'stretch' | 'inputs'> {
  /**
   * `found`: the labels before any person's decision, on dropped items too; classes of the location are then those that were found. `current` unless
   * told. Ids are the same either way.
   */
  readonly labels?: 'current' | 'found' | undefined;
}

/**
 * Items of the catalogue as a dataset: `catalogue:NAME?class=...`, see parseLocation. Ids are `source/name there`, labels the items' classes, texts
 * title and description. What people dropped is in `skipped`, unless the location asks for it. Pictures come from the blob store, verified.
 *
 * @throws MessierError `dataset/empty`, `catalogue/dataset` for a dataset that is not there, what parseLocation, openCatalogue and openBlobs throw.
 *
 * @example
 * const dataset = await openCatalogueDataset('catalogue:six?class=comet,star');
 */
export async function openCatalogueDataset(location: string, options: OpenCatalogueOptions = {}): Promise<Dataset> {
  const query = parseLocation(location);
  const catalogue = await openCatalogue();
  try {
    const selection = await select(catalogue, query, options);
    if (selection.items.length === 0) throw nothing(location, catalogue.location, selection.skipped);
    return new CatalogueDataset(location, selection, await openBlobs(), options.stretch ?? defaultStretch);
  } finally {
    await catalogue.close();
  }
}

/** What a location means, and the item of the catalogue that each id stands for. */
interface Selection extends Pick<Dataset, 'items' | 'skipped'> {
  readonly byId: ReadonlyMap<string, CatalogueItem>;
}

async function select(
  catalogue: Catalogue,
  query: ItemQuery,
  { inputs = 'image', labels = 'current' }: OpenCatalogueOptions,
): Promise<Selection> {
  await checkDataset(catalogue, query);
  // Names hang on what people dropped no more than the review list does.
  const { classes: wanted, reviews = states, ...all } = query;
  const whole: ItemQuery = { ...all, reviews: states, ...(wanted && labels === 'current' && { classes: wanted }) };
  const found: CatalogueItem[] = [];
  for await (const item of catalogue.stream(whole)) found.push(item);
  const classes = labels === 'found' ? await foundClasses(catalogue, found) : undefined;
  const kept = new Set<Review>(labels === 'found' ? [...reviews, 'dropped'] : reviews);
  const byId = new Map<string, CatalogueItem>();
  const items: Item[] = [];
  const skipped: Skipped[] = [];
  for (const item of found) {
    // A source may have changed the picture behind a name.
    const id = byId.has(idOf(item)) ? `${idOf(item)}@${item.hash.slice(0, 12)}` : idOf(item);
    byId.set(id, item);
    if (!kept.has(item.review)) {
      if (item.review === 'dropped') skipped.push({ id, code: 'review/dropped', reason: 'A person dropped it.' });
      continue;
    }
    const made = itemOf(item, inputs, classes === undefined ? item.class : classes.get(item.id));
    if (classes && wanted?.includes(made.label ?? '') === false) continue;
    if (made.text === '') skipped.push({ id, code: 'text/missing', reason: 'It has neither title nor description.' });
    else items.push({ ...made, id });
  }
  return { items, skipped, byId };
}

function nothing(location: string, catalogue: string, [first, ...more]: readonly Skipped[]): MessierError {
  const why = first ? `; ${1 + more.length} are left out, the first: ${first.reason}` : '';
  return new MessierError(
    'dataset/empty',
    `"${location}" finds nothing in ${catalogue}${why}. "messier catalogue" shows what is there.`,
  );
}

const idOf = ({ source, sourceId }: CatalogueItem): string => `${source}/${sourceId}`;

function itemOf(item: CatalogueItem, inputs: NonNullable<OpenOptions['inputs']>, label: string | undefined): Omit<Item, 'id'> {
  const { source, date, title, description } = item;
  const facts = { label, source, title, ...(date === undefined ? {} : { date }) };
  if (inputs === 'image') return { ...facts, hash: item.hash };
  const text = [title, description].filter((part) => part !== '').join('\n\n');
  return { ...facts, text, hash: inputs === 'text' ? sha256(text) : item.hash };
}

/** Classes by item as everyone but people said. */
async function foundClasses(catalogue: Catalogue, items: readonly CatalogueItem[]): Promise<Map<number, string>> {
  const classes = new Map<number, string>();
  for (let start = 0; start < items.length; start += labelsAtOnce) {
    const part = items.slice(start, start + labelsAtOnce).map(({ id }) => id);
    const said = (await catalogue.labels(part)).filter(({ origin }) => origin !== 'person');
    for (const id of part) {
      const { class: found } = resolveLabels(said.filter(({ item }) => item === id));
      if (found !== undefined) classes.set(id, found);
    }
  }
  return classes;
}

/** Reads pictures from their files; the catalogue itself is needed no more. */
class CatalogueDataset implements Dataset {
  readonly name: string;
  readonly items: readonly Item[];
  readonly skipped: readonly Skipped[];
  readonly #byId: ReadonlyMap<string, CatalogueItem>;

  constructor(
    readonly location: string,
    { items, skipped, byId }: Selection,
    private readonly blobs: BlobStore,
    private readonly stretch: NonNullable<OpenOptions['stretch']>,
  ) {
    this.name = parseLocation(location).dataset ?? 'catalogue';
    this.items = items;
    this.skipped = skipped;
    this.#byId = byId;
  }

  async load({ id }: Item): Promise<LoadedItem> {
    const item = this.#byId.get(id);
    if (!item) throw new MessierError('dataset/item', `"${this.location}" has no item "${id}".`);
    const bytes = await this.blobs.get(item.hash);
    const picture = await decodeBytes(bytes, { title: `"${id}"`, isFits: item.format === 'fits', stretch: this.stretch });
    return { picture, hash: item.hash };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
