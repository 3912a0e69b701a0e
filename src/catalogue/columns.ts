/** Columns of the tables that many rows are written to at once, as `insertRows` takes them. */
import type { Cell } from './bulk.js';
import { fts5Text, searchWords, tsvectorText } from './search-words.js';
import type { NewItem, NewLabel } from './types.js';

export const itemColumns = {
  id: 'whole',
  hash: 'text',
  bytes: 'whole',
  format: 'text',
  width: 'whole',
  height: 'whole',
  perceptual: 'text',
  source: 'text',
  source_id: 'text',
  url: 'text',
  title: 'text',
  description: 'text',
  keywords: 'text',
  date: 'text',
  credit: 'text',
  copyright: 'text',
  licence: 'text',
  fetched_at: 'text',
  class: 'text',
  review: 'text',
} as const;

/** Of a label that stands; {@link labelCells} are its cells. */
export const labelColumns = {
  item: 'whole',
  kind: 'text',
  class: 'text',
  origin: 'text',
  by: 'text',
  confidence: 'real',
  at: 'text',
} as const;

export const originColumns = { source: 'text', source_id: 'text', item: 'whole' } as const;
export const voteColumns = { item: 'whole', tree: 'text', question: 'text', share: 'real' } as const;

/** Columns of the words for the text search, which differ between the databases; {@link wordCells} are their cells. */
export const wordColumns = (postgres: boolean) => ({ [postgres ? 'item' : 'rowid']: 'whole', words: 'words' }) as const;

export function wordCells(
  id: number,
  { title, description, keywords }: Pick<NewItem, 'title' | 'description' | 'keywords'>,
  postgres: boolean,
): readonly Cell[] {
  const words = searchWords(title, description, ...keywords);
  return [id, postgres ? tsvectorText(words) : fts5Text(words)];
}

export const labelCells = (item: number, label: NewLabel, at: string): readonly Cell[] => [
  item,
  label.kind,
  label.class ?? null,
  label.origin,
  label.by,
  label.confidence ?? null,
  at,
];
