import type { Selectable } from 'kysely';
import type { ItemTable, LabelTable } from './tables.js';
import type { Item, Label } from './types.js';

/** An item as callers see it, of its row. */
export function itemOf(row: Selectable<ItemTable>): Item {
  return {
    id: row.id,
    hash: row.hash,
    bytes: row.bytes,
    format: row.format,
    width: row.width,
    height: row.height,
    perceptual: row.perceptual,
    source: row.source,
    sourceId: row.source_id,
    url: row.url ?? undefined,
    title: row.title,
    description: row.description,
    keywords: JSON.parse(row.keywords) as readonly string[],
    date: row.date ?? undefined,
    credit: row.credit ?? undefined,
    copyright: row.copyright ?? undefined,
    licence: row.licence ?? undefined,
    fetchedAt: row.fetched_at,
    class: row.class === '' ? undefined : row.class,
    review: row.review,
  };
}

/** A label as callers see it, of its row. */
export function labelOf(row: Selectable<LabelTable>): Label {
  return {
    id: row.id,
    item: row.item,
    kind: row.kind,
    class: row.class ?? undefined,
    origin: row.origin,
    by: row.by,
    confidence: row.confidence ?? undefined,
    at: row.at,
    retractedAt: row.retracted_at ?? undefined,
  };
}
