import { sql, type Kysely } from 'kysely';
import { among } from './bulk.js';
import type { Tables } from './tables.js';
import { storedText } from './texts.js';

/** Names of a source that are asked for by one statement. */
const namesAtOnce = 10_000;

/** Which of a source's names stand for an item (the youngest, where the content changed) and which were refused. Names are as they were asked for. */
export async function knownNames(
  db: Kysely<Tables>,
  source: string,
  sourceIds: readonly string[],
): Promise<ReadonlyMap<string, number | 'refused'>> {
  const stored = new Map<string, number | 'refused'>();
  const asked = [...new Set(sourceIds.map(storedText))];
  for (let start = 0; start < asked.length; start += namesAtOnce) {
    const some = sql<boolean>`source_id ${among(db, 'text', asked.slice(start, start + namesAtOnce))}`;
    const refusals = db.selectFrom('refusals').select('source_id').where('source', '=', storedText(source)).where(some);
    for (const row of await refusals.execute()) stored.set(row.source_id, 'refused');
    const items = db
      .selectFrom('origins')
      .select(({ fn }) => ['source_id', fn.max('item').as('item')])
      .where('source', '=', storedText(source))
      .where(some)
      .groupBy('source_id');
    for (const row of await items.execute()) stored.set(row.source_id, row.item);
  }
  const known = new Map<string, number | 'refused'>();
  for (const name of sourceIds) {
    const what = stored.get(storedText(name));
    if (what !== undefined) known.set(name, what);
  }
  return known;
}
