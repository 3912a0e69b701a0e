import type { Kysely } from 'kysely';
import { insertRows } from './bulk.js';
import { write } from './dialect.js';
import { catalogueLimits, checkedName } from './new-item.js';
import type { Tables } from './tables.js';
import { storedText } from './texts.js';
import type { Refusal } from './types.js';

/** Characters that are kept of a reason. */
const mostReason = 2_000;

const columns = { source: 'text', source_id: 'text', code: 'text', reason: 'text', at: 'text' } as const;

/** Notes why a source's offers were left out; of a name that was refused before, the new reason stands. */
export async function refuseNames(db: Kysely<Tables>, refusals: readonly Omit<Refusal, 'at'>[]): Promise<void> {
  const at = new Date().toISOString();
  const rows = new Map<string, readonly string[]>();
  for (const { source, sourceId, code, reason } of refusals) {
    const name = checkedName(source, 'The name of a source');
    const id = checkedName(sourceId, "A source's name for a picture", catalogueLimits.sourceId);
    const kept = storedText(reason.slice(0, mostReason));
    rows.set(`${name}\0${id}`, [name, id, checkedName(code, 'The code of a refusal'), kept, at]);
  }
  if (rows.size === 0) return;
  await write(db, async (transaction) => {
    await insertRows(transaction, 'refusals', columns, [...rows.values()], { replace: ['source', 'source_id'] });
  });
}

/** In the order of their names. */
export async function listRefusals(db: Kysely<Tables>, source?: string): Promise<readonly Refusal[]> {
  let query = db.selectFrom('refusals').selectAll().orderBy('source').orderBy('source_id');
  if (source !== undefined) query = query.where('source', '=', storedText(source));
  const rows = await query.execute();
  return rows.map(({ source_id, source: name, code, reason, at }) => ({ source: name, sourceId: source_id, code, reason, at }));
}

/** How many were forgotten. */
export async function forgetRefusals(db: Kysely<Tables>, source: string): Promise<number> {
  return await write(db, async (transaction) => {
    const { numDeletedRows } = await transaction
      .deleteFrom('refusals')
      .where('source', '=', storedText(source))
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  });
}
