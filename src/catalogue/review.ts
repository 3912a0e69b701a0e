import { sql, type Kysely } from 'kysely';
import { among } from './bulk.js';
import { labelOrigins } from './types.js';
import type { Tables } from './tables.js';

const standing = sql`labels.item = items.id and labels.retracted_at is null`;

const strength = sql.raw(
  `case labels.origin ${labelOrigins.map((origin, index) => `when '${origin}' then ${index}`).join(' ')} end`,
);

/** `resolveLabels` in SQL: its order of statements, the one that holds first. */
const named = sql`select labels.class from labels where ${standing} and labels.kind = 'label'
  order by ${strength} desc,
    case when labels.origin = 'person' then labels.at end desc,
    case when labels.origin = 'person' then labels.id end desc,
    coalesce(labels.confidence, 0) desc, labels.at, labels.id limit 1`;

const decided = sql`select case labels.kind when 'drop' then 'dropped' else 'accepted' end from labels
  where ${standing} and labels.origin = 'person' order by labels.at desc, labels.id desc limit 1`;

/** Brings class and review of items to what their labels come to, within a transaction that writes. */
export async function refreshItems(db: Kysely<Tables>, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`update items set class = coalesce((${named}), ''), review = coalesce((${decided}), 'open')
    where id ${among(db, 'whole', ids)}`.execute(db);
}
