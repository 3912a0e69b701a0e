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

/**
 * Many rows into one table, in their order: its columns and what they hold, and rows of cells in the order of the columns. While a server stores some, the next
 * are made.
 */
export async function insertRows(
  db: Kysely<Tables>,
  table: string,
  columns: Readonly<Record<string, ColumnKind>>,
  rows: Iterable<readonly Cell[]>,
  taken: Taken = 'fail',
): Promise<void> {
  const names = Object.keys(columns).map(quoted);
  const insert = `insert into ${quoted(table)} (${names.join(', ')})`;
  const end = onConflict(Object.keys(columns), taken);
  if (isPostgres(db)) {
    const cells = Object.values(columns).map((kind, index) => `(row ->> ${index})::${postgresTypes[kind]}`);
    // jsonb, which is read once: of json every cell would be looked for from the row's beginning.
    const statement = `${insert} select ${cells.join(', ')} from jsonb_array_elements($1::jsonb) as rows (row) ${end}`;
    let stored: Promise<unknown> = Promise.resolve();
    for (const piece of pieces(rows, limits.characters, sizeOf)) {
      const json = JSON.stringify(piece);
      await stored;
      stored = db.executeQuery(CompiledQuery.raw(statement, [json]));
    }
    await stored;
    return;
  }
  const row = `(${names.map(() => '?').join(', ')})`;
  for (const some of pieces(rows, limits.bound, (cells) => cells.length)) {
    const statement = `${insert} values ${Array.from(some, () => row).join(', ')} ${end}`;
    await db.executeQuery(CompiledQuery.raw(statement, some.flat()));
  }
}

function onConflict(names: readonly string[], taken: Taken): string {
  if (taken === 'fail') return '';
  if (taken === 'skip') return 'on conflict do nothing';
  const others = names
    .filter((name) => !taken.replace.includes(name))
    .map((name) => `${quoted(name)} = excluded.${quoted(name)}`);
  return `on conflict (${taken.replace.map(quoted).join(', ')}) do update set ${others.join(', ')}`;
}

/** Names of tables and columns of this program's own. */
const quoted = (name: string): string => `"${name}"`;

/** Characters of a row as JSON, nearly. */
const sizeOf = (row: readonly Cell[]): number =>
  row.reduce<number>((sum, cell) => sum + (typeof cell === 'string' ? cell.length : 8), 0);

/** Rows in pieces of a bounded size, of at least one row. */
function* pieces(
  rows: Iterable<readonly Cell[]>,
  most: number,
  size: (row: readonly Cell[]) => number,
): Generator<readonly (readonly Cell[])[]> {
  let piece: (readonly Cell[])[] = [];
  let total = 0;
  for (const row of rows) {
    const more = size(row);
    if (piece.length > 0 && total + more > most) {
      yield piece;
      piece = [];
      total = 0;
    }
    piece.push(row);
    total += more;
  }
  if (piece.length > 0) yield piece;
}
