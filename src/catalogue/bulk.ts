import { sql, type Kysely, type RawBuilder } from 'kysely';
import { isPostgres } from './dialect.js';
import type { Tables } from './tables.js';

/** What a column of {@link insertRows} holds; `words` are the stems of the text search. */
export type ColumnKind = 'whole' | 'real' | 'text' | 'words';
export type Cell = string | number | null;

const postgresTypes: Readonly<Record<ColumnKind, string>> = {
  whole: 'bigint',
  real: 'double precision',
  text: 'text',
  words: 'text',
};

/** Characters of JSON that one statement is given. */
const mostCharacters = 2 ** 23;

/** `in (...)` for any number of values: `where id ${among(db, 'whole', ids)}`. */
export function among(db: Kysely<Tables>, kind: 'whole' | 'text', values: readonly Cell[]): RawBuilder<boolean> {
  if (isPostgres(db)) return sql`= any(${values}::${sql.raw(postgresTypes[kind])}[])`;
  return sql`in (select value from json_each(${JSON.stringify(values)}))`;
}

/**
 * Many rows into one table, in their order: a table of columns and what they hold, and rows of cells in the order of the columns. Rows whose key is
 * taken are an error, or left out, or replace the rest of the row that is there.
 */
export async function insertRows(
  db: Kysely<Tables>,
  table: string,
  columns: Readonly<Record<string, ColumnKind>>,
  rows: readonly (readonly Cell[])[],
  taken: 'fail' | 'skip' | { readonly replace: readonly string[] } = 'fail',
): Promise<void> {
  const names = Object.keys(columns);
  const target = sql`${sql.table(table)} (${sql.join(names.map((name) => sql.ref(name)))})`;
  const conflict =
    typeof taken === 'object' ? replacing(names, taken.replace) : sql.raw(taken === 'skip' ? 'on conflict do nothing' : '');
  for (const json of pieces(rows)) await sql`insert into ${target} ${selection(db, columns, json)} ${conflict}`.execute(db);
}

function replacing(names: readonly string[], key: readonly string[]): RawBuilder<unknown> {
  const others = names
    .filter((name) => !key.includes(name))
    .map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`);
  return sql`on conflict (${sql.join(key.map((name) => sql.ref(name)))}) do update set ${sql.join(others)}`;
}

/** Rows of cells as a selection with the columns of {@link insertRows}. `where true`: SQLite reads `on conflict` as part of a join otherwise. */
function selection(db: Kysely<Tables>, columns: Readonly<Record<string, ColumnKind>>, json: string): RawBuilder<unknown> {
  const kinds = Object.values(columns);
  if (!isPostgres(db)) {
    const cells = kinds.map((_, index) => sql`value ->> ${sql.lit(index)}`);
    return sql`select ${sql.join(cells)} from json_each(${json}) where true`;
  }
  const cells = kinds.map((kind, index) =>
    sql.raw(kind === 'words' ? `(row ->> ${index})::tsvector` : `(row ->> ${index})::${postgresTypes[kind]}`),
  );
  return sql`select ${sql.join(cells)} from json_array_elements(${json}::json) as rows (row)`;
}

/** Rows as JSON arrays of a bounded size. */
function* pieces(rows: readonly (readonly Cell[])[]): Generator<string> {
  let piece: string[] = [];
  let characters = 0;
  for (const row of rows) {
    const json = JSON.stringify(row);
    if (piece.length > 0 && characters + json.length > mostCharacters) {
      yield `[${piece.join(',')}]`;
      piece = [];
      characters = 0;
    }
    piece.push(json);
    characters += json.length + 1;
  }
  if (piece.length > 0) yield `[${piece.join(',')}]`;
}
