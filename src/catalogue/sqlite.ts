import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import { MessierError } from '../core/errors.js';
import { codeOf, sqliteError } from './database-errors.js';
import { Turns } from './turns.js';

/** Prepared statements that are kept: those of bulk inserts are long. */
const mostPrepared = 50;

/** What libsql binds without ending the process. */
type Bound = null | number | bigint | string;

/**
 * An SQLite file through libsql.
 *
 * Several processes, and several connections of one process, may use it at once: the file is in WAL mode, so that readers and the one writer don't wait
 * for each other, and a transaction takes the right to write when it begins (`begin immediate`), so that none fails halfway. Who finds the file
 * busy asks again after short, random pauses in which the event loop goes on; after `busyMs` it gives up with `catalogue/busy`.
 *
 * Synchronous is FULL: a transaction that has ended is on the disk and survives a power cut, not only a killed process. What a source was asked for
 * once is then never asked for again, and at thousands of rows a transaction the one flush costs nothing that could be measured.
 */
export class LibsqlDialect implements Dialect {
  constructor(private readonly options: { readonly path: string; readonly busyMs: number }) {}
  createDriver = (): Driver => new LibsqlDriver(this.options);
  createQueryCompiler = (): SqliteQueryCompiler => new SqliteQueryCompiler();
  createAdapter = (): SqliteAdapter => new TransactionalSqliteAdapter();
  createIntrospector: Dialect['createIntrospector'] = (db) => new SqliteIntrospector(db);
}

/** Migrations in transactions: two processes that bring the same file forward take turns. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class LibsqlDriver implements Driver {
  private readonly turns = new Turns();
  private connection: LibsqlConnection | undefined;

  constructor(private readonly options: { readonly path: string; readonly busyMs: number }) {}

  async init(): Promise<void> {
    const { path, busyMs } = this.options;
    let database: Database.Database;
    try {
      database = new Database(path);
    } catch (error) {
      throw sqliteError(error, path);
    }
    this.connection = new LibsqlConnection(database, path, busyMs);
    try {
      // Cheap ones only: the file stays as it is until its version is known.
      await this.connection.run('pragma busy_timeout = 0');
      await this.connection.run('pragma foreign_keys = on');
      await this.connection.run('pragma synchronous = full');
      // KiB at most. The index of a million hashes, which are read and written everywhere, has 110 MiB.
      await this.connection.run('pragma cache_size = -196608');
      await this.connection.run('pragma temp_store = memory');
      // Pages that one transaction after the other changes are written back once for several of them.
      await this.connection.run('pragma wal_autocheckpoint = 10000');
    } catch (error) {
      database.close();
      throw error;
    }
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.turns.take();
    return own(this.connection);
  }

  async beginTransaction(connection: DatabaseConnection, { accessMode }: TransactionSettings): Promise<void> {
    await own(connection).control(accessMode === 'read only' ? 'begin' : 'begin immediate');
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await own(connection).control('commit');
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // A full disk has ended the transaction already.
    if (own(connection).inTransaction) await own(connection).control('rollback');
  }

  releaseConnection(): Promise<void> {
    this.turns.pass();
    return Promise.resolve();
  }

  async destroy(): Promise<void> {
    await this.turns.take();
    this.connection?.close();
    this.connection = undefined;
    this.turns.pass();
  }
}

class LibsqlConnection implements DatabaseConnection {
  private readonly prepared = new Map<string, Database.Statement>();

  constructor(
    private readonly database: Database.Database,
    private readonly path: string,
    private readonly busyMs: number,
  ) {}

  get inTransaction(): boolean {
    return this.database.inTransaction;
  }

  close(): void {
    this.database.close();
  }

  /** Beginning and end of a transaction. A prepared statement that found the file busy would keep its old view of the file, and so be refused for good. */
  async control(statement: 'begin' | 'begin immediate' | 'commit' | 'rollback'): Promise<void> {
    await this.patiently(() => this.database.exec(statement));
  }

  async run(statement: string): Promise<void> {
    await this.executeQuery(CompiledQuery.raw(statement));
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const bound = parameters.map(bindable);
    return await this.patiently(() => this.execute<R>(sql, bound));
  }

  private async patiently<T>(work: () => T): Promise<T> {
    const end = Date.now() + this.busyMs;
    for (;;) {
      try {
        return work();
      } catch (error) {
        const mayWait = codeOf(error).startsWith('SQLITE_BUSY') && Date.now() < end;
        // Within a transaction nothing waits for others any more, and a statement alone has changed nothing yet.
        if (!mayWait) throw sqliteError(error, this.path);
        await sleep(1 + 20 * Math.random());
      }
    }
  }

  /** Rows come in pages by id here, so that no open cursor holds the file. */
  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new MessierError('catalogue/stream', 'Queries are not streamed. Read page by page, by id.');
  }

  private execute<R>(sql: string, bound: Bound[]): QueryResult<R> {
    const statement = this.prepared.get(sql) ?? this.database.prepare(sql);
    // Kept before it runs: one that finds the file busy is begun anew by running it again. The oldest makes room.
    this.prepared.delete(sql);
    this.prepared.set(sql, statement);
    const [oldest] = this.prepared.keys();
    if (this.prepared.size > mostPrepared && oldest !== undefined) this.prepared.delete(oldest);
    return run<R>(statement, bound);
  }
}

function own(connection: DatabaseConnection | undefined): LibsqlConnection {
  if (connection instanceof LibsqlConnection) return connection;
  throw new MessierError('catalogue/value', 'This connection is not one of SQLite.');
}

function run<R>(statement: Database.Statement, bound: Bound[]): QueryResult<R> {
  if (statement.reader) return { rows: statement.all(bound) as R[] };
  const { changes } = statement.run(bound);
  return { rows: [], numAffectedRows: BigInt(changes) };
}

/** libsql ends the process on a boolean, on undefined and on bytes. */
function bindable(value: unknown): Bound {
  if (value === null || typeof value === 'string' || typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new MessierError('catalogue/value', `SQLite is given null, finite numbers and texts, ${typeof value} received.`);
}
