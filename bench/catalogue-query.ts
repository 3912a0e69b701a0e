/**
 * How long questions to a catalogue of a million items take: `npx tsx bench/catalogue-query.ts`, `-- --items 100000` for fewer, `--only sqlite` or
 * `--only postgres` for one database, `--home DIR` to keep and reuse the SQLite file. Milliseconds over all askings, each with other values; the budget
 * of counts and pages of 50 is 50 ms.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { addItems } from '../src/catalogue/add.js';
import { count, counts } from '../src/catalogue/counts.js';
import { openDatabase, type CatalogueDatabase, type CatalogueOptions } from '../src/catalogue/database.js';
import { addToDataset } from '../src/catalogue/datasets.js';
import { isPostgres } from '../src/catalogue/dialect.js';
import { find } from '../src/catalogue/find.js';
import type { ItemQuery, NewItem } from '../src/catalogue/types.js';
import { findPostgres, startPostgres } from '../test/support/postgres.js';
import { makeItems } from './catalogue-items.js';

const { values } = parseArgs({
  options: { items: { type: 'string', default: '1000000' }, only: { type: 'string' }, home: { type: 'string' } },
});
const total = Number(values.items);
const askings = 20;

/** The made items, of which the last 3 % come from a source and a time of their own, as a collection by date would bring them, and some are reviewed. */
function* items(): Generator<NewItem> {
  let index = 0;
  for (const item of makeItems(total)) {
    const decision = index % 50 === 0 ? 'drop' : index % 5 === 0 ? 'accept' : undefined;
    const labels = decision
      ? [...item.labels, { kind: decision, class: undefined, origin: 'person', by: 'ada', confidence: undefined } as const]
      : item.labels;
    const late = index >= 0.97 * total ? { source: 'late', date: '2031-05-06' } : {};
    index++;
    yield { ...item, labels, ...late };
  }
}

async function fill({ db, location }: CatalogueDatabase): Promise<void> {
  if ((await count(db, {})) === total) return;
  const start = Date.now();
  let batch: NewItem[] = [];
  for (const item of items()) {
    if (batch.push(item) < 10_000) continue;
    await addItems(db, batch);
    batch = [];
  }
  await addItems(db, batch);
  await addToDataset(
    db,
    'tenth',
    Array.from({ length: total / 10 }, (_, index) => 10 * index + 3),
  );
  // What PostgreSQL does by itself within minutes.
  await sql.raw(isPostgres(db) ? 'vacuum analyze' : 'analyze').execute(db);
  console.log(`${location}: ${total} items in ${Math.round((Date.now() - start) / 1000)} s`);
}

const classes = ['galaxy', 'nebula', 'planet', 'asteroid', 'comet', 'star'];
const one = (round: number): string => classes[round % classes.length]!;
const other = (round: number): string => classes[(round + 3) % classes.length]!;
const frequent = ['the', 'space', 'nebula', 'galaxies', 'dust'];
const rare = ['nosuchword', 'corarfi', 'lormenu', 'palquiar', 'statorel', 'beisbe', 'kalorar'];
const questions: Readonly<Record<string, (round: number) => ItemQuery>> = {
  'no restriction': () => ({}),
  class: (round) => ({ classes: [one(round)] }),
  'class + source + review': (round) => ({ classes: [one(round)], sources: ['nasa', 'apod'], reviews: ['open', 'accepted'] }),
  'three classes, not dropped': (round) => ({ classes: [one(round), other(round), ''], reviews: ['open', 'accepted'] }),
  'dropped items of one source': () => ({ sources: ['apod'], reviews: ['dropped'] }),
  'a source at the end': () => ({ sources: ['late'] }),
  'text: a frequent word': (round) => ({ text: frequent[round % frequent.length]! }),
  'text: a rare word': (round) => ({ text: rare[round % rare.length]! }),
  'text: a phrase': (round) => ({ text: `"${frequent[round % frequent.length]!} cloud"` }),
  'text: frequent words, one left out': (round) => ({ text: `the of ${frequent[round % frequent.length]!} -image` }),
  'text + class': (round) => ({ text: frequent[round % frequent.length]!, classes: [one(round)] }),
  'text + rare source and review': (round) => ({
    text: frequent[round % frequent.length]!,
    sources: ['late'],
    reviews: ['dropped'],
  }),
  dataset: () => ({ dataset: 'tenth' }),
  'dataset + class, not dropped': (round) => ({ dataset: 'tenth', classes: [one(round)], reviews: ['open', 'accepted'] }),
  'dates: ten years': (round) => ({ since: `${1991 + (round % 15)}`, until: `${2000 + (round % 15)}` }),
  'dates: a month': (round) => ({ since: `${1991 + round}-03`, until: `${1991 + round}-03` }),
  'dates at the end': () => ({ since: '2030' }),
  'dates + class': (round) => ({ since: `${1991 + round}`, until: `${1995 + round}`, classes: [one(round)] }),
};

async function measure(what: string, ask: (round: number) => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < askings; round++) {
    const start = performance.now();
    await ask(round);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const [median, worst] = [times[askings / 2]!, times[askings - 1]!];
  console.log(`${what.padEnd(50)} ${median.toFixed(1).padStart(8)} ${worst.toFixed(1).padStart(8)}`);
}

async function ask({ db }: CatalogueDatabase): Promise<void> {
  console.log(`${'milliseconds'.padEnd(50)} ${'median'.padStart(8)} ${'worst'.padStart(8)}`);
  await measure('counts of classes', () => counts(db));
  await measure('count of a class', (round) => count(db, { classes: [one(round)] }));
  for (const [what, query] of Object.entries(questions)) {
    const starts = [0, 0.3 * total, 0.6 * total];
    await measure(`page of 50: ${what}`, (round) => find(db, query(round), { after: Math.floor(starts[round % 3]!) }));
  }
}

async function bench(options: CatalogueOptions): Promise<void> {
  const database = await openDatabase(options);
  try {
    await fill(database);
    await ask(database);
  } finally {
    await database.close();
  }
}

if (values.only !== 'postgres') {
  const home = values.home ?? (await mkdtemp(join(tmpdir(), 'messier-bench-')));
  console.log('SQLite');
  await bench({ url: '', home });
  if (values.home === undefined) await rm(home, { recursive: true });
}
const binaries = values.only === 'sqlite' ? undefined : findPostgres();
if (binaries !== undefined) {
  const server = await startPostgres(binaries);
  console.log('PostgreSQL');
  await bench({ url: await server.createDatabase() });
  await server.stop();
}
