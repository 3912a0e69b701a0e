import type { Catalogue } from '../catalogue/catalogue.js';
import { checkDataset } from '../catalogue/check-dataset.js';
import { isCatalogueLocation, parseLocation } from '../catalogue/location.js';
import { openBlobs } from '../catalogue/open-blobs.js';
import type { Item, ItemQuery, Label } from '../catalogue/types.js';
import { verifyBlobs } from '../catalogue/verify.js';
import { copyPictures } from '../collect/copy-pictures.js';
import { MessierError } from '../core/errors.js';
import { counted } from '../report/format.js';
import { UsageError, type CommandContext, type Output } from './command.js';
import type { ActionName, CatalogueOptions } from './catalogue-options.js';
import { refuseWhat, short, texts } from './catalogue-text.js';
import { show } from './catalogue-show.js';
import { columns } from './figures.js';

type Action = (
  catalogue: Catalogue,
  what: string | undefined,
  options: CatalogueOptions,
  context: CommandContext,
) => Promise<Output>;

/** Rows of a list of refusals for people. */
const mostRefusals = 50;

export const actions: Readonly<Record<ActionName, Action>> = {
  show,
  list,
  item,
  dataset,
  refusals,
  copy,
  export: exportTables,
  import: importTables,
  verify,
};

async function list(catalogue: Catalogue, what: string | undefined, { limit, after }: CatalogueOptions): Promise<Output> {
  const { items, next } = await catalogue.find(await queryOf(catalogue, what), { limit, after });
  if (items.length === 0) return { data: { items, next: null }, text: 'Nothing is found.' };
  const table = texts([
    ['id', 'class', 'review', 'source', 'date', 'title'],
    ...items.map(({ id, class: label = '', review, source, sourceId, date = '', title }) => [
      String(id),
      short(label),
      review === 'open' ? '' : review,
      short(`${source}/${sourceId}`),
      date.slice(0, 10),
      short(title),
    ]),
  ]);
  const more =
    next === undefined ? '' : `\n\nMore  messier catalogue list ${what === undefined ? '' : `"${what}" `}--after ${next}`;
  return { data: { items, next: next ?? null }, text: `${table}${more}` };
}

async function item(catalogue: Catalogue, what: string | undefined): Promise<Output> {
  if (what === undefined) throw new UsageError('"catalogue item" needs the id, name or hash of an item.');
  const found = /^[0-9a-f]{64}$/.test(what)
    ? (await catalogue.byHash([what])).get(what)
    : ((await itemById(catalogue, what)) ?? (await itemByName(catalogue, what)));
  if (!found) {
    throw new MessierError(
      'catalogue/item-absent',
      `${catalogue.location} has no item "${what}". "messier catalogue list" shows them.`,
    );
  }
  const labels = await catalogue.labels([found.id]);
  const facts = Object.entries(found).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, Array.isArray(value) ? value.join(', ') : String(value)]],
  );
  return { data: { item: found, labels }, text: `${texts(facts)}\n\n${labelTable(labels)}` };
}

async function itemById(catalogue: Catalogue, text: string): Promise<Item | undefined> {
  const id = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (id < 1) return undefined;
  const { items } = await catalogue.find({}, { limit: 1, after: id - 1 });
  return items.find((one) => one.id === id);
}

/** `source/name there`; either may hold slashes. */
async function itemByName(catalogue: Catalogue, text: string): Promise<Item | undefined> {
  const sources = new Set((await catalogue.counts()).map(({ source }) => source));
  for (const source of sources) {
    if (!text.startsWith(`${source}/`)) continue;
    const name = text.slice(source.length + 1);
    const id = (await catalogue.known(source, [name])).get(name);
    if (typeof id === 'number') return itemById(catalogue, String(id));
  }
  return undefined;
}

function labelTable(labels: readonly Label[]): string {
  if (labels.length === 0) return 'Nobody says what it shows.';
  return texts([
    ['said', 'class', 'by', 'confidence', 'at', 'retracted'],
    ...labels.map(({ kind, class: label = '', origin, by, confidence, at, retractedAt = '' }) => [
      kind,
      short(label),
      `${origin} ${short(by)}`,
      confidence === undefined ? '' : String(confidence),
      at,
      retractedAt,
    ]),
  ]);
}

async function dataset(
  catalogue: Catalogue,
  name: string | undefined,
  { from, description, remove }: CatalogueOptions,
): Promise<Output> {
  if (name === undefined) throw new UsageError('"catalogue dataset" needs a name.');
  if (remove) {
    if (from !== undefined) throw new UsageError('--from adds items and --remove takes the dataset away; give one of them.');
    await catalogue.removeDataset(name);
    return { data: { dataset: name, items: 0 }, text: `The dataset "${name}" is gone; its items stay.` };
  }
  if (from === undefined) throw new UsageError('--from says which items: --from "catalogue:?class=galaxy,nebula".');
  const items = await catalogue.addToDataset(name, await queryOf(catalogue, from), description);
  const location = `catalogue:${encodeURIComponent(name)}`;
  return { data: { dataset: name, items }, text: `${location} has ${items} items.\n\nLook at it  messier explore ${location}` };
}

async function refusals(catalogue: Catalogue, source: string | undefined): Promise<Output> {
  const found = await catalogue.refusals(source);
  if (found.length === 0) return { data: { refusals: found }, text: 'Nothing was refused.' };
  const rows = found
    .slice(0, mostRefusals)
    .map((one) => [one.source, short(one.sourceId), one.code, one.at.slice(0, 10), short(one.reason)]);
  const more = found.length > mostRefusals ? `\nand ${found.length - mostRefusals} more; --json lists all` : '';
  return { data: { refusals: found }, text: `${texts([['source', 'its name', 'code', 'on', 'why'], ...rows])}${more}` };
}

async function copy(
  catalogue: Catalogue,
  folder: string | undefined,
  { from = 'catalogue:' }: CatalogueOptions,
  { signal, progress }: CommandContext,
): Promise<Output> {
  if (folder === undefined) throw new UsageError('"catalogue copy" needs a folder.');
  const query = await queryOf(catalogue, from);
  const { copied, skipped } = await copyPictures(query, folder, {
    catalogue,
    blobs: await openBlobs({ signal }),
    signal,
    progress,
  });
  const [first] = skipped;
  const lost = first ? `\n${counted(skipped.length, 'picture')} left out, the first: ${first.reason}` : '';
  return {
    data: { folder, copied, skipped },
    text: `${counted(copied, 'picture')} and labels.csv in ${folder}${lost}`,
    code: first ? 1 : 0,
  };
}

async function exportTables(
  catalogue: Catalogue,
  folder: string | undefined,
  { from, format }: CatalogueOptions,
  { signal, progress }: CommandContext,
): Promise<Output> {
  if (folder === undefined) throw new UsageError('"catalogue export" needs a folder.');
  const query = from === undefined ? undefined : await queryOf(catalogue, from);
  const { format: written, tables } = await catalogue.exportTo(folder, { format, query, signal, progress });
  const rows = Object.entries(tables).map(([table, { rows: count }]) => [table, String(count)] as const);
  const text = `${folder}\n\n${columns([['table', 'rows'], ...rows])}\n\nPictures are not in it: copy the files of "messier catalogue" too.`;
  return {
    data: { folder, format: written, rows: Object.fromEntries(rows.map(([table, count]) => [table, Number(count)])) },
    text,
  };
}

async function importTables(
  catalogue: Catalogue,
  folder: string | undefined,
  _options: CatalogueOptions,
  { signal, progress }: CommandContext,
): Promise<Output> {
  if (folder === undefined) throw new UsageError('"catalogue import" needs the folder of an export.');
  const result = await catalogue.importFrom(folder, { signal, progress });
  return {
    data: { folder, ...result },
    text: `${result.added} items are new, ${result.known} were there. Check their files  messier catalogue verify`,
  };
}

async function verify(
  catalogue: Catalogue,
  what: string | undefined,
  { quick, removeOrphans }: CatalogueOptions,
  { signal, progress }: CommandContext,
): Promise<Output> {
  refuseWhat('verify', what);
  const found = await verifyBlobs(catalogue, await openBlobs({ signal }), { deep: !quick, removeOrphans, signal, progress });
  const isWhole = found.missing.count + found.corrupt.count === 0;
  const rows = (['missing', 'corrupt', 'orphaned', 'foreign'] as const).flatMap((kind) =>
    found[kind].count === 0 ? [] : [[kind, String(found[kind].count), short(found[kind].first.map(nameOf).join(', '))]],
  );
  const verdict = isWhole
    ? `All ${found.items} items have their files.`
    : 'Files are missing or damaged: "messier collect ... --repair" brings back what its source still has; or restore them from a copy.';
  return { data: found, text: rows.length === 0 ? verdict : `${texts(rows)}\n\n${verdict}`, code: isWhole ? 0 : 1 };
}

const nameOf = (finding: string | { readonly hash: string }): string => (typeof finding === 'string' ? finding : finding.hash);

/** A location, or all of the catalogue. A dataset that is not there is a mistake. */
async function queryOf(catalogue: Catalogue, what: string | undefined): Promise<ItemQuery> {
  if (what === undefined) return {};
  if (!isCatalogueLocation(what)) throw new UsageError(`Items are named as "catalogue:NAME?class=galaxy"; "${what}" received.`);
  const query = parseLocation(what);
  await checkDataset(catalogue, query);
  return query;
}
