/** The public face; its parts lie in files of their own. */
import type { WorkOptions } from '../core/progress.js';
import type { ExportOptions } from './transfer/export.js';
import type { Imported } from './transfer/import.js';
import type { ExportManifest } from './transfer/manifest.js';
import type { ItemQuery, PageOptions } from './types.js';
import type {
  Added,
  CatalogueDataset,
  Item,
  ItemCount,
  Label,
  ModelRecord,
  NewItem,
  NewLabel,
  Refusal,
  RunRecord,
  SplitRecord,
} from './types.js';

/**
 * Pictures, what is said of them, and what was made of them, in SQLite or PostgreSQL. Every method is a transaction of its own: it
 * happens whole or not at all, also beside other processes.
 *
 * @example
 * const catalogue = await openCatalogue();
 * const [added] = await catalogue.add([item]);
 * const { items } = await catalogue.find({ classes: ['comet'], text: 'dust tail' });
 * await catalogue.close();
 */
export interface Catalogue {
  /** For people, without a password: the path of the file, or `postgres://host/name`. */
  readonly location: string;

  /** Takes items in, by content: in the order given, up to 10,000 at once. What is there already gains the new source's name for it and new labels. */
  add(items: readonly NewItem[]): Promise<readonly Added[]>;
  /** Which of a source's names are known: taken in (their item), or refused before. */
  known(source: string, sourceIds: readonly string[]): Promise<ReadonlyMap<string, number | 'refused'>>;
  refuse(refusals: readonly Omit<Refusal, 'at'>[]): Promise<void>;
  refusals(source?: string): Promise<readonly Refusal[]>;
  /** Lets everything that a source offered and that was refused be asked for again. */
  forgetRefusals(source: string): Promise<number>;

  /** A page, in the order of arrival. */
  find(query: ItemQuery, page?: PageOptions): Promise<{ readonly items: readonly Item[]; readonly next: number | undefined }>;
  /** Every item, page by page, in the order of arrival. */
  stream(query: ItemQuery): AsyncIterable<Item>;
  count(query: ItemQuery): Promise<number>;
  /** By class, source and review, most first. */
  counts(query?: ItemQuery): Promise<readonly ItemCount[]>;
  byHash(hashes: readonly string[]): Promise<ReadonlyMap<string, Item>>;
  /** Hash and perceptual hash of every item, in the order of arrival, for the search of near-duplicates: a million fit into memory. */
  fingerprints(query?: ItemQuery): AsyncIterable<Pick<Item, 'id' | 'hash' | 'perceptual'>>;

  /** Adds labels; one that says what a standing label of the same origin and author says already is left out. */
  label(labels: readonly (NewLabel & { readonly item: number })[]): Promise<void>;
  /** Ends an author's latest standing statements on items: the state before is back. How many were ended. */
  retract(items: readonly number[], by: string): Promise<number>;
  /** All statements on items, retracted ones included, in their order. */
  labels(items: readonly number[]): Promise<readonly Label[]>;
  votes(items: readonly number[], tree: string): Promise<ReadonlyMap<number, Readonly<Record<string, number>>>>;

  /** Makes a dataset of items, or adds them to it. How many it has then. */
  addToDataset(name: string, items: ItemQuery | readonly number[], description?: string): Promise<number>;
  datasets(): Promise<readonly CatalogueDataset[]>;
  removeDataset(name: string): Promise<void>;

  recordSplit(split: Omit<SplitRecord, 'at'>): Promise<void>;
  recordRun(run: Omit<RunRecord, 'at'>): Promise<void>;
  recordModel(model: Omit<ModelRecord, 'at'>): Promise<void>;
  splits(): Promise<readonly Omit<SplitRecord, 'manifest'>[]>;
  split(hash: string): Promise<SplitRecord | undefined>;
  runs(): Promise<readonly RunRecord[]>;
  models(): Promise<readonly ModelRecord[]>;

  /** Every table as a file of a folder, CSV or Parquet, without loss: `exportCatalogue`. The pictures themselves are not in it. */
  exportTo(folder: string, options?: ExportOptions): Promise<ExportManifest>;
  /** Takes in what {@link exportTo} wrote, by content: `importCatalogue`. */
  importFrom(folder: string, work?: WorkOptions): Promise<Imported>;

  close(): Promise<void>;
}
