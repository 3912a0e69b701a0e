import type { Kysely } from 'kysely';
import { addItems } from './add.js';
import type { Catalogue } from './catalogue.js';
import { count, counts } from './counts.js';
import type { CatalogueDatabase } from './database.js';
import { addToDataset, listDatasets, removeDataset } from './datasets.js';
import { byHash, find, fingerprints, stream } from './find.js';
import { knownNames } from './known.js';
import { addLabels, labelsOf, retract, votesOf } from './labels.js';
import { findSplit, listModels, listRuns, listSplits, recordModel, recordRun, recordSplit } from './records.js';
import { forgetRefusals, listRefusals, refuseNames } from './refusals.js';
import type { Tables } from './tables.js';
import type { ItemQuery, ModelRecord, NewItem, NewLabel, PageOptions, Refusal, RunRecord, SplitRecord } from './types.js';

/** A catalogue in SQLite or PostgreSQL; what its methods do lies in files of one subject each. */
export class SqlCatalogue implements Catalogue {
  readonly location: string;
  private readonly db: Kysely<Tables>;

  constructor(private readonly database: CatalogueDatabase) {
    this.location = database.location;
    this.db = database.db;
  }

  add = (items: readonly NewItem[]) => addItems(this.db, items);
  known = (source: string, sourceIds: readonly string[]) => knownNames(this.db, source, sourceIds);
  refuse = (refusals: readonly Omit<Refusal, 'at'>[]) => refuseNames(this.db, refusals);
  refusals = (source?: string) => listRefusals(this.db, source);
  forgetRefusals = (source: string) => forgetRefusals(this.db, source);

  find = (query: ItemQuery, page?: PageOptions) => find(this.db, query, page);
  stream = (query: ItemQuery) => stream(this.db, query);
  count = (query: ItemQuery) => count(this.db, query);
  counts = (query?: ItemQuery) => counts(this.db, query);
  byHash = (hashes: readonly string[]) => byHash(this.db, hashes);
  fingerprints = (query?: ItemQuery) => fingerprints(this.db, query);

  label = (labels: readonly (NewLabel & { readonly item: number })[]) => addLabels(this.db, labels);
  retract = (items: readonly number[], by: string) => retract(this.db, items, by);
  labels = (items: readonly number[]) => labelsOf(this.db, items);
  votes = (items: readonly number[], tree: string) => votesOf(this.db, items, tree);

  addToDataset = (name: string, items: ItemQuery | readonly number[], description?: string) =>
    addToDataset(this.db, name, items, description);
  datasets = () => listDatasets(this.db);
  removeDataset = (name: string) => removeDataset(this.db, name);

  recordSplit = (split: Omit<SplitRecord, 'at'>) => recordSplit(this.db, split);
  recordRun = (run: Omit<RunRecord, 'at'>) => recordRun(this.db, run);
  recordModel = (model: Omit<ModelRecord, 'at'>) => recordModel(this.db, model);
  splits = () => listSplits(this.db);
  split = (hash: string) => findSplit(this.db, hash);
  runs = () => listRuns(this.db);
  models = () => listModels(this.db);

  close = () => this.database.close();
}
