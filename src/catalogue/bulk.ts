import { CompiledQuery, sql, type Kysely, type RawBuilder } from 'kysely';
import { isPostgres } from './dialect.js';
import type { Tables } from './tables.js';

/** What a column of {@link insertRows} holds; `words` are the stems of the text search. */
export type ColumnKind = 'whole' | 'real' | 'text' | 'words';
export type Cell = string | number | null;

/** What becomes of a row whose key is taken: an error, left out, or its other cells replace those that are there. */
export type Taken = 'fail' | 'skip' | { readonly replace: readonly string[] };

const limits = {
  /** Values bound to one statement of SQLite: rows as parameters cost half of what rows as JSON do, and no more than these gains nothing. */
  bound: 2_000,
  /** Characters of JSON in one statement of PostgreSQL. */
  characters: 2 ** 20,
} as const;

const postgresTypes: Readonly<Record<ColumnKind, string>> = {
  whole: 'bigint',
  real: 'double precision',
  text: 'text',
  words: 'tsvector',
};

/** `in (...)` for any number of values: `where id ${among(db, 'whole', ids)}`. */
export function among(db: Kysely<Tables>, kind: 'whole' | 'text', values: readonly Cell[]): RawBuilder<boolean> {
  if (isPostgres(db)) return sql`= any(${values}::${sql.raw(postgresTypes[kind])}[])`;
  return sql`in (select value from json_each(${JSON.stringify(values)}))`;
}

/** Rows for one table: its columns and what they hold, and cells in the order of the columns. */
export interface Insert {
  readonly table: string;
  readonly columns: Readonly<Record<string, ColumnKind>>;
  readonly rows: Iterable<readonly Cell[]>;
  readonly taken?: Taken;
}

/** Many rows into one table, in their order. */
export async function insertRows(
  db: Kysely<Tables>,
  table: string,
  columns: Readonly<Record<string, ColumnKind>>,
  rows: Iterable<readonly Cell[]>,
  taken: Taken = 'fail',
): Promise<void> {
  if (!isPostgres(db)) await insertBound(db, { table, columns, rows, taken });
  else await insertJson(db, inPieces({ table, columns, rows, taken }));
}

/**
 * Groups of rows for several tables, group by group and table by table. PostgreSQL is given a group as one statement, and while it stores one, the rows of the
 * next are made: groups of about a thousand rows keep both at work.
 */
export async function insertGroups(db: Kysely<Tables>, groups: Iterable<readonly Insert[]>): Promise<void> {
  if (isPostgres(db)) await insertJson(db, groups);
  else for (const group of groups) for (const insert of group) await insertBound(db, insert);
}

async function insertJson(db: Kysely<Tables>, groups: Iterable<readonly Insert[]>): Promise<void> {
  let stored: Promise<unknown> = Promise.resolve();
  for (const group of groups) {
    const filled = group.map((insert) => ({ insert, rows: [...insert.rows] })).filter(({ rows }) => rows.length > 0);
    if (filled.length === 0) continue;
    const statements = filled.map(({ insert }, index) => jsonStatement(insert, index + 1));
    const last = statements.pop() ?? '';
    const before = statements.map((statement, index) => `part${index} as (${statement})`);
    const json = filled.map(({ rows }) => JSON.stringify(rows));
    await stored;
    stored = db.executeQuery(CompiledQuery.raw(before.length === 0 ? last : `with ${before.join(', ')} ${last}`, json));
    // Told to whoever waits for it next, and to nobody where making the rows fails first.
    stored.catch(() => undefined);
  }
  await stored;
}

/** Takes the rows from a parameter, as jsonb, which is read once: of json every cell would be looked for from the row's beginning. */
function jsonStatement({ table, columns, taken = 'fail' }: Insert, parameter: number): string {
  const cells = Object.values(columns).map((kind, index) => `(row ->> ${index})::${postgresTypes[kind]}`);
  const rows = `jsonb_array_elements($${parameter}::jsonb) as rows (row)`;
  return `${insertInto(table, columns)} select ${cells.join(', ')} from ${rows} ${onConflict(columns, taken)}`;
}

async function insertBound(db: Kysely<Tables>, { table, columns, rows, taken = 'fail' }: Insert): Promise<void> {
  const width = Object.keys(columns).length;
  const row = `(${Array.from({ length: width }, () => '?').join(', ')})`;
  const statement = (count: number): string =>
    `${insertInto(table, columns)} values ${Array.from({ length: count }, () => row).join(', ')} ${onConflict(columns, taken)}`;
  const most = Math.floor(limits.bound / width);
  const full = statement(most);
  let bound: Cell[] = [];
  for (const cells of rows) {
    for (const cell of cells) bound.push(cell);
    if (bound.length < most * width) continue;
    await db.executeQuery(CompiledQuery.raw(full, bound));
    bound = [];
  }
  if (bound.length > 0) await db.executeQuery(CompiledQuery.raw(statement(bound.length / width), bound));
}

function insertInto(table: string, columns: Insert['columns']): string {
  return `insert into ${quoted(table)} (${Object.keys(columns).map(quoted).join(', ')})`;
}

function onConflict(columns: Insert['columns'], taken: Taken): string {
  if (taken === 'fail') return '';
  if (taken === 'skip') return 'on conflict do nothing';
  const others = Object.keys(columns)
    .filter((name) => !taken.replace.includes(name))
    .map((name) => `${quoted(name)} = excluded.${quoted(name)}`);
  return `on conflict (${taken.replace.map(quoted).join(', ')}) do update set ${others.join(', ')}`;
}

/** Names of tables and columns of this program's own. */
const quoted = (name: string): string => `"${name}"`;

/** Characters of a row as JSON, nearly. */
const sizeOf = (row: readonly Cell[]): number =>
  row.reduce<number>((sum, cell) => sum + (typeof cell === 'string' ? cell.length : 8), 0);

/** Rows of bounded size together, at least one. */
function* inPieces(insert: Insert): Generator<readonly Insert[]> {
  let rows: (readonly Cell[])[] = [];
  let total = 0;
  for (const row of insert.rows) {
    const more = sizeOf(row);
    if (rows.length > 0 && total + more > limits.characters) {
      yield [{ ...insert, rows }];
      rows = [];
      total = 0;
    }
    rows.push(row);
    total += more;
  }
  if (rows.length > 0) yield [{ ...insert, rows }];
}
