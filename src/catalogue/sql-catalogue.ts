import type { Kysely } from 'kysely';
import { addItems } from './add.js';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
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
import { exportCatalogue, type ExportOptions } from './transfer/export.js';
import { importCatalogue } from './transfer/import.js';
import type { ItemQuery, ModelRecord, NewItem, NewLabel, PageOptions, Refusal, RunRecord, SplitRecord } from './types.js';

/** A catalogue in SQLite or PostgreSQL; what its methods do lies in files of one subject each. */
export class SqlCatalogue implements Catalogue {
  readonly location: string;
  private isOpen = true;

  constructor(private readonly database: CatalogueDatabase) {
    this.location = database.location;
  }

  private get db(): Kysely<Tables> {
    if (this.isOpen) return this.database.db;
    throw new MessierError('catalogue/closed', `${this.location}: a catalogue that was closed answers nothing. Open it again.`);
  }

  add = async (items: readonly NewItem[]) => addItems(this.db, items);
  known = async (source: string, sourceIds: readonly string[]) => knownNames(this.db, source, sourceIds);
  refuse = async (refusals: readonly Omit<Refusal, 'at'>[]) => refuseNames(this.db, refusals);
  refusals = async (source?: string) => listRefusals(this.db, source);
  forgetRefusals = async (source: string) => forgetRefusals(this.db, source);

  find = async (query: ItemQuery, page?: PageOptions) => find(this.db, query, page);
  stream = (query: ItemQuery) => stream(this.db, query);
  count = async (query: ItemQuery) => count(this.db, query);
  counts = async (query?: ItemQuery) => counts(this.db, query);
  byHash = async (hashes: readonly string[]) => byHash(this.db, hashes);
  fingerprints = (query?: ItemQuery) => fingerprints(this.db, query);

  label = async (labels: readonly (NewLabel & { readonly item: number })[]) => addLabels(this.db, labels);
  retract = async (items: readonly number[], by: string) => retract(this.db, items, by);
  labels = async (items: readonly number[]) => labelsOf(this.db, items);
  votes = async (items: readonly number[], tree: string) => votesOf(this.db, items, tree);

  addToDataset = async (name: string, items: ItemQuery | readonly number[], description?: string) =>
    addToDataset(this.db, name, items, description);
  datasets = async () => listDatasets(this.db);
  removeDataset = async (name: string) => removeDataset(this.db, name);

  recordSplit = async (split: Omit<SplitRecord, 'at'>) => recordSplit(this.db, split);
  recordRun = async (run: Omit<RunRecord, 'at'>) => recordRun(this.db, run);
  recordModel = async (model: Omit<ModelRecord, 'at'>) => recordModel(this.db, model);
  splits = async () => listSplits(this.db);
  split = async (hash: string) => findSplit(this.db, hash);
  runs = async () => listRuns(this.db);
  models = async () => listModels(this.db);

  exportTo = async (folder: string, options?: ExportOptions) => exportCatalogue({ db: this.db }, folder, options);
  importFrom = async (folder: string, work?: WorkOptions) => importCatalogue({ db: this.db }, folder, work);

  close = async () => {
    if (!this.isOpen) return;
    this.isOpen = false;
    await this.database.close();
  };
}
