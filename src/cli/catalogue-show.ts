/** `messier catalogue`: what there is, and what was made of it. */
import type { Catalogue } from '../catalogue/catalogue.js';
import { openBlobs } from '../catalogue/open-blobs.js';
import type { CatalogueDataset, ItemCount, RunRecord } from '../catalogue/types.js';
import { counted } from '../report/format.js';
import { refuseWhat, short, texts } from './catalogue-text.js';
import type { Output } from './command.js';
import { columns } from './figures.js';

/** Rows of the tables, for people. */
const mostRuns = 10;
const mostClasses = 40;

export async function show(catalogue: Catalogue, what: string | undefined): Promise<Output> {
  refuseWhat('show', what);
  const [counts, datasets, splits, runs, models, blobs] = await Promise.all([
    catalogue.counts(),
    catalogue.datasets(),
    catalogue.splits(),
    catalogue.runs(),
    catalogue.models(),
    openBlobs(),
  ]);
  const items = counts.reduce((sum, { items: one }) => sum + one, 0);
  const { location } = catalogue;
  const data = { location, blobs: blobs.location, items, counts, datasets, splits, runs, models };
  const sums = [
    counted(items, 'item'),
    counted(datasets.length, 'dataset'),
    counted(runs.length, 'run'),
    counted(models.length, 'model'),
  ];
  const parts = [`${location}\nfiles  ${blobs.location}`, sums.join(', ')];
  if (items === 0) parts.push('Collect some  messier collect --help');
  else parts.push(countTable(counts));
  if (datasets.length > 0) parts.push(datasetTable(datasets));
  if (runs.length > 0) parts.push(runTable(runs));
  return { data, text: parts.join('\n\n') };
}

/** A row for each class, a column for each source. */
function countTable(counts: readonly ItemCount[]): string {
  const sources = [...new Set(counts.map(({ source }) => source))].sort();
  const classes = [...new Set(counts.map((one) => one.class))];
  const sum = (of: (one: ItemCount) => boolean) => String(counts.filter(of).reduce((total, { items }) => total + items, 0) || '');
  const table = columns([
    ['class', 'items', 'accepted', 'dropped', ...sources.map(short)],
    ...classes
      .slice(0, mostClasses)
      .map((label) => [
        label === '' ? '(none)' : short(label),
        sum((one) => one.class === label),
        sum((one) => one.class === label && one.review === 'accepted'),
        sum((one) => one.class === label && one.review === 'dropped'),
        ...sources.map((source) => sum((one) => one.class === label && one.source === source)),
      ]),
  ]);
  return classes.length > mostClasses ? `${table}\nand ${classes.length - mostClasses} more classes; --json lists all` : table;
}

const datasetTable = (datasets: readonly CatalogueDataset[]): string =>
  texts([
    ['dataset', 'items', 'description'],
    ...datasets.map(({ name, items, description }) => [short(name), String(items), short(description)]),
  ]);

/** The latest runs. */
function runTable(runs: readonly RunRecord[]): string {
  const table = texts([
    ['run', 'on', 'figures', 'folder'],
    ...runs
      .slice(0, mostRuns)
      .map(({ recipe, data, figures, folder }) => [short(recipe), short(data), figureText(figures), short(folder)]),
  ]);
  return runs.length > mostRuns ? `${table}\nand ${runs.length - mostRuns} more; --json lists all` : table;
}

const figureText = (figures: RunRecord['figures']): string =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${value.toFixed(3)}`)
    .join(', ');
