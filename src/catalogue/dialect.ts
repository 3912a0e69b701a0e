import { PostgresAdapter, sql, type Kysely, type Transaction } from 'kysely';
import type { Tables } from './tables.js';

/** Which of the two databases this is, where their SQL differs. */
export const isPostgres = (db: Pick<Kysely<Tables>, 'getExecutor'>): boolean =>
  db.getExecutor().adapter instanceof PostgresAdapter;

/** Of the lock that whoever writes to a catalogue in PostgreSQL holds: "messier" in ASCII. */
const writersLock = '30792318993393010';

/**
 * A transaction that writes: whole or not at all, and one after the other over all processes, so that ids grow in the order of arrival, what was
 * looked up stays true until it is used, and no two writers wait for each other.
 */
export function write<T>(db: Kysely<Tables>, work: (db: Transaction<Tables>) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (transaction) => {
    // SQLite's transactions begin with the only right to write.
    if (isPostgres(transaction)) {
      // Writers look single rows up, thousands at once; from statistics that lag behind a growing table the planner would rather read all of it, each time.
      await sql`select pg_advisory_xact_lock(${sql.lit(writersLock)}::bigint), set_config('enable_seqscan', 'off', true)`.execute(
        transaction,
      );
    }
    return await work(transaction);
  });
}
