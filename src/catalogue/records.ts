import type { Kysely } from 'kysely';
import { MessierError } from '../core/errors.js';
import { write } from './dialect.js';
import { checkedName } from './new-item.js';
import type { Tables } from './tables.js';
import { storedText } from './texts.js';
import type { ModelRecord, RunRecord, SplitRecord } from './types.js';

const now = (): string => new Date().toISOString();

/** Keeps a split manifest, once for each content. */
export async function recordSplit(db: Kysely<Tables>, { hash, data, manifest }: Omit<SplitRecord, 'at'>): Promise<void> {
  const row = {
    hash: checkedName(hash, 'The hash of a split'),
    data: storedText(data),
    manifest: storedText(manifest),
    at: now(),
  };
  await write(db, (transaction) =>
    transaction
      .insertInto('splits')
      .values(row)
      .onConflict((conflict) => conflict.column('hash').doNothing())
      .execute(),
  );
}

/**
 * Notes a run; one of the same id, a resumed one, is noted anew.
 *
 * @throws MessierError `catalogue/figure` for a figure that is no finite number.
 */
export async function recordRun(db: Kysely<Tables>, run: Omit<RunRecord, 'at'>): Promise<void> {
  for (const [name, value] of Object.entries(run.figures)) {
    if (Number.isFinite(value)) continue;
    throw new MessierError(
      'catalogue/figure',
      `Run ${run.id}: figures are finite numbers, ${value} received for "${name}". Leave it out.`,
    );
  }
  const row = {
    data: storedText(run.data),
    split: run.split === undefined ? null : storedText(run.split),
    folder: storedText(run.folder),
    recipe: storedText(run.recipe),
    figures: storedText(JSON.stringify(run.figures)),
    at: now(),
  };
  await write(db, (transaction) =>
    transaction
      .insertInto('runs')
      .values({ id: checkedName(run.id, 'The id of a run'), ...row })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute(),
  );
}

/** Notes a finished model; one of the same content, where it lies now. */
export async function recordModel(db: Kysely<Tables>, model: Omit<ModelRecord, 'at'>): Promise<void> {
  const row = {
    run: model.run === undefined ? null : storedText(model.run),
    path: storedText(model.path),
    architecture: storedText(model.architecture),
    classes: JSON.stringify(model.classes.map(storedText)),
    at: now(),
  };
  await write(db, (transaction) =>
    transaction
      .insertInto('models')
      .values({ hash: checkedName(model.hash, 'The hash of a model'), ...row })
      .onConflict((conflict) => conflict.column('hash').doUpdateSet(row))
      .execute(),
  );
}

/** Latest first, without their texts. */
export async function listSplits(db: Kysely<Tables>): Promise<readonly Omit<SplitRecord, 'manifest'>[]> {
  return await db.selectFrom('splits').select(['hash', 'data', 'at']).orderBy('at', 'desc').orderBy('hash').execute();
}

export async function findSplit(db: Kysely<Tables>, hash: string): Promise<SplitRecord | undefined> {
  return await db.selectFrom('splits').selectAll().where('hash', '=', storedText(hash)).executeTakeFirst();
}

/** Latest first. */
export async function listRuns(db: Kysely<Tables>): Promise<readonly RunRecord[]> {
  const rows = await db.selectFrom('runs').selectAll().orderBy('at', 'desc').orderBy('id').execute();
  return rows.map((row) => ({
    ...row,
    split: row.split ?? undefined,
    figures: JSON.parse(row.figures) as Readonly<Record<string, number>>,
  }));
}

/** Latest first. */
export async function listModels(db: Kysely<Tables>): Promise<readonly ModelRecord[]> {
  const rows = await db.selectFrom('models').selectAll().orderBy('at', 'desc').orderBy('hash').execute();
  return rows.map((row) => ({ ...row, run: row.run ?? undefined, classes: JSON.parse(row.classes) as readonly string[] }));
}
