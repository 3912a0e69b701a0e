import {
  CompiledQuery,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import pg from 'pg';
import { MessierError } from '../core/errors.js';
import { postgresError } from './database-errors.js';

/** Seconds a server may take to accept a connection. */
const connectSeconds = 15;

/** 64-bit integers and exact decimals, of which counts and sums are made: the driver gives texts for them. */
const wholeNumbers: ReadonlySet<number> = new Set([pg.types.builtins.INT8, pg.types.builtins.NUMERIC]);

const types: pg.CustomTypesConfig = {
  getTypeParser: (id, format) =>
    wholeNumbers.has(id) ? Number : (pg.types.getTypeParser(id, format) as (text: string) => unknown),
};

export interface PgOptions {
  readonly url: string;
  /** The same without a password, for messages. */
  readonly location: string;
  readonly busyMs: number;
}

/** A PostgreSQL server, through a few connections that are opened when they are needed. */
export class PgDialect implements Dialect {
  constructor(private readonly options: PgOptions) {}
  createDriver = (): Driver => new PgDriver(this.options);
  createQueryCompiler = (): PostgresQueryCompiler => new PostgresQueryCompiler();
  createAdapter = (): PostgresAdapter => new PostgresAdapter();
  createIntrospector: Dialect['createIntrospector'] = (db) => new PostgresIntrospector(db);
}

class PgDriver implements Driver {
  private readonly pool: pg.Pool;
  private readonly prepared = new WeakSet<pg.PoolClient>();

  constructor(private readonly options: PgOptions) {
    this.pool = new pg.Pool({
      connectionString: options.url,
      types,
      max: 4,
      connectionTimeoutMillis: 1000 * connectSeconds,
      application_name: 'messier',
    });
    // A connection that ends while nothing is asked of it: the next question fails or gets another. Without a listener the process would end.
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  init = (): Promise<void> => Promise.resolve();

  async acquireConnection(): Promise<PgConnection> {
    let client: pg.PoolClient;
    try {
      client = await this.pool.connect();
    } catch (error) {
      throw postgresError(error, this.options.location);
    }
    const connection = new PgConnection(client, this.options.location);
    if (!this.prepared.has(client)) {
      // Queries here are short: compiling them would take longer than they do.
      const settings = `set lock_timeout = ${this.options.busyMs}; set client_min_messages = warning; set jit = off`;
      try {
        await connection.executeQuery(CompiledQuery.raw(settings));
      } catch (error) {
        // Not a connection of the pool's any more, which would wait for it when it is closed.
        client.release(true);
        throw error;
      }
      this.prepared.add(client);
    }
    return connection;
  }

  async beginTransaction(connection: DatabaseConnection, { accessMode, isolationLevel }: TransactionSettings): Promise<void> {
    const isolation = isolationLevel === undefined ? '' : ` isolation level ${isolationLevel}`;
    await connection.executeQuery(CompiledQuery.raw(`begin${isolation}${accessMode === undefined ? '' : ` ${accessMode}`}`));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    if (connection instanceof PgConnection) connection.release();
    return Promise.resolve();
  }

  async destroy(): Promise<void> {
    if (!this.pool.ending) await this.pool.end();
  }
}

class PgConnection implements DatabaseConnection {
  constructor(
    private readonly client: pg.PoolClient,
    private readonly location: string,
  ) {}

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const { rows, rowCount } = await this.client.query<R & pg.QueryResultRow>(sql, [...parameters]);
      return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
    } catch (error) {
      throw postgresError(error, this.location);
    }
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new MessierError('catalogue/stream', 'Queries are not streamed. Read page by page, by id.');
  }

  release(): void {
    this.client.release();
  }
}
