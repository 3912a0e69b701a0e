import { resolve } from 'node:path';
import { Kysely, sql } from 'kysely';
import { MessierError } from '../core/errors.js';
import { messierHome } from '../formats/home.js';
import { migrate } from './migrate.js';
import { PgDialect } from './postgres.js';
import { LibsqlDialect } from './sqlite.js';
import type { Tables } from './tables.js';
import { makeFolders } from '../formats/make-folders.js';

/** Where a catalogue lies. */
export interface CatalogueOptions {
  /** `postgres://user:password@host/name`; DATABASE_URL unless told. '' for SQLite whatever DATABASE_URL says. */
  readonly url?: string | undefined;
  /** The folder of `catalogue.sqlite`, made where it is missing; `messierHome()` unless told. */
  readonly home?: string | undefined;
  /** How long to wait for others that write; 60,000 unless told. */
  readonly busyMs?: number | undefined;
}

export interface CatalogueDatabase {
  readonly db: Kysely<Tables>;
  /** For people, without a password. */
  readonly location: string;
  readonly close: () => Promise<void>;
}

/**
 * Opens the database of a catalogue and brings it to this program's schema.
 *
 * @throws MessierError `catalogue/url`, `catalogue/unreachable`, `catalogue/login`, `catalogue/not-opened`, `catalogue/not-a-database`,
 * `catalogue/foreign`, `catalogue/newer`, `catalogue/read-only`, `catalogue/corrupt`, `catalogue/full`, `catalogue/busy`.
 */
export async function openDatabase(options: CatalogueOptions = {}): Promise<CatalogueDatabase> {
  const { url = process.env['DATABASE_URL'] ?? '', busyMs = 60_000 } = options;
  const { db, location } = url === '' ? await sqlite(options.home ?? messierHome(), busyMs) : postgres(url, busyMs);
  try {
    await migrate(db, location);
    // Stays in the file; after the migration, so that a file that is refused was not touched.
    if (url === '') await sql`pragma journal_mode = wal`.execute(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return { db, location, close: () => db.destroy() };
}

async function sqlite(home: string, busyMs: number): Promise<Pick<CatalogueDatabase, 'db' | 'location'>> {
  const location = resolve(home, 'catalogue.sqlite');
  try {
    await makeFolders(resolve(home));
  } catch (error) {
    throw new MessierError('catalogue/not-opened', `${home}: this folder cannot be made. Give another MESSIER_HOME.`, {
      cause: error,
    });
  }
  return { db: new Kysely<Tables>({ dialect: new LibsqlDialect({ path: location, busyMs }) }), location };
}

function postgres(url: string, busyMs: number): Pick<CatalogueDatabase, 'db' | 'location'> {
  const location = withoutPassword(url);
  return { db: new Kysely<Tables>({ dialect: new PgDialect({ url, location, busyMs }) }), location };
}

/** A database's address as it may be shown: `postgres://host:5433/name`. */
function withoutPassword(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^postgres(?:ql)?:$/.test(parsed.protocol)) {
    throw new MessierError(
      'catalogue/url',
      'DATABASE_URL has the form postgres://user:password@host:5432/name; what was given has another one (not shown: it may hold a password). Signs other than letters and digits in a password are written as %XX. For SQLite leave it empty.',
    );
  }
  return `postgres://${parsed.host === '' ? (parsed.searchParams.get('host') ?? 'localhost') : parsed.host}${parsed.pathname}`;
}
