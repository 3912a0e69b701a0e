import { sql, type Kysely } from 'kysely';
import { among, insertRows, type Cell } from '../bulk.js';
import { itemColumns, labelCells, labelColumns, originColumns, voteColumns, wordCells, wordColumns } from '../columns.js';
import { isPostgres } from '../dialect.js';
import { labelsOf } from '../labels.js';
import { resolveLabels } from '../resolve.js';
import { refreshItems } from '../review.js';
import type { Tables } from '../tables.js';
import type { Label } from '../types.js';
import { itemOfRow, labelOfRow, textOf, type ExportRow } from './check.js';

/** Items of an export and all that is said of them. */
export interface ItemRows {
  readonly items: readonly ExportRow[];
  readonly origins: readonly ExportRow[];
  readonly labels: readonly ExportRow[];
  readonly votes: readonly ExportRow[];
}

type StatedLabel = Omit<Label, 'id' | 'item'>;

const retractableColumns = { ...labelColumns, retracted_at: 'text' } as const;

/**
 * Stores items and what is said of them, within a transaction that writes.
 *
 * @param ids This catalogue's id of each item's number.
 * @param known Ids of the items that are there.
 */
export async function takeItems(
  db: Kysely<Tables>,
  { items, origins, labels, votes }: ItemRows,
  ids: Float64Array,
  known: ReadonlySet<number>,
): Promise<void> {
  const idOf = (row: ExportRow): number => ids[Number(row['item'])] ?? NaN;
  const said = new Map<number, StatedLabel[]>();
  for (const row of labels) append(said, idOf(row), labelOfRow(row));
  const fresh = new Map(items.filter((row) => !known.has(idOf(row))).map((row) => [idOf(row), row]));
  await insertRows(
    db,
    'items',
    itemColumns,
    [...fresh].map(([id, row]) => itemCells(id, row, said.get(id) ?? [])),
  );
  const postgres = isPostgres(db);
  const words = [...fresh].map(([id, row]) => wordCells(id, itemOfRow(row), postgres));
  await insertRows(db, 'item_words', wordColumns(postgres), words);
  const merged = await mergedLabels(db, said, known);
  await insertRows(
    db,
    'labels',
    retractableColumns,
    merged.fresh.map(([id, label]) => [...labelCells(id, label, label.at), label.retractedAt ?? null]),
  );
  await refreshItems(db, merged.changed);
  await takeOrigins(
    db,
    origins.map((row) => [textOf(row, 'source'), textOf(row, 'source_id'), idOf(row)]),
  );
  await insertRows(
    db,
    'votes',
    voteColumns,
    votes.map((row) => [idOf(row), row['tree'] ?? null, row['question'] ?? null, row['share'] ?? null]),
    'skip',
  );
}

/** In place: one item may have any number of labels. */
function append<K, T>(lists: Map<K, T[]>, key: K, entry: T): void {
  const list = lists.get(key);
  if (list) list.push(entry);
  else lists.set(key, [entry]);
}

function itemCells(id: number, row: ExportRow, labels: readonly StatedLabel[]): readonly Cell[] {
  const resolved = resolveLabels(labels.map((label, index) => ({ ...label, id: index })));
  const own: Readonly<Record<string, Cell>> = { id, class: resolved.class ?? '', review: resolved.review };
  return Object.keys(itemColumns).map((name) => own[name] ?? row[name] ?? null);
}

/**
 * Which labels are not there. Two are the same statement if all but their retraction is the same; of several such the first stands for the first. One that
 * stands here and was retracted in the export is retracted.
 */
async function mergedLabels(
  db: Kysely<Tables>,
  said: ReadonlyMap<number, readonly StatedLabel[]>,
  known: ReadonlySet<number>,
): Promise<{ readonly fresh: readonly (readonly [number, StatedLabel])[]; readonly changed: readonly number[] }> {
  const there = new Map<string, Label[]>();
  const items = [...said.keys()].filter((id) => known.has(id));
  for (const label of await labelsOf(db, items)) {
    append(there, `${label.item}\0${statement(label)}`, label);
  }
  const fresh: (readonly [number, StatedLabel])[] = [];
  const changed = new Set<number>();
  for (const [id, labels] of said) {
    for (const label of labels) {
      const same = there.get(`${id}\0${statement(label)}`)?.shift();
      if (!same) {
        fresh.push([id, label]);
        if (known.has(id)) changed.add(id);
      } else if (same.retractedAt === undefined && label.retractedAt !== undefined) {
        await db.updateTable('labels').set({ retracted_at: label.retractedAt }).where('id', '=', same.id).execute();
        changed.add(id);
      }
    }
  }
  return { fresh, changed: [...changed] };
}

const statement = ({ kind, class: name, origin, by, confidence, at }: StatedLabel): string =>
  [kind, name ?? '', origin, by, confidence ?? '', at].join('\0');

/** Names that items are given for the first time are refused no longer. */
async function takeOrigins(db: Kysely<Tables>, origins: readonly (readonly [string, string, number])[]): Promise<void> {
  const refused = await db.selectFrom('refusals').select('source').distinct().execute();
  for (const { source } of refused) {
    const names = origins.filter(([of]) => of === source);
    if (names.length === 0) continue;
    const rows = await db
      .selectFrom('origins')
      .select(['source_id', 'item'])
      .where('source', '=', source)
      .where(
        sql<boolean>`source_id ${among(
          db,
          'text',
          names.map(([, name]) => name),
        )}`,
      )
      .execute();
    const given = new Set(rows.map((row) => `${row.item}\0${row.source_id}`));
    const fresh = names.filter(([, name, item]) => !given.has(`${item}\0${name}`)).map(([, name]) => name);
    if (fresh.length === 0) continue;
    await db
      .deleteFrom('refusals')
      .where('source', '=', source)
      .where(sql<boolean>`source_id ${among(db, 'text', fresh)}`)
      .execute();
  }
  await insertRows(db, 'origins', originColumns, origins, 'skip');
}
