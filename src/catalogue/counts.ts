import { sql, type Kysely } from 'kysely';
import { condition, conditionsOf } from './query.js';
import type { Tables } from './tables.js';
import type { ItemCount, ItemQuery } from './types.js';

/** {@link Catalogue.count}: from `item_counts`, where only class, source and review are asked. */
export async function count(db: Kysely<Tables>, query: ItemQuery): Promise<number> {
  const { kinds, dates, dataset, text } = conditionsOf(db, query);
  const isKept = !dates && !dataset && !text;
  const counted = isKept
    ? sql<{ items: number }>`select coalesce(sum(items), 0) as items from item_counts where ${kinds ?? sql`1 = 1`}`
    : sql<{ items: number }>`select count(*) as items from items where ${condition({ kinds, dates, dataset, text })}`;
  return (await counted.execute(db)).rows[0]?.items ?? 0;
}

/** {@link Catalogue.counts}: from `item_counts`, where only class, source and review are asked. Equal ones in the order of their names. */
export async function counts(db: Kysely<Tables>, query: ItemQuery = {}): Promise<readonly ItemCount[]> {
  const { kinds, dates, dataset, text } = conditionsOf(db, query);
  const isKept = !dates && !dataset && !text;
  const counted = isKept
    ? sql<ItemCount>`select source, class, review, items from item_counts where items > 0 and ${kinds ?? sql`1 = 1`}`
    : sql<ItemCount>`select source, class, review, count(*) as items from items
        where ${condition({ kinds, dates, dataset, text })} group by source, class, review`;
  const { rows } = await sql<ItemCount>`${counted} order by items desc, source, class, review`.execute(db);
  return rows.map((row) => ({ source: row.source, class: row.class, review: row.review, items: row.items }));
}
