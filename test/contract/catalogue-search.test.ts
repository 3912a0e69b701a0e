import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addItems } from '../../src/catalogue/add.js';
import { openDatabase, type CatalogueDatabase } from '../../src/catalogue/database.js';
import { find, stream } from '../../src/catalogue/find.js';
import { collect, failure } from '../support/answers.js';
import { catalogueBackends } from '../support/catalogue-backends.js';
import { newItem } from '../support/catalogue-items.js';

const backends = catalogueBackends();

describe.skipIf(backends.length < 2)('a search in both databases', () => {
  const stopped: (() => Promise<void>)[] = [];
  const databases: CatalogueDatabase[] = [];
  beforeAll(async () => {
    for (const { start } of backends) {
      const backend = await start();
      const database = await openDatabase(await backend.fresh());
      databases.push(database);
      stopped.push(database.close, backend.stop);
    }
  });
  afterAll(async () => {
    for (const stop of stopped) await stop();
  });

  const word = fc.oneof(
    fc.constantFrom(
      'a',
      'b',
      "o'b",
      'ab',
      'é',
      'e\u0301',
      '星',
      'straße',
      'STRASSE',
      '\uFFFD',
      '\u{1F30C}',
      '½',
      '\u0130',
      'a_b',
      'a.b@c.de',
      '-1.5e3',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  );
  const sign = fc.constantFrom(
    ' ',
    ' ',
    ' ',
    '"',
    ' -',
    "'",
    '\\',
    ':*',
    ' & ',
    '|',
    '!',
    ' <-> ',
    '(',
    ')',
    '\0',
    ' AND ',
    ' NOT ',
    '^',
    '{',
    '\u2028',
  );
  const text = fc.array(fc.tuple(word, sign), { minLength: 1, maxLength: 8 }).map((pieces) => pieces.flat().join(''));

  it('finds exactly the same items, whatever signs it has', async () => {
    const titles = fc.sample(text, { numRuns: 400, seed: 11 });
    const fresh = titles.map((title, index) => newItem(`${index}`, { title, description: titles[(index * 7) % 400] ?? '' }));
    for (const { db } of databases) await addItems(db, fresh);
    let found = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, fc.constantFrom(...titles)), async (search) => {
        const [one, other] = await Promise.all(
          databases.map(async ({ db }) => {
            const refused = await failure(find(db, { text: search }));
            return refused ?? (await collect(stream(db, { text: search }))).map(({ id }) => id);
          }),
        );
        expect(one).toEqual(other);
        if (Array.isArray(one)) found += one.length;
        else expect(one).toBe('catalogue/search');
      }),
      { numRuns: 300, seed: 12 },
    );
    expect(found).toBeGreaterThan(300);
  });

  it('finds the same in texts of any length', async () => {
    const long = [
      'nebula '.repeat(140_000) + 'beyond',
      Array.from({ length: 30_000 }, (_, index) => `w${index}`).join(' '),
      Array.from({ length: 14_000 }, (_, index) => `${'\u4E00'.repeat(60)}${index}`).join(' '),
      'z'.repeat(1_000_000),
    ];
    for (const { db } of databases) {
      await addItems(
        db,
        long.map((description, index) => newItem(`long ${index}`, { title: 'verylong', description })),
      );
    }
    for (const search of [
      'verylong w15000',
      'verylong w15999',
      'verylong w29000',
      'verylong nebula',
      '"nebula nebula" beyond',
      '"w7 w8"',
      '"w7 w9"',
    ]) {
      const [one, other] = await Promise.all(
        databases.map(async ({ db }) => (await find(db, { text: search })).items.map(({ id }) => id)),
      );
      expect(one).toEqual(other);
    }
    expect((await find(databases[0]!.db, { text: 'verylong w15000' })).items).toHaveLength(1);
  });
});
