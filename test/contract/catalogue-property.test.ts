/** Whatever happens to a catalogue, its kept counts are those of its items, and both databases answer the same. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Catalogue } from '../../src/catalogue/catalogue.js';
import { openDatabase, type CatalogueDatabase } from '../../src/catalogue/database.js';
import { resolveLabels } from '../../src/catalogue/resolve.js';
import { SqlCatalogue } from '../../src/catalogue/sql-catalogue.js';
import { labelOrigins, type NewItem, type NewLabel } from '../../src/catalogue/types.js';
import { catalogueBackends, type CatalogueBackend } from '../support/catalogue-backends.js';
import { newItem } from '../support/catalogue-items.js';

const label: fc.Arbitrary<NewLabel> = fc.oneof(
  fc.record({
    kind: fc.constant('label' as const),
    class: fc.constantFrom('comet', 'star', 'Äther', '__proto__'),
    origin: fc.constantFrom(...labelOrigins),
    by: fc.constantFrom('ann', 'ben'),
    confidence: fc.constantFrom(undefined, 0, 0.25, 1),
  }),
  fc.record({
    kind: fc.constantFrom('accept' as const, 'drop' as const),
    class: fc.constant(undefined),
    origin: fc.constant('person' as const),
    by: fc.constantFrom('ann', 'ben'),
    confidence: fc.constant(undefined),
  }),
);
const item: fc.Arbitrary<NewItem> = fc
  .record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    sourceId: fc.constantFrom('x', 'y', 'z'),
    source: fc.constantFrom('nasa', 'apod'),
    title: fc.string({ unit: 'binary', maxLength: 12 }),
    labels: fc.array(label, { maxLength: 3 }),
  })
  .map(({ name, ...fields }) => newItem(name, fields));
const items = fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 3 });
const steps = fc.array(
  fc.oneof(
    fc.record({ add: fc.array(item, { minLength: 1, maxLength: 5 }) }),
    fc.record({ label: items, as: label }),
    fc.record({ retract: items, by: fc.constantFrom('ann', 'ben') }),
  ),
  { minLength: 2, maxLength: 8 },
);

const backends: CatalogueBackend[] = [];
beforeAll(async () => {
  for (const { start } of catalogueBackends()) backends.push(await start());
});
afterAll(async () => {
  for (const backend of backends) await backend.stop();
});

/** What happened, as far as it doesn't tell the time. */
async function happen(catalogue: Catalogue, all: typeof steps extends fc.Arbitrary<infer T> ? T : never): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const step of all) {
    const count = await catalogue.count({});
    if ('add' in step) seen.push(await catalogue.add(step.add));
    else if (count === 0) continue;
    else if ('label' in step) await catalogue.label(step.label.map((of) => ({ ...step.as, item: 1 + (of % count) })));
    else
      seen.push(
        await catalogue.retract(
          step.retract.map((of) => 1 + (of % count)),
          step.by,
        ),
      );
  }
  const { items: found } = await catalogue.find({});
  const labels = await catalogue.labels(found.map(({ id }) => id));
  for (const one of found) {
    const own = resolveLabels(labels.filter(({ item: of }) => of === one.id));
    expect({ class: one.class, review: one.review }).toEqual(own);
  }
  const statements = labels.map(({ at: _, retractedAt, ...rest }) => ({ ...rest, standing: retractedAt === undefined }));
  return [...seen, found, statements, await catalogue.counts(), await catalogue.known('nasa', ['x', 'y', 'z'])];
}

async function checkCounts({ db }: CatalogueDatabase): Promise<void> {
  const counted = await sql`select source, class, review, count(*) as items from items group by 1, 2, 3 order by 1, 2, 3`.execute(
    db,
  );
  const kept = await sql`select source, class, review, items from item_counts order by 1, 2, 3`.execute(db);
  expect(kept.rows).toEqual(counted.rows);
}

it('keeps exact counts and answers the same in every database', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const answers: unknown[] = [];
      for (const backend of backends) {
        const database = await openDatabase(await backend.fresh());
        const catalogue = new SqlCatalogue(database);
        answers.push(await happen(catalogue, all));
        await checkCounts(database);
        await catalogue.close();
      }
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    }),
    { numRuns: 20, seed: 5 },
  );
});
