import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addItems } from '../../src/catalogue/add.js';
import { count, counts } from '../../src/catalogue/counts.js';
import { openDatabase, type CatalogueDatabase } from '../../src/catalogue/database.js';
import { addToDataset } from '../../src/catalogue/datasets.js';
import { byHash, find, fingerprints, stream } from '../../src/catalogue/find.js';
import { pageOfIds, pageOfIdsLimits } from '../../src/catalogue/page-ids.js';
import type { Item, ItemQuery, NewItem, NewLabel, Review } from '../../src/catalogue/types.js';
import { collect, failure } from '../support/answers.js';
import { catalogueBackends, type CatalogueBackend } from '../support/catalogue-backends.js';
import { newItem as anyItem, newLabel as anyLabel } from '../support/catalogue-items.js';

const newItem = (sourceId: string, rest: Partial<NewItem> = {}): NewItem => anyItem(sourceId, { source: 'nasa', ...rest });
const newLabel = (name: string, rest: Partial<NewLabel> = {}): NewLabel =>
  anyLabel(name, { origin: 'person', by: 'ada', ...rest });

const classes = ['comet', 'galaxy', 'star', 'größe'];
const sources = ['nasa', 'apod', '\u{1F30C}'];
const words = [
  'Spiral',
  'galaxies',
  'galaxy',
  'ring',
  "Kepler's",
  'dust',
  'tail',
  'été',
  '星',
  'x-ray',
  '6,000',
  'Pach\uFFFDn',
  'OR',
];
const years = [undefined, '2009', '2010', '2010-06-01', '2020-12-31T23:59:59.000Z', '2021'];

/** The same for every run: a small linear congruential generator. */
function pick(seed: number): <T>(from: readonly T[]) => T {
  let state = seed;
  return (from) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return from[Math.floor((state / 2 ** 31) * from.length)]!;
  };
}

function collection(size: number): readonly NewItem[] {
  const one = pick(7);
  return Array.from({ length: size }, (_, index) => {
    const name = one([...classes, undefined, undefined]);
    const labels: NewLabel[] = name === undefined ? [] : [newLabel(name, { origin: 'search', by: name })];
    const decision = one([undefined, undefined, 'accept', 'drop'] as const);
    if (decision) labels.push({ kind: decision, class: undefined, origin: 'person', by: 'ada', confidence: undefined });
    return newItem(`picture ${index}`, {
      source: one(sources),
      title: `${one(words)} ${one(words)}`,
      description: Array.from({ length: one([0, 3, 9]) }, () => one(words)).join(one([' ', '. ', ' <b>'])),
      date: one(years),
      labels,
    });
  });
}

/** What a query means, in plain words. */
function means(item: Item, query: ItemQuery): boolean {
  const { classes: names, sources: from, reviews, since, until } = query;
  if (names && !names.includes(item.class ?? '')) return false;
  if (from && !from.includes(item.source)) return false;
  if (reviews && !reviews.includes(item.review)) return false;
  if (since !== undefined && !(item.date !== undefined && item.date >= since)) return false;
  return until === undefined || (item.date !== undefined && item.date.slice(0, until.length) <= until);
}

const size = 600;
const backends = catalogueBackends();

describe.each(backends)('queries of a catalogue in $name', ({ start }) => {
  let backend: CatalogueBackend;
  let database: CatalogueDatabase;
  let items: readonly Item[];
  beforeAll(async () => {
    backend = await start();
    database = await openDatabase(await backend.fresh());
    await addItems(database.db, collection(size));
    items = await collect(stream(database.db, {}));
    await addToDataset(
      database.db,
      'odd',
      items.filter(({ id }) => id % 2 === 1).map(({ id }) => id),
    );
  });
  afterAll(async () => {
    await database.close();
    await backend.stop();
  });

  it('find every item once, page by page, in the order of arrival', async () => {
    expect(items).toHaveLength(size);
    expect(items.map(({ sourceId }) => sourceId)).toEqual(Array.from({ length: size }, (_, index) => `picture ${index}`));
    const seen: number[] = [];
    for (let after: number | undefined = 0; after !== undefined;) {
      const page: Awaited<ReturnType<typeof find>> = await find(
        database.db,
        { reviews: ['open', 'dropped'] },
        { limit: 7, after },
      );
      expect(page.items.length).toBeLessThanOrEqual(7);
      seen.push(...page.items.map(({ id }) => id));
      after = page.next;
    }
    expect(seen).toEqual(items.filter(({ review }) => review !== 'accepted').map(({ id }) => id));
    expect((await find(database.db, {})).items).toHaveLength(50);
  });

  it('mean what they say, in any combination of fields', async () => {
    const some = <T>(values: readonly T[]) =>
      fc.option(fc.subarray([...values], { minLength: 0, maxLength: 3 }), { nil: undefined });
    const date = fc.option(fc.constantFrom('2009', '2010', '2010-06', '2010-06-01', '2020', '2022'), { nil: undefined });
    const query: fc.Arbitrary<ItemQuery> = fc.record({
      classes: some([...classes, '', 'nowhere']),
      sources: some([...sources, 'nowhere']),
      reviews: some<Review>(['open', 'accepted', 'dropped']),
      dataset: fc.option(fc.constantFrom('odd', 'nowhere'), { nil: undefined }),
      since: date,
      until: date,
    });
    await fc.assert(
      fc.asyncProperty(
        query,
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 0, max: size }),
        async (asked, limit, after) => {
          const expected = items.filter(
            (item) => means(item, asked) && (asked.dataset === undefined || (asked.dataset === 'odd' && item.id % 2 === 1)),
          );
          const ids = expected.map(({ id }) => id);
          const page = await find(database.db, asked, { limit, after });
          expect(page.items.map(({ id }) => id)).toEqual(ids.filter((id) => id > after).slice(0, limit));
          expect(page.next).toBe(ids.filter((id) => id > after).length > limit ? page.items.at(-1)?.id : undefined);
          expect(await count(database.db, asked)).toBe(ids.length);
          const grouped = await counts(database.db, asked);
          expect(grouped.reduce((sum, group) => sum + group.items, 0)).toBe(ids.length);
          for (const group of grouped) {
            const { source, class: name, review } = group;
            expect(group.items).toBe(
              expected.filter((item) => item.source === source && (item.class ?? '') === name && item.review === review).length,
            );
          }
          expect((await collect(fingerprints(database.db, asked))).map(({ id }) => id)).toEqual(ids);
        },
      ),
      { numRuns: 80, seed: 5 },
    );
  });

  it('find by the stems of words, phrases, and what must not occur', async () => {
    const ids = async (text: string): Promise<number[]> => (await collect(stream(database.db, { text }))).map(({ id }) => id);
    const bodies = items.map(({ id, title, description }) => ({ id, body: ` ${title} ${description} `.toLowerCase() }));
    const having = (test: (body: string) => boolean): number[] => bodies.filter(({ body }) => test(body)).map(({ id }) => id);
    const galaxy = /galax(?:y|ies)/;
    expect(await ids('galaxy')).toEqual(having((body) => galaxy.test(body)));
    expect(await ids('GALAXIES -ring')).toEqual(having((body) => galaxy.test(body) && !body.includes('ring')));
    expect(await ids('星 été')).toEqual(having((body) => body.includes('星') && body.includes('été')));
    expect(await ids('pach\uFFFDn')).toEqual(having((body) => body.includes('pach\uFFFDn')));
    expect((await ids('"dust tail"')).length).toBeGreaterThan(0);
    expect(await ids('"dust tail"')).toEqual(having((body) => /dust(?:\.? | <b>)tail/.test(body)));
    expect(await ids('galaxy -"dust tail"')).toEqual(having((body) => galaxy.test(body) && !/dust(?:\.? | <b>)tail/.test(body)));
    expect(await ids('or')).toEqual(having((body) => body.includes('or')));
    expect(await failure(find(database.db, { text: '-galaxy' }))).toBe('catalogue/search');
    expect(await failure(count(database.db, { text: ' ' }))).toBe('catalogue/search');
  });

  it('are the same on every way to a page', async () => {
    const ways = [
      { ...pageOfIdsLimits, few: 0, window: 1, lists: 0 },
      { ...pageOfIdsLimits, few: 250, window: 40, chunk: 7 },
      { ...pageOfIdsLimits, few: 0, lists: 20, entries: 200 },
    ];
    const all: readonly ItemQuery[] = [
      {},
      { classes: ['comet', 'star'], reviews: ['open', 'accepted'] },
      { since: '2010' },
      { dataset: 'odd' },
      { text: 'galaxy' },
      { dataset: 'odd', reviews: ['open', 'dropped'], until: '2020' },
      { classes: ['comet', ''], text: '"dust tail"' },
      { sources: ['nasa'], since: '2010', until: '2020' },
      { dataset: 'odd', text: 'galaxy -ring' },
      { dataset: 'odd', text: 'ring', classes: ['comet', ''], since: '2010' },
    ];
    for (const query of all) {
      for (const page of [
        { after: 0, limit: 10 },
        { after: 101, limit: 1000 },
      ]) {
        const usual = await pageOfIds(database.db, query, page);
        expect(usual.length).toBeGreaterThan(5);
        for (const way of ways) expect(await pageOfIds(database.db, query, page, way)).toEqual(usual);
      }
    }
  });

  it('combine a search with the other fields', async () => {
    const found = await collect(stream(database.db, { text: 'galaxy' }));
    for (const query of [
      { classes: ['comet', ''] },
      { dataset: 'odd' },
      { since: '2010', until: '2010' },
      { dataset: 'odd', reviews: ['open', 'accepted'] as const, since: '2010' },
    ]) {
      const ids = found.filter((item) => means(item, query) && (!query.dataset || item.id % 2 === 1)).map(({ id }) => id);
      expect(ids.length).toBeGreaterThan(0);
      expect((await collect(stream(database.db, { ...query, text: 'galaxy' }))).map(({ id }) => id)).toEqual(ids);
      expect(await count(database.db, { ...query, text: 'galaxy' })).toBe(ids.length);
    }
  });

  it('take the counts of classes from counts that are kept, most first', async () => {
    const all = await counts(database.db);
    expect(all.reduce((sum, group) => sum + group.items, 0)).toBe(size);
    expect(all.map((group) => group.items)).toEqual(all.map((group) => group.items).sort((a, b) => b - a));
    expect(await counts(database.db, { since: '0001' })).toEqual(
      (await counts(database.db, { since: '0000' })).filter((group) => group.items > 0),
    );
  });

  it('find items by their hashes', async () => {
    const wanted = [items[3]!, items[77]!];
    const found = await byHash(database.db, [...wanted.map(({ hash }) => hash), 'f'.repeat(64), 'no hash', '\0']);
    expect([...found]).toEqual(wanted.map((item) => [item.hash, item]));
    const many = await byHash(
      database.db,
      Array.from({ length: 3000 }, (_, index) => items[index % size]!.hash),
    );
    expect(many.size).toBe(size);
    expect((await byHash(database.db, [])).size).toBe(0);
  });

  it('refuse what no item could have, and pages of a wrong size', async () => {
    expect(await failure(find(database.db, { classes: ['a\0b'] }))).toBe('catalogue/query');
    expect(await failure(find(database.db, { dataset: 'x'.repeat(1001) }))).toBe('catalogue/query');
    expect(await failure(find(database.db, { sources: Array<string>(1001).fill('x') }))).toBe('catalogue/query');
    expect(await failure(find(database.db, { since: "2010' or 1=1" }))).toBe('catalogue/query');
    expect(await failure(find(database.db, {}, { limit: 0 }))).toBe('catalogue/page');
    expect(await failure(find(database.db, {}, { limit: 1001 }))).toBe('catalogue/page');
    expect(await failure(find(database.db, {}, { limit: 1.5 }))).toBe('catalogue/page');
    expect(await failure(find(database.db, {}, { after: -1 }))).toBe('catalogue/page');
    expect((await find(database.db, { classes: ["' or 1=1 --", '%', '__proto__'] })).items).toEqual([]);
  });
});
