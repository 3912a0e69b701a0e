/** Every schema that was released is brought forward; what is newer or another program's is left alone. Errors of both databases. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import Database from 'libsql';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addItems } from '../../src/catalogue/add.js';
import { openDatabase } from '../../src/catalogue/database.js';
import { migrations } from '../../src/catalogue/migrations/index.js';
import { openCatalogue } from '../../src/catalogue/open.js';
import { newItem } from '../support/catalogue-items.js';
import { findPostgres, query, startPostgres, type PostgresServer } from '../support/postgres.js';

const golden = new URL('../golden/', import.meta.url);
const schemas = Object.keys(migrations);
const dumpOf = (schema: string, kind: string) => readFile(new URL(`catalogue-${schema}.${kind}.sql`, golden), 'utf8');
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

async function checkContents(options: { readonly url: string; readonly home?: string }): Promise<void> {
  const catalogue = await openCatalogue(options);
  const { items } = await catalogue.find({});
  expect(items.map(({ id, class: name, review }) => [id, name, review])).toEqual([
    [1, 'comet', 'open'],
    [2, 'galaxy', 'open'],
    [3, undefined, 'dropped'],
  ]);
  expect(items[0]).toMatchObject({ title: "Halley's Comet", date: '1986-03-14', keywords: ['comet', 'tail "dust"'] });
  expect((await catalogue.find({ text: '"dust tail" halley' })).items.map(({ id }) => id)).toEqual([1]);
  expect(await catalogue.votes([1], 'tree')).toEqual(new Map([[1, { smooth: 0.25, bar: 0.75 }]]));
  expect((await catalogue.labels([1, 2, 3])).map(({ by, retractedAt }) => [by, retractedAt === undefined])).toContainEqual([
    'ann',
    false,
  ]);
  expect(await catalogue.known('test', ['halley', 'broken'])).toEqual(
    new Map<string, number | 'refused'>([
      ['halley', 1],
      ['broken', 'refused'],
    ]),
  );
  expect(await catalogue.datasets()).toMatchObject([{ name: 'pair', description: 'Two of them', items: 2 }]);
  expect(await catalogue.split('f'.repeat(64))).toMatchObject({ manifest: '{}\n' });
  expect(await catalogue.runs()).toMatchObject([{ id: 'run', figures: { accuracy: 0.5 } }]);
  expect(await catalogue.models()).toMatchObject([{ run: 'run', classes: ['comet', 'star'] }]);
  // It goes on from there.
  expect(await catalogue.add([newItem('next')])).toEqual([{ id: 4, isNew: true }]);
  await catalogue.label([{ kind: 'accept', class: undefined, origin: 'person', by: 'ben', confidence: undefined, item: 4 }]);
  expect((await catalogue.counts()).reduce((sum, row) => sum + row.items, 0)).toBe(4);
  await catalogue.close();
}

describe('SQLite', () => {
  let folder: string;
  let count = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'messier-schemas-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function home(): Promise<{ readonly url: ''; readonly home: string; readonly file: string }> {
    const path = join(folder, String(++count));
    await mkdir(path);
    return { url: '', home: path, file: join(path, 'catalogue.sqlite') };
  }
  function prepare(file: string, statements: string): void {
    const db = new Database(file);
    db.exec(statements);
    db.close();
  }

  it.each(schemas)('brings schema %s forward', async (schema) => {
    const place = await home();
    prepare(place.file, await dumpOf(schema, 'sqlite'));
    await checkContents(place);
  });

  it('refuses a catalogue of a newer program and does not touch it', async () => {
    const place = await home();
    await (await openCatalogue(place)).close();
    prepare(place.file, "pragma journal_mode = delete; insert into messier_migrations values ('9999-future', '2030-01-01')");
    const before = await readFile(place.file);
    await expect(openCatalogue(place)).rejects.toMatchObject({
      code: 'catalogue/newer',
      message: expect.stringContaining('9999-future') as string,
    });
    expect((await readFile(place.file)).equals(before)).toBe(true);
    expect(await readdir(place.home)).toEqual(['catalogue.sqlite']);
  });

  it("refuses another program's database and a file that is none", async () => {
    const other = await home();
    prepare(other.file, 'create table bookmarks (id integer)');
    await expect(openCatalogue(other)).rejects.toMatchObject({ code: 'catalogue/foreign' });
    const text = await home();
    await writeFile(text.file, 'This is a text, and no database, whatever its name says. '.repeat(20));
    await expect(openCatalogue(text)).rejects.toMatchObject({ code: 'catalogue/not-a-database' });
    expect((await readFile(text.file, 'utf8')).startsWith('This is')).toBe(true);
  });

  it('says where a file or folder cannot be used', async () => {
    const place = await home();
    await mkdir(place.file);
    await expect(openCatalogue(place)).rejects.toMatchObject({ code: 'catalogue/not-opened' });
    await writeFile(join(folder, 'file'), '');
    await expect(openCatalogue({ url: '', home: join(folder, 'file', 'below') })).rejects.toMatchObject({
      code: 'catalogue/not-opened',
    });
  });

  it('says that a file may only be read', async () => {
    const place = await home();
    const database = await openDatabase(place);
    await sql`pragma query_only = on`.execute(database.db);
    const item = { source: 'a', source_id: 'b', code: 'c', reason: 'd', at: 'e' };
    expect(await failure(database.db.insertInto('refusals').values(item).execute())).toMatchObject({
      code: 'catalogue/read-only',
    });
    await database.close();
  });

  it('leaves everything as it was when the disk is full, and goes on when there is room', async () => {
    const place = await home();
    const { db, close } = await openDatabase(place);
    const items = Array.from({ length: 2000 }, (_, index) =>
      newItem(String(index), { description: 'Dust and gas. '.repeat(20) }),
    );
    await addItems(db, items.slice(0, 10));
    // SQLite's own limit of the file's size: the same error as that of a disk without room.
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db);
    await sql`pragma max_page_count = ${sql.lit((rows[0]?.page_count ?? 0) + 20)}`.execute(db);
    await expect(addItems(db, items)).rejects.toMatchObject({ code: 'catalogue/full' });
    const stored = () => db.selectFrom('items').select('id').execute();
    expect(await stored()).toHaveLength(10);
    await sql`pragma max_page_count = 1000000`.execute(db);
    await addItems(db, items);
    expect(await stored()).toHaveLength(2000);
    await close();
  });

  it('gives up waiting for others after its time, while the event loop goes on', async () => {
    const place = await home();
    const catalogue = await openCatalogue({ ...place, busyMs: 300 });
    const other = new Database(place.file);
    other.exec('begin immediate');
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    await expect(catalogue.add([newItem('a')])).rejects.toMatchObject({ code: 'catalogue/busy' });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
    expect(await catalogue.count({})).toBe(0);
    other.exec('commit');
    expect(await catalogue.add([newItem('a')])).toEqual([{ id: 1, isNew: true }]);
    other.close();
    await catalogue.close();
  });
});

it.each(['mysql://host/name', 'nonsense', 'postgres//user:secret@host/name', 'postgres://user:se/cret@host:x/name'])(
  'refuses the URL %s and does not show it',
  async (url) => {
    const error = await failure(openCatalogue({ url }));
    expect(error).toMatchObject({ code: 'catalogue/url' });
    expect((error as Error).message).not.toContain('cret');
  },
);

const binaries = findPostgres();
describe.skipIf(binaries === undefined)('PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres(binaries ?? '');
  });
  afterAll(() => server.stop());

  it.each(schemas)('brings schema %s forward', async (schema) => {
    const url = await server.createDatabase();
    await query(url, await dumpOf(schema, 'postgres'));
    await checkContents({ url });
  });

  it('refuses a catalogue of a newer program, and tables of another', async () => {
    const url = await server.createDatabase();
    await (await openCatalogue({ url })).close();
    await query(url, "insert into messier_migrations values ('9999-future', '2030-01-01')");
    await expect(openCatalogue({ url })).rejects.toMatchObject({ code: 'catalogue/newer' });
    const other = await server.createDatabase();
    await query(other, 'create table items (id int)');
    await expect(openCatalogue({ url: other })).rejects.toMatchObject({ code: 'catalogue/foreign' });
  });

  it('says what is wrong with the way there, without the password', async () => {
    const url = await server.createDatabase();
    const { username, password, host, pathname } = new URL(url);
    const cases = [
      ['catalogue/login', `postgres://${username}:wrong-${password}@${host}${pathname}`],
      ['catalogue/login', `postgres://nobody:${password}@${host}${pathname}`],
      ['catalogue/not-a-database', `postgres://${username}:${password}@${host}/absent`],
      ['catalogue/unreachable', `postgres://${username}:${password}@127.0.0.1:1${pathname}`],
      ['catalogue/unreachable', `postgres://${username}:${password}@host.invalid${pathname}`],
    ];
    for (const [code, wrong = ''] of cases) {
      const error = await failure(openCatalogue({ url: wrong }));
      expect(error).toMatchObject({ code });
      expect(inspect(error, { depth: 10 })).not.toContain(password);
    }
    const catalogue = await openCatalogue({ url });
    expect(catalogue.location).toBe(`postgres://${host}${pathname}`);
    await catalogue.close();
  });

  it('says that a server may only be read, and that others kept it busy', async () => {
    const url = await server.createDatabase();
    const catalogue = await openCatalogue({ url });
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query('begin; lock table items in exclusive mode');
    const hasty = await openCatalogue({ url, busyMs: 200 });
    await expect(hasty.add([newItem('a')])).rejects.toMatchObject({ code: 'catalogue/busy' });
    await other.query('commit');
    await other.end();
    await query(url, `alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = on`);
    const reader = await openCatalogue({ url });
    await expect(reader.add([newItem('a')])).rejects.toMatchObject({ code: 'catalogue/read-only' });
    for (const one of [catalogue, hasty, reader]) await one.close();
  });

  it('closes where the server refuses what a connection begins with', async () => {
    const url = await server.createDatabase();
    // Beyond the server's integers.
    await expect(openCatalogue({ url, busyMs: 1e12 })).rejects.toMatchObject({ code: '22023' });
  });

  it('fails a call whose connection the server ends, and answers the next', async () => {
    const url = await server.createDatabase();
    const catalogue = await openCatalogue({ url });
    await catalogue.add([newItem('a')]);
    await query(
      server.url('postgres'),
      "select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = 'messier'",
    );
    const first = await failure(catalogue.count({}));
    if (first !== undefined) expect(first).toMatchObject({ code: 'catalogue/unreachable' });
    expect(await catalogue.count({})).toBe(1);
    await catalogue.close();
  });
});
