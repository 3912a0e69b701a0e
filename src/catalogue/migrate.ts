import { Migrator, sql, type Kysely } from 'kysely';
import { MessierError } from '../core/errors.js';
import { isPostgres } from './dialect.js';
import { migrations } from './migrations/index.js';
import type { Tables } from './tables.js';

const executedTable = 'messier_migrations';

/**
 * Brings a database forward to the schema of this program, one process at a time; a current one is left as it is.
 *
 * @throws MessierError `catalogue/newer` where a newer program has brought it further, and `catalogue/foreign` where its tables are another program's;
 * nothing was changed then.
 */
export async function migrate(db: Kysely<Tables>, location: string): Promise<void> {
  const executed = await executedMigrations(db, location);
  if (executed.length === Object.keys(migrations).length) return;
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
    migrationTableName: executedTable,
    migrationLockTableName: `${executedTable}_lock`,
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  // Another process, of a newer program, may have been faster.
  await executedMigrations(db, location);
  throw error instanceof Error ? error : new Error('The migration failed.', { cause: error });
}

/** Names of the migrations that a database has seen, after refusing what is not ours to touch. */
async function executedMigrations(db: Kysely<Tables>, location: string): Promise<readonly string[]> {
  const tables = await tableNames(db);
  if (!tables.includes(executedTable)) {
    if (tables.includes('items') || (!isPostgres(db) && tables.some((name) => !name.startsWith(executedTable)))) {
      throw new MessierError(
        'catalogue/foreign',
        `${location}: this database has tables of another program: ${tables.slice(0, 5).join(', ')}. Give Messier a database of its own.`,
      );
    }
    return [];
  }
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(executedTable)} order by name`.execute(db);
  const executed = rows.map(({ name }) => name);
  const unknown = executed.filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length > 0) {
    throw new MessierError(
      'catalogue/newer',
      `${location}: a newer Messier has changed this catalogue (${unknown.join(', ')}). Update Messier, or open another catalogue; nothing was touched.`,
    );
  }
  return executed;
}

async function tableNames(db: Kysely<Tables>): Promise<readonly string[]> {
  const { rows } = isPostgres(db)
    ? await sql<{ name: string }>`select tablename as name from pg_tables where schemaname = current_schema() order by 1`.execute(
        db,
      )
    : await sql<{ name: string }>`select name from sqlite_master where type = 'table' order by 1`.execute(db);
  return rows.map(({ name }) => name);
}
