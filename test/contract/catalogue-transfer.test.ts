import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addItems } from '../../src/catalogue/add.js';
import { count, counts } from '../../src/catalogue/counts.js';
import { openDatabase, type CatalogueDatabase } from '../../src/catalogue/database.js';
import { addToDataset } from '../../src/catalogue/datasets.js';
import { find, stream } from '../../src/catalogue/find.js';
import { addLabels, labelsOf, retract } from '../../src/catalogue/labels.js';
import { recordModel, recordRun, recordSplit } from '../../src/catalogue/records.js';
import { refuseNames } from '../../src/catalogue/refusals.js';
import { resolveLabels } from '../../src/catalogue/resolve.js';
import { exportCatalogue } from '../../src/catalogue/transfer/export.js';
import { importCatalogue } from '../../src/catalogue/transfer/import.js';
import type { ExportFormat } from '../../src/catalogue/transfer/manifest.js';
import type { NewItem, NewLabel } from '../../src/catalogue/types.js';
import { sha256 } from '../../src/formats/hash.js';
import { failure } from '../support/answers.js';
import { catalogueBackends, type CatalogueBackend } from '../support/catalogue-backends.js';
import { newItem as anyItem, newLabel as anyLabel } from '../support/catalogue-items.js';

const newItem = (sourceId: string, rest: Partial<NewItem> = {}): NewItem => anyItem(sourceId, { source: 'nasa', ...rest });
const newLabel = (name: string, rest: Partial<NewLabel> = {}): NewLabel =>
  anyLabel(name, { origin: 'person', by: 'ada', ...rest });

/** Texts that files and databases get wrong. */
const odd = [
  '',
  ' ',
  'a,b',
  'say "comet"',
  'two\r\nlines\n',
  '=1+1',
  '\uFEFFmark',
  'null',
  '\u001b[31m',
  '星 \u{1F30C}',
  "o'b",
  '__proto__',
  '\\N',
  '\0',
  '\uD800',
];
const of = (values: readonly string[], index: number): string => values[index % values.length] ?? '';

/** A catalogue in which everything occurs. */
async function fill({ db }: CatalogueDatabase, size: number): Promise<void> {
  const added = await addItems(
    db,
    Array.from({ length: size }, (_, index) =>
      newItem(`${index}${of(odd, index)}`, {
        title: of(odd, index),
        description: `${of(odd, index + 1)} comet ${index}`,
        keywords: [of(odd, index), of(odd, index + 2)],
        url: index % 2 === 0 ? of(odd, index) : undefined,
        date: index % 3 === 0 ? '2010-06-01' : undefined,
        credit: index % 5 === 0 ? '' : undefined,
        bytes: index === 0 ? Number.MAX_SAFE_INTEGER : index,
        labels:
          index % 4 === 0
            ? []
            : [
                newLabel(`class ${of(odd.slice(2), index)}`, {
                  origin: 'search',
                  by: `search${of(odd, index)}`,
                  confidence: index / 7919,
                }),
              ],
        votes: index % 6 === 0 ? { tree: 'gz', shares: { smooth: 1 / (index + 3), 'a,"b"': 0.1 } } : undefined,
      }),
    ),
  );
  const ids = added.map(({ id }) => id);
  await addItems(db, [{ ...newItem('0', { title: 'again' }), source: 'urls', sourceId: 'the same' }]);
  await addLabels(
    db,
    ids.slice(0, 40).map((item) => ({ item, ...newLabel('star') })),
  );
  await addLabels(
    db,
    ids
      .slice(10, 30)
      .map((item) => ({ item, kind: 'drop', class: undefined, origin: 'person', by: 'ada', confidence: undefined })),
  );
  await retract(db, ids.slice(15, 35), 'ada');
  await addToDataset(
    db,
    'odd, "one"',
    ids.filter((id) => id % 2 === 1),
    'of\nids',
  );
  await addToDataset(db, 'empty', []);
  const manifest = JSON.stringify({ items: 'x'.repeat(300_000) });
  await recordSplit(db, { hash: sha256(manifest), data: 'catalogue:odd', manifest });
  await recordRun(db, {
    id: 'run 1',
    data: 'catalogue:',
    split: undefined,
    folder: 'runs/1',
    recipe: 'r',
    figures: { accuracy: 0.1 + 0.2 },
  });
  await recordModel(db, { hash: sha256('m'), run: 'run 1', path: 'm.onnx', architecture: 'a', classes: ['a', 'b,"c"'] });
  await refuseNames(db, [{ source: 'nasa', sourceId: 'gone', code: 'http/404', reason: 'not, there' }]);
}

const size = 2_500;
const backends = catalogueBackends();

async function files(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(folder)).sort();
  return new Map(await Promise.all(names.map(async (name) => [name, sha256(await readFile(join(folder, name)))] as const)));
}

describe('exports and imports', () => {
  let folder: string;
  let first: CatalogueDatabase;
  const running = new Map<string, CatalogueBackend>();
  const opened: CatalogueDatabase[] = [];
  const fresh = async (name: string): Promise<CatalogueDatabase> => {
    const database = await openDatabase(await running.get(name)!.fresh());
    opened.push(database);
    return database;
  };
  const exported = async (database: CatalogueDatabase, name: string, format: ExportFormat): Promise<string> => {
    const to = join(folder, name);
    await exportCatalogue(database, to, { format });
    return to;
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'messier-transfer-'));
    for (const { name, start } of backends) running.set(name, await start());
    first = await fresh('SQLite');
    await fill(first, size);
    await exported(first, 'first', 'parquet');
    await exported(first, 'first csv', 'csv');
  });
  afterAll(async () => {
    for (const { close } of opened) await close();
    for (const { stop } of running.values()) await stop();
    await rm(folder, { recursive: true });
  });

  it('lose nothing from database to database and format to format', async () => {
    const others = backends.map(({ name }) => name);
    let from = 'first';
    for (const [step, name] of [...others, ...others, 'SQLite'].entries()) {
      const format = step % 2 === 0 ? 'csv' : 'parquet';
      const database = await fresh(name);
      expect(await importCatalogue(database, join(folder, from))).toEqual({ added: size, known: 0 });
      const original = format === 'csv' ? 'first csv' : 'first';
      from = `step ${step}`;
      await exported(database, from, format);
      expect(await files(join(folder, from))).toEqual(await files(join(folder, original)));
      const search = { text: 'comet', reviews: ['accepted'] } as const;
      expect((await find(database.db, search)).items).toEqual((await find(first.db, search)).items);
      expect(await counts(database.db)).toEqual(await counts(first.db));
    }
  });

  it('change nothing the second time', async () => {
    for (const { name } of backends) {
      const database = await fresh(name);
      await importCatalogue(database, join(folder, 'first'));
      expect(await importCatalogue(database, join(folder, 'first csv'))).toEqual({ added: 0, known: size });
      await exported(database, `twice ${name}`, 'parquet');
      expect(await files(join(folder, `twice ${name}`))).toEqual(await files(join(folder, 'first')));
    }
    expect(await importCatalogue(first, join(folder, 'first'))).toEqual({ added: 0, known: size });
    await exported(first, 'itself', 'csv');
    expect(await files(join(folder, 'itself'))).toEqual(await files(join(folder, 'first csv')));
  });

  it.each(backends.map(({ name }) => name))('join what %s holds by content', async (name) => {
    const database = await fresh(name);
    const item = newItem('0', { title: 'its own title', labels: [newLabel('galaxy', { by: 'grace' })] });
    await addItems(database.db, [newItem('another'), item]);
    await refuseNames(database.db, [{ source: 'urls', sourceId: 'the same', code: 'x', reason: 'y' }]);
    expect(await importCatalogue(database, join(folder, 'first'))).toEqual({ added: size - 1, known: 1 });
    const [other, own] = (await find(database.db, {})).items;
    expect(other?.sourceId).toBe('another');
    // Grace's label is the youngest statement of a person.
    expect(own).toMatchObject({ id: 2, title: 'its own title' });
    const said = await labelsOf(database.db, [2]);
    expect(said.map(({ class: one }) => one)).toContain('galaxy');
    expect({ class: own?.class, review: own?.review }).toEqual(resolveLabels(said));
    expect(await count(database.db, {})).toBe(size + 1);
    const refused = await database.db.selectFrom('refusals').select('source_id').execute();
    expect(refused.map((row) => row.source_id)).toEqual(['gone']);
  });

  it.each(backends.map(({ name }) => name))('that are stopped leave %s whole, and go on', async (name) => {
    const database = await fresh(name);
    const stop = new AbortController();
    const progress = ({ stage }: { readonly stage: string }): void => {
      if (stage === 'import items') stop.abort(new Error('enough'));
    };
    await expect(importCatalogue(database, join(folder, 'first'), { signal: stop.signal, progress })).rejects.toThrow('enough');
    const there = await count(database.db, {});
    expect(there).toBe(2_000);
    const kept = await counts(database.db);
    expect(kept.reduce((sum, { items }) => sum + items, 0)).toBe(there);
    for await (const { id, class: one, review } of stream(database.db, { text: 'comet' })) {
      if (id % 50 === 0) expect({ class: one, review }).toEqual(resolveLabels(await labelsOf(database.db, [id])));
    }
    expect(await importCatalogue(database, join(folder, 'first'))).toEqual({ added: size - 2_000, known: 2_000 });
    await exported(database, `resumed ${name}`, 'parquet');
    expect(await files(join(folder, `resumed ${name}`))).toEqual(await files(join(folder, 'first')));
  });

  it('of a selection hold what is said of its items, and nothing of others', async () => {
    const to = join(folder, 'selection');
    const { tables } = await exportCatalogue(first, to, { query: { dataset: 'odd, "one"', reviews: ['open'] } });
    const database = await fresh('SQLite');
    await importCatalogue(database, to);
    const items = (await find(database.db, {}, { limit: 1000 })).items;
    const same = (await find(first.db, { dataset: 'odd, "one"', reviews: ['open'] }, { limit: 1000 })).items;
    expect(items.map(({ hash, class: one }) => [hash, one])).toEqual(same.map(({ hash, class: one }) => [hash, one]));
    expect(await count(database.db, { dataset: 'odd, "one"' })).toBe(tables.items.rows);
    expect([tables.datasets.rows, tables.splits.rows, tables.runs.rows, tables.models.rows, tables.refusals.rows]).toEqual([
      1, 0, 0, 0, 0,
    ]);
  });

  it.each(['parquet', 'csv'] as const)('refuse damaged, cut, foreign and newer %s before anything is written', async (format) => {
    const database = await fresh('SQLite');
    const original = join(folder, format === 'csv' ? 'first csv' : 'first');
    const copy = join(folder, `copy ${format}`);
    const manifest = JSON.parse(await readFile(join(original, 'manifest.json'), 'utf8')) as {
      tables: Record<string, { rows: number }>;
    };
    const broken = async (change: () => Promise<unknown>): Promise<unknown> => {
      await rm(copy, { recursive: true, force: true });
      await cp(original, copy, { recursive: true });
      await change();
      return await failure(importCatalogue(database, copy));
    };
    const say = (value: unknown): Promise<void> => writeFile(join(copy, 'manifest.json'), JSON.stringify(value));
    const labels = join(copy, `labels.${format}`);
    expect(await broken(() => truncate(labels, 1000))).toBe('catalogue/export-damaged');
    expect(await broken(() => rm(labels))).toBe('catalogue/export-damaged');
    expect(
      await broken(async () => {
        const bytes = await readFile(labels);
        bytes[500] = (bytes[500] ?? 0) ^ 1;
        await writeFile(labels, bytes);
      }),
    ).toBe('catalogue/export-damaged');
    expect(await broken(() => say({ ...manifest, version: 2 }))).toBe('catalogue/export-newer');
    expect(await broken(() => say({ ...manifest, version: 0 }))).toBe('catalogue/export-foreign');
    expect(await broken(() => say({ kind: 'else' }))).toBe('catalogue/export-foreign');
    expect(await broken(() => say([]))).toBe('catalogue/export-foreign');
    expect(await broken(() => say({ ...manifest, tables: { ...manifest.tables, items: undefined } }))).toBe(
      'catalogue/export-foreign',
    );
    expect(await broken(() => writeFile(join(copy, 'manifest.json'), '{'))).toBe('catalogue/export-foreign');
    expect(await broken(() => rm(join(copy, 'manifest.json')))).toBe('catalogue/export-absent');
    expect(await broken(() => rm(copy, { recursive: true }))).toBe('catalogue/export-absent');
    for (const more of [1, -2]) {
      manifest.tables['labels']!.rows += more;
      expect(await broken(() => say(manifest))).toBe('catalogue/export-damaged');
    }
    expect(await count(database.db, {})).toBe(0);
  });

  it.each([
    ['items.csv', 0, 'x'.repeat(64)],
    ['labels.csv', 1, 'perhaps'],
    ['labels.csv', 0, '2501'],
    ['labels.csv', 0, '2499'],
    ['labels.csv', 6, 'yesterday'],
    ['origins.csv', 0, '0'],
    ['votes.csv', 3, '1.5'],
    ['dataset_items.csv', 0, 'nowhere'],
    ['runs.csv', 5, 'no json'],
    ['models.csv', 4, '[1]'],
  ])('refuse %s with a wrong cell %i, also where its hash fits', async (name, column, value) => {
    const database = await fresh('SQLite');
    const copy = join(folder, 'forged');
    await rm(copy, { recursive: true, force: true });
    await cp(join(folder, 'first csv'), copy, { recursive: true });
    const text = await readFile(join(copy, name), 'utf8');
    const [header = '', ...rest] = text.split('\r\n');
    const cells = (rest[0] ?? '').match(/(?:"(?:[^"]|"")*"|[^,"]*)(?:,|$)/g) ?? [];
    cells[column] = cells[column]?.endsWith(',') ? `${value},` : value;
    const forged = [header, cells.join(''), ...rest.slice(1)].join('\r\n');
    await writeFile(join(copy, name), forged);
    const manifest = JSON.parse(await readFile(join(copy, 'manifest.json'), 'utf8')) as { tables: Record<string, object> };
    const table = name.replace('.csv', '');
    manifest.tables[table] = { ...manifest.tables[table], sha256: sha256(forged), bytes: Buffer.byteLength(forged) };
    await writeFile(join(copy, 'manifest.json'), JSON.stringify(manifest));
    expect(await failure(importCatalogue(database, copy))).toBe('catalogue/export-damaged');
    expect(await count(database.db, {})).toBe(0);
  });

  it('are written over earlier ones, but not into folders of something else', async () => {
    const to = join(folder, 'again');
    await exportCatalogue(first, to, { format: 'csv' });
    await exportCatalogue(first, to);
    expect(await files(to)).toEqual(await files(join(folder, 'first')));
    await writeFile(join(to, 'letter.txt'), 'dear');
    expect(await failure(exportCatalogue(first, to))).toBe('catalogue/export-folder');
    expect((await readdir(to)).length).toBe(12);
    expect(await failure(exportCatalogue(first, join(to, 'letter.txt')))).toBe('catalogue/export-folder');
    const stop = new AbortController();
    const other = join(folder, 'stopped');
    const work = { signal: stop.signal, progress: () => stop.abort(new Error('enough')) };
    await expect(exportCatalogue(first, other, work)).rejects.toThrow('enough');
    expect(await readdir(other)).not.toContain('manifest.json');
    await exportCatalogue(first, other);
    expect(await files(other)).toEqual(await files(join(folder, 'first')));
  });
});
