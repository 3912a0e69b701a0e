import type { Generated } from 'kysely';
import type { LabelOrigin, Review } from './types.js';

/**
 * The tables of a catalogue, the same in SQLite and PostgreSQL. Texts compare by their code points in both. Whole numbers come back as
 * numbers. What callers see as `undefined` is NULL, except `items.class`, which is '' for an item without one, so that it groups and compares.
 *
 * Everything that writes goes through `write`, one writer after the other.
 *
 * Words for the text search lie beside `items`: in SQLite the FTS5 table `item_words (rowid, words)`, in PostgreSQL `item_words (item, words
 * tsvector)`. Both hold the stems of `indexedWords` as they are, by their place in the text; no parser or dictionary of the database touches them. Ask with
 * quoted stems: `words match '"dust" "tail"'`, `words @@ '''dust'' & ''tail'''::tsquery`, an apostrophe doubled.
 */
export interface Tables {
  items: ItemTable;
  origins: OriginTable;
  refusals: RefusalTable;
  labels: LabelTable;
  votes: VoteTable;
  datasets: DatasetTable;
  dataset_items: DatasetItemTable;
  splits: SplitTable;
  runs: RunTable;
  models: ModelTable;
  item_counts: ItemCountTable;
}

export interface ItemTable {
  /** 1, 2, 3 ... in the order of arrival. */
  id: number;
  hash: string;
  bytes: number;
  format: string;
  width: number;
  height: number;
  perceptual: string;
  source: string;
  source_id: string;
  url: string | null;
  title: string;
  description: string;
  /** JSON: an array of texts. */
  keywords: string;
  date: string | null;
  credit: string | null;
  copyright: string | null;
  licence: string | null;
  fetched_at: string;
  /** What its standing labels come to; '' without any. */
  class: string;
  review: Review;
}

/** The names that sources gave an item. A name whose content changed stands for several; the youngest item is the one it means. */
export interface OriginTable {
  source: string;
  source_id: string;
  item: number;
}

export interface RefusalTable {
  source: string;
  source_id: string;
  code: string;
  reason: string;
  at: string;
}

export interface LabelTable {
  id: Generated<number>;
  item: number;
  kind: 'label' | 'accept' | 'drop';
  class: string | null;
  origin: LabelOrigin;
  by: string;
  confidence: number | null;
  at: string;
  retracted_at: string | null;
}

export interface VoteTable {
  item: number;
  tree: string;
  question: string;
  share: number;
}

export interface DatasetTable {
  id: Generated<number>;
  name: string;
  description: string;
  created_at: string;
}

export interface DatasetItemTable {
  dataset: number;
  item: number;
}

export interface SplitTable {
  hash: string;
  data: string;
  manifest: string;
  at: string;
}

export interface RunTable {
  id: string;
  data: string;
  split: string | null;
  folder: string;
  recipe: string;
  /** JSON: an object of numbers. */
  figures: string;
  at: string;
}

export interface ModelTable {
  hash: string;
  run: string | null;
  path: string;
  architecture: string;
  /** JSON: an array of texts. */
  classes: string;
  at: string;
}

/** Kept by triggers on `items`, exact at the end of every statement; without rows that count none. */
export interface ItemCountTable {
  source: string;
  class: string;
  review: Review;
  items: number;
}
