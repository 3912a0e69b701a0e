import { sql, type Kysely } from 'kysely';
import { MessierError } from '../core/errors.js';
import { among, insertRows } from './bulk.js';
import { labelCells, labelColumns } from './columns.js';
import { write } from './dialect.js';
import { checkedLabel } from './new-item.js';
import { refreshItems } from './review.js';
import { labelOf } from './rows.js';
import type { Tables } from './tables.js';
import { storedText } from './texts.js';
import type { Label, NewLabel } from './types.js';

type ItemLabel = NewLabel & { readonly item: number };

/**
 * {@link Catalogue.label}: whole or not at all. A label is left out where a standing one of its origin and author says the same of the item: of a person the
 * latest one, since people change their minds and back. One with another confidence says something else.
 *
 * @throws MessierError `catalogue/label`, `catalogue/name`, `catalogue/limit`, `catalogue/item-absent`.
 */
export async function addLabels(db: Kysely<Tables>, labels: readonly ItemLabel[]): Promise<void> {
  const checked = labels.map(checkedLabel);
  if (checked.length === 0) return;
  await write(db, async (transaction) => {
    const items = await presentItems(transaction, checked);
    const said = await standingLabels(transaction, items);
    const fresh = unsaidLabels(said, checked);
    const at = timeAfter(said);
    await insertRows(
      transaction,
      'labels',
      labelColumns,
      fresh.map((label) => labelCells(label.item, label, at)),
    );
    await refreshItems(transaction, [...new Set(fresh.map(({ item }) => item))]);
  });
}

/** {@link Catalogue.retract}, of whatever origin they are. */
export async function retract(db: Kysely<Tables>, items: readonly number[], by: string): Promise<number> {
  const author = storedText(by);
  return await write(db, async (transaction) => {
    const said = (await standingLabels(transaction, items)).filter((label) => label.by === author);
    const ended = new Map(said.map(({ item, id }) => [item, id]));
    const ids = [...ended.values()];
    if (ids.length === 0) return 0;
    await transaction
      .updateTable('labels')
      .set({ retracted_at: timeAfter(said) })
      .where(sql<boolean>`id ${among(transaction, 'whole', ids)}`)
      .execute();
    await refreshItems(transaction, [...ended.keys()]);
    return ids.length;
  });
}

/** {@link Catalogue.labels}: item by item, in the order of time. */
export async function labelsOf(db: Kysely<Tables>, items: readonly number[]): Promise<readonly Label[]> {
  const rows = await db
    .selectFrom('labels')
    .selectAll()
    .where(sql<boolean>`item ${among(db, 'whole', items)}`)
    .orderBy('item')
    .orderBy('at')
    .orderBy('id')
    .execute();
  return rows.map(labelOf);
}

/** {@link Catalogue.votes}. */
export async function votesOf(
  db: Kysely<Tables>,
  items: readonly number[],
  tree: string,
): Promise<ReadonlyMap<number, Readonly<Record<string, number>>>> {
  const rows = await db
    .selectFrom('votes')
    .select(['item', 'question', 'share'])
    .where('tree', '=', storedText(tree))
    .where(sql<boolean>`item ${among(db, 'whole', items)}`)
    .orderBy('item')
    .orderBy('question')
    .execute();
  const shares = new Map<number, [string, number][]>();
  for (const { item, question, share } of rows) {
    const known = shares.get(item);
    if (known) known.push([question, share]);
    else shares.set(item, [[question, share]]);
  }
  // Questions may have any name, `__proto__` too.
  return new Map([...shares].map(([item, entries]) => [item, Object.fromEntries(entries)]));
}

function unsaidLabels(said: readonly Label[], offered: readonly ItemLabel[]): readonly ItemLabel[] {
  const all = new Set(said.map(statementOf));
  const latest = new Map(said.map((label) => [authorOf(label), statementOf(label)]));
  return offered.filter((label) => {
    const statement = statementOf(label);
    const isSaid = label.origin === 'person' ? latest.get(authorOf(label)) === statement : all.has(statement);
    all.add(statement);
    latest.set(authorOf(label), statement);
    return !isSaid;
  });
}

async function standingLabels(db: Kysely<Tables>, items: readonly number[]): Promise<readonly Label[]> {
  return (await labelsOf(db, items)).filter(({ retractedAt }) => retractedAt === undefined);
}

async function presentItems(db: Kysely<Tables>, labels: readonly ItemLabel[]): Promise<readonly number[]> {
  const items = [...new Set(labels.map(({ item }) => item))];
  const wrong = items.find((item) => !Number.isSafeInteger(item));
  const rows =
    wrong === undefined
      ? await db
          .selectFrom('items')
          .select('id')
          .where(sql<boolean>`id ${among(db, 'whole', items)}`)
          .execute()
      : [];
  const present = new Set(rows.map(({ id }) => id));
  const absent = wrong ?? items.find((item) => !present.has(item));
  if (absent === undefined) return items;
  throw new MessierError(
    'catalogue/item-absent',
    `A label is of an item of this catalogue; there is no item ${absent}. Take ids from find; another catalogue has others. No label was added.`,
  );
}

/** Now, or where a clock was set back, the time of the latest statement: what is said next is never older. */
function timeAfter(said: readonly Label[]): string {
  return said.reduce((latest, { at }) => (at > latest ? at : latest), new Date().toISOString());
}

const authorOf = ({ item, origin, by }: Pick<ItemLabel, 'item' | 'origin' | 'by'>): string => `${item}\0${origin}\0${by}`;

const statementOf = (label: ItemLabel): string =>
  `${authorOf(label)}\0${label.kind}\0${label.class ?? ''}\0${label.confidence ?? ''}`;
