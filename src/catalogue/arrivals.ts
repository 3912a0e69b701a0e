import { sql, type Kysely } from 'kysely';
import { among, insertGroups, insertRows, type Cell, type Insert } from './bulk.js';
import { itemColumns, labelCells, labelColumns, originColumns, voteColumns, wordCells, wordColumns } from './columns.js';
import { isPostgres } from './dialect.js';
import { resolveLabels } from './resolve.js';
import { refreshItems } from './review.js';
import type { Tables } from './tables.js';
import type { NewItem, NewLabel } from './types.js';

/** Everything that one call of `add` says of one content. */
export interface Arrival {
  /** The one that came first: its fields become the item's. */
  readonly item: NewItem;
  /** Source and name there, once each. */
  readonly names: Map<string, readonly [source: string, sourceId: string]>;
  readonly labels: NewLabel[];
  readonly votes: NonNullable<NewItem['votes']>[];
}

export interface PlacedArrival extends Arrival {
  readonly id: number;
  readonly isNew: boolean;
}

/** Ids of the items of these contents that are there. */
export async function storedItems(db: Kysely<Tables>, hashes: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('items')
    .select(['hash', 'id'])
    .where(sql<boolean>`hash ${among(db, 'text', hashes)}`)
    .execute();
  return new Map(rows.map(({ hash, id }) => [hash, id]));
}

/** The id of the next item; only a writer may use it. */
export async function nextId(db: Kysely<Tables>): Promise<number> {
  const last = await db.selectFrom('items').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst();
  return (last?.id ?? 0) + 1;
}

/** Stores what arrived, within a transaction that writes. */
export async function insertArrivals(db: Kysely<Tables>, arrivals: readonly PlacedArrival[], at: string): Promise<void> {
  const fresh = arrivals.filter(({ isNew }) => isNew);
  const known = arrivals.filter(({ isNew }) => !isNew);
  const groups = isPostgres(db) ? inGroups(fresh) : [fresh];
  await insertGroups(
    db,
    mapped(groups, (group) => freshRows(group, at, isPostgres(db))),
  );
  const labels = await withoutSaid(db, known);
  await insertRows(db, 'labels', labelColumns, labelRows(labels, at));
  await refreshItems(
    db,
    labels.filter(({ labels }) => labels.length > 0).map(({ id }) => id),
  );
  await insertRows(db, 'origins', originColumns, known.flatMap(originRows), 'skip');
  await forgetRefused(db, arrivals.flatMap(originRows));
  await insertRows(db, 'votes', voteColumns, known.flatMap(voteRows), 'skip');
}

/** What one statement of PostgreSQL stores: enough that the way to the server and back costs nothing, of texts not more than memory is for. */
const groupLimits = { items: 1_000, characters: 2 ** 20 } as const;

function* inGroups(arrivals: readonly PlacedArrival[]): Generator<readonly PlacedArrival[]> {
  let start = 0;
  let characters = 0;
  for (const [index, { item }] of arrivals.entries()) {
    const more = item.title.length + item.description.length + item.keywords.reduce((sum, { length }) => sum + length, 0);
    if (index > start && (index - start === groupLimits.items || characters + more > groupLimits.characters)) {
      yield arrivals.slice(start, index);
      start = index;
      characters = 0;
    }
    characters += more;
  }
  if (start < arrivals.length) yield arrivals.slice(start);
}

/** Rows of items that are new, in each table, with the words for the text search as this database takes them. */
function freshRows(fresh: readonly PlacedArrival[], at: string, postgres: boolean): readonly Insert[] {
  const words = mapped(fresh, ({ id, item }) => wordCells(id, item, postgres));
  return [
    { table: 'items', columns: itemColumns, rows: mapped(fresh, itemRow) },
    { table: 'item_words', columns: wordColumns(postgres), rows: words },
    { table: 'labels', columns: labelColumns, rows: labelRows(fresh, at) },
    { table: 'origins', columns: originColumns, rows: fresh.flatMap(originRows), taken: 'skip' },
    { table: 'votes', columns: voteColumns, rows: fresh.flatMap(voteRows), taken: 'skip' },
  ];
}

function* labelRows(
  items: readonly { readonly id: number; readonly labels: readonly NewLabel[] }[],
  at: string,
): Generator<readonly Cell[]> {
  for (const { id, labels } of items) for (const label of labels) yield labelCells(id, label, at);
}

const originRows = ({ id, names }: PlacedArrival): readonly (readonly Cell[])[] =>
  Array.from(names.values(), ([source, sourceId]) => [source, sourceId, id]);

const voteRows = ({ id, votes }: PlacedArrival): readonly (readonly Cell[])[] =>
  votes.flatMap(({ tree, shares }) => Object.entries(shares).map(([question, share]) => [id, tree, question, share]));

/** What is made when it is wanted. */
function* mapped<T, R>(values: Iterable<T>, make: (value: T) => R): Generator<R> {
  for (const value of values) yield make(value);
}

function itemRow({ id, item, labels }: PlacedArrival): readonly Cell[] {
  const resolved = resolvedNew(labels);
  return [
    id,
    item.hash,
    item.bytes,
    item.format,
    item.width,
    item.height,
    item.perceptual,
    item.source,
    item.sourceId,
    item.url ?? null,
    item.title,
    item.description,
    JSON.stringify(item.keywords),
    item.date ?? null,
    item.credit ?? null,
    item.copyright ?? null,
    item.licence ?? null,
    item.fetchedAt,
    resolved.class ?? '',
    resolved.review,
  ];
}

/** What the labels of a new item come to; most have one. */
function resolvedNew(labels: readonly NewLabel[]): ReturnType<typeof resolveLabels> {
  const [only, ...more] = labels;
  if (only?.origin !== 'person' && more.length === 0) return { class: only?.class, review: 'open' };
  return resolveLabels(labels.map((label, index) => ({ ...label, id: index, retractedAt: undefined })));
}

/** Of items that are there, the labels that were never given to them. */
async function withoutSaid(
  db: Kysely<Tables>,
  known: readonly PlacedArrival[],
): Promise<readonly { readonly id: number; readonly labels: readonly NewLabel[] }[]> {
  if (known.every(({ labels }) => labels.length === 0)) return [];
  const rows = await db
    .selectFrom('labels')
    .select(['item', 'kind', 'class', 'origin', 'by'])
    .where(
      sql<boolean>`item ${among(
        db,
        'whole',
        known.map(({ id }) => id),
      )}`,
    )
    .execute();
  const said = new Set(rows.map((row) => `${row.item}\0${statement({ ...row, class: row.class ?? undefined })}`));
  return known.map(({ id, labels }) => ({ id, labels: labels.filter((label) => !said.has(`${id}\0${statement(label)}`)) }));
}

/**
 * The offered labels that are not among the earlier ones: the same statement of the same author. One list may well say A, B and A again, as a person does
 * who changes her mind; only the same twice in a row is said once.
 */
export function unsaid(earlier: readonly NewLabel[], offered: readonly NewLabel[]): readonly NewLabel[] {
  if (earlier.length === 0 && offered.length <= 1) return offered;
  const said = new Set(earlier.map(statement));
  let last: string | undefined;
  return offered.filter((label) => {
    const key = statement(label);
    const isNew = !said.has(key) && key !== last;
    last = key;
    return isNew;
  });
}

const statement = ({ kind, class: name, origin, by }: Omit<NewLabel, 'confidence'>): string =>
  `${origin}\0${by}\0${kind}\0${name ?? ''}`;

/** What came under a name is not refused any more. */
async function forgetRefused(db: Kysely<Tables>, names: readonly (readonly Cell[])[]): Promise<void> {
  const refused = await db.selectFrom('refusals').select('source').distinct().execute();
  for (const { source } of refused) {
    const ids = names.filter(([of]) => of === source).map(([, sourceId = null]) => sourceId);
    if (ids.length === 0) continue;
    await db
      .deleteFrom('refusals')
      .where('source', '=', source)
      .where(sql<boolean>`source_id ${among(db, 'text', ids)}`)
      .execute();
  }
}
