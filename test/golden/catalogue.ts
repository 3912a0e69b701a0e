/**
 * Writes the dump of a small catalogue of the schema that this program has, for both databases: `npx tsx test/golden/catalogue.ts`. To be run once, when
 * a schema is about to be released: `test/contract/catalogue-schemas.test.ts` brings every dump forward.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import type { CatalogueOptions } from '../../src/catalogue/database.js';
import { migrations } from '../../src/catalogue/migrations/index.js';
import { openCatalogue } from '../../src/catalogue/open.js';
import { fts5Text, searchWords } from '../../src/catalogue/search-words.js';
import { newItem, newLabel } from '../support/catalogue-items.js';
import { findPostgres, startPostgres } from '../support/postgres.js';

const schema = Object.keys(migrations).at(-1) ?? '';
const folder = await mkdtemp(join(tmpdir(), 'messier-golden-'));
const file = (kind: string): URL => new URL(`catalogue-${schema}.${kind}.sql`, import.meta.url);

async function fill(options: CatalogueOptions): Promise<void> {
  const catalogue = await openCatalogue(options);
  await catalogue.add([
    newItem('halley', {
      title: "Halley's Comet",
      description: 'Its dust tail,\nseen from a spacecraft',
      keywords: ['comet', 'tail "dust"'],
      date: '1986-03-14',
      url: 'https://example.org/halley.jpg',
      labels: [newLabel('comet')],
      votes: { tree: 'tree', shares: { smooth: 0.25, bar: 0.75 } },
    }),
    newItem('vega', { source: 'other', title: 'Vega', labels: [newLabel('star'), newLabel('galaxy', { origin: 'keyword' })] }),
    newItem('diagram', { title: 'A diagram' }),
  ]);
  await catalogue.label([
    { ...newLabel(undefined, { kind: 'drop', origin: 'person', by: 'ann' }), item: 3 },
    { ...newLabel('planet', { origin: 'person', by: 'ann' }), item: 2 },
  ]);
  await catalogue.retract([2], 'ann');
  await catalogue.refuse([{ source: 'test', sourceId: 'broken', code: 'picture/broken', reason: 'No picture.' }]);
  await catalogue.addToDataset('pair', [1, 2], 'Two of them');
  await catalogue.recordSplit({ hash: 'f'.repeat(64), data: 'catalogue:pair', manifest: '{}\n' });
  await catalogue.recordRun({
    id: 'run',
    data: 'catalogue:pair',
    split: undefined,
    folder: 'runs/run',
    recipe: 'model: x\n',
    figures: { accuracy: 0.5 },
  });
  await catalogue.recordModel({ hash: 'e'.repeat(64), run: 'run', path: 'm.onnx', architecture: 'x', classes: ['comet', 'star'] });
  await catalogue.close();
}

/** Tables, rows, then what the rows must not set off. What the search's table holds can't be read back: its words are made again. */
function sqliteDump(path: string): string {
  const db = new Database(path);
  const rows = (query: string) => db.prepare(query).all([]) as Record<string, string | number | null>[];
  const parts = rows(`select type, name, sql from sqlite_master where sql is not null and name not like 'item\\_words\\_%' escape '\\'`);
  const literal = (value: string | number | null): string =>
    typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
  const inserts = parts
    .filter(({ type, name }) => type === 'table' && name !== 'item_words')
    .flatMap(({ name }) =>
      rows(`select * from ${String(name)}`).map((row) => `insert into ${String(name)} values (${Object.values(row).map(literal).join(', ')});`),
    );
  const words = rows('select id, title, description, keywords from items').map(({ id, title, description, keywords }) => {
    const all = searchWords(String(title), String(description), ...(JSON.parse(String(keywords)) as string[]));
    return `insert into item_words (rowid, words) values (${id ?? 0}, ${literal(fts5Text(all))});`;
  });
  const statements = (isTable: boolean): string[] => parts.filter(({ type }) => (type === 'table') === isTable).map(({ sql }) => `${String(sql)};`);
  db.close();
  return `${[...statements(true), ...inserts, ...words, ...statements(false)].join('\n')}\n`;
}

try {
  await fill({ url: '', home: folder });
  await writeFile(file('sqlite'), sqliteDump(join(folder, 'catalogue.sqlite')));
  const binaries = findPostgres();
  if (binaries === undefined) throw new Error('The dump of PostgreSQL needs a PostgreSQL server.');
  const server = await startPostgres(binaries);
  try {
    const url = await server.createDatabase();
    await fill({ url });
    const dump = execFileSync(join(binaries, 'pg_dump'), ['--inserts', '--no-owner', '--no-privileges', url], { encoding: 'utf8' });
    // Without comments, which name versions, and commands of psql alone.
    const kept = dump.split('\n').filter((line) => line !== '' && !/^(?:--|\\)/.test(line));
    await writeFile(file('postgres'), `${kept.join('\n')}\n`);
  } finally {
    await server.stop();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
