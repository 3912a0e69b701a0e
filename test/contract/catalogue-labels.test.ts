import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addItems } from '../../src/catalogue/add.js';
import { count } from '../../src/catalogue/counts.js';
import { openDatabase, type CatalogueDatabase } from '../../src/catalogue/database.js';
import { find, stream } from '../../src/catalogue/find.js';
import { addLabels, labelsOf, retract, votesOf } from '../../src/catalogue/labels.js';
import { resolveLabels } from '../../src/catalogue/resolve.js';
import type { Item, NewItem, NewLabel } from '../../src/catalogue/types.js';
import { collect, failure } from '../support/answers.js';
import { catalogueBackends, type CatalogueBackend } from '../support/catalogue-backends.js';
import { newItem as anyItem, newLabel as anyLabel } from '../support/catalogue-items.js';

const newItem = (sourceId: string, rest: Partial<NewItem> = {}): NewItem => anyItem(sourceId, { source: 'nasa', ...rest });
const newLabel = (name: string, rest: Partial<NewLabel> = {}): NewLabel =>
  anyLabel(name, { origin: 'person', by: 'ada', ...rest });

describe.each(catalogueBackends())('labels in $name', ({ start }) => {
  let backend: CatalogueBackend;
  let database: CatalogueDatabase;
  let ids: readonly number[];
  beforeAll(async () => {
    backend = await start();
    database = await openDatabase(await backend.fresh());
    const shares = { 'smooth-or-featured_smooth': 0.25, __proto__: 1 };
    const votes = { tree: 'gz', shares: { ...shares, ['__proto__']: 0.1 } };
    const added = await addItems(
      database.db,
      Array.from({ length: 80 }, (_, index) => newItem(`${index}`, index < 2 ? { votes } : {})),
    );
    ids = added.map(({ id }) => id);
  });
  afterAll(async () => {
    await database.close();
    await backend.stop();
  });
  const item = async (id: number): Promise<Item> => (await find(database.db, {}, { limit: 1, after: id - 1 })).items[0]!;

  it('are counted at once, and undone step by step', async () => {
    const [id = 0] = ids;
    await addLabels(database.db, [{ item: id, ...newLabel('comet', { origin: 'search', by: 'comet' }) }]);
    expect(await item(id)).toMatchObject({ class: 'comet', review: 'open' });
    const decision = (kind: 'accept' | 'drop') =>
      ({ item: id, kind, class: undefined, origin: 'person', by: 'ada', confidence: undefined }) as const;
    await addLabels(database.db, [decision('accept')]);
    await addLabels(database.db, [{ item: id, ...newLabel('star') }]);
    await addLabels(database.db, [decision('drop')]);
    expect(await item(id)).toMatchObject({ class: 'star', review: 'dropped' });
    expect(await count(database.db, { reviews: ['dropped'] })).toBe(1);
    expect(await retract(database.db, [id], 'bob')).toBe(0);
    expect(await retract(database.db, [id, id], 'ada')).toBe(1);
    expect(await item(id)).toMatchObject({ class: 'star', review: 'accepted' });
    await retract(database.db, [id], 'ada');
    expect(await item(id)).toMatchObject({ class: 'comet', review: 'accepted' });
    await retract(database.db, [id], 'ada');
    expect(await item(id)).toMatchObject({ class: 'comet', review: 'open' });
    expect(await retract(database.db, [id], 'ada')).toBe(0);
    const all = await labelsOf(database.db, [id]);
    expect(all.map(({ kind, class: name }) => name ?? kind)).toEqual(['comet', 'accept', 'star', 'drop']);
    expect(all.map(({ retractedAt }) => retractedAt !== undefined)).toEqual([false, true, true, true]);
    expect(await count(database.db, { reviews: ['dropped'] })).toBe(0);
  });

  it('are said once, but a person may change their mind and back', async () => {
    const [, id = 0] = ids;
    const found = newLabel('comet', { origin: 'search', by: 'comet', confidence: 0.5 });
    for (const label of [
      found,
      found,
      { ...found, confidence: 0.6 },
      found,
      newLabel('a'),
      newLabel('a'),
      newLabel('b'),
      newLabel('a'),
    ]) {
      await addLabels(database.db, [{ item: id, ...label }]);
    }
    expect((await labelsOf(database.db, [id])).map(({ class: name, confidence }) => `${name} ${confidence ?? ''}`)).toEqual([
      ...['comet 0.5', 'comet 0.6', 'a ', 'b ', 'a '],
    ]);
    expect((await item(id)).class).toBe('a');
    const [, , other = 0] = ids;
    const twice = { item: other, ...newLabel('x') };
    await addLabels(database.db, [twice, twice]);
    expect(await labelsOf(database.db, [other])).toHaveLength(1);
  });

  it('are refused whole where one of them breaks a rule', async () => {
    const [, , , id = 0] = ids;
    const good = { item: id, ...newLabel('a') };
    expect(await failure(addLabels(database.db, [good, { ...good, item: 1e9 }]))).toBe('catalogue/item-absent');
    expect(await failure(addLabels(database.db, [good, { ...good, item: NaN }]))).toBe('catalogue/item-absent');
    expect(await failure(addLabels(database.db, [good, { ...good, confidence: 2 }]))).toBe('catalogue/label');
    expect(await failure(addLabels(database.db, [good, { ...good, kind: 'drop', class: undefined, origin: 'model' }]))).toBe(
      'catalogue/label',
    );
    expect(await labelsOf(database.db, [id])).toEqual([]);
    await addLabels(database.db, []);
  });

  it('come to the same in SQL and in resolveLabels', async () => {
    const label = fc
      .record({
        item: fc.constantFrom(...ids.slice(10)),
        kind: fc.constantFrom('label', 'label', 'accept', 'drop'),
        class: fc.constantFrom('a', 'b', 'c'),
        origin: fc.constantFrom('model', 'search', 'keyword', 'folder', 'person'),
        by: fc.constantFrom('x', 'y'),
        confidence: fc.constantFrom(undefined, 0, 0.1, 0.30000000000000004, 0.3, 1),
      } as const)
      .map((one) => (one.kind === 'label' ? one : { ...one, class: undefined, origin: 'person' as const }));
    const step = fc.record({ labels: fc.array(label, { maxLength: 60 }), undo: fc.constantFrom(undefined, 'x', 'y') });
    await fc.assert(
      fc.asyncProperty(step, async ({ labels, undo }) => {
        await addLabels(database.db, labels);
        if (undo !== undefined) await retract(database.db, ids.slice(10), undo);
        const said = await labelsOf(database.db, ids);
        for (const one of await collect(stream(database.db, {}))) {
          const resolved = resolveLabels(said.filter((statement) => statement.item === one.id));
          expect({ class: one.class, review: one.review }).toEqual(resolved);
        }
      }),
      { numRuns: 25, seed: 3 },
    );
  });

  it('leave votes as they are given, whatever the questions are called', async () => {
    const votes = await votesOf(database.db, ids, 'gz');
    expect([...votes.keys()]).toEqual(ids.slice(0, 2));
    expect(Object.entries(votes.get(ids[0]!)!)).toEqual([
      ['__proto__', 0.1],
      ['smooth-or-featured_smooth', 0.25],
    ]);
    expect((await votesOf(database.db, ids, 'other')).size).toBe(0);
    expect((await votesOf(database.db, [], 'gz')).size).toBe(0);
  });
});
