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
  characters: 2 ** 23,
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

/** Many rows into one table, in their order: its columns and what they hold, and rows of cells in the order of the columns. */
export async function insertRows(
  db: Kysely<Tables>,
  table: string,
  columns: Readonly<Record<string, ColumnKind>>,
  rows: readonly (readonly Cell[])[],
  taken: Taken = 'fail',
): Promise<void> {
  if (rows.length === 0) return;
  const names = Object.keys(columns).map(quoted);
  const insert = `insert into ${quoted(table)} (${names.join(', ')})`;
  const end = onConflict(Object.keys(columns), taken);
  if (isPostgres(db)) {
    const cells = Object.values(columns).map((kind, index) => `(row ->> ${index})::${postgresTypes[kind]}`);
    // jsonb, which is read once: of json every cell would be looked for from the row's beginning.
    const statement = `${insert} select ${cells.join(', ')} from jsonb_array_elements($1::jsonb) as rows (row) ${end}`;
    for (const json of pieces(rows)) await db.executeQuery(CompiledQuery.raw(statement, [json]));
    return;
  }
  const row = `(${names.map(() => '?').join(', ')})`;
  const atOnce = Math.floor(limits.bound / names.length);
  for (let start = 0; start < rows.length; start += atOnce) {
    const some = rows.slice(start, start + atOnce);
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

/** Rows as JSON of a bounded size. */
function* pieces(rows: readonly (readonly Cell[])[]): Generator<string> {
  let start = 0;
  let characters = 0;
  for (const [index, row] of rows.entries()) {
    const more = row.reduce<number>((sum, cell) => sum + (typeof cell === 'string' ? cell.length : 8), 0);
    if (index > start && characters + more > limits.characters) {
      yield JSON.stringify(rows.slice(start, index));
      start = index;
      characters = 0;
    }
    characters += more;
  }
  yield JSON.stringify(rows.slice(start));
}
