import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MessierError } from '../core/errors.js';
import { readTable, type Table, type TableRow } from '../formats/csv.js';
import { defaultStretch } from '../sky/stretch.js';
import { treeLayout } from '../votes/layout.js';
import type { VoteTree, VoteValues } from '../votes/tree.js';
import { findColumns } from './open-columns.js';
import { FileDataset, type FileItem } from './open-files.js';
import type { OpenOptions } from './open-options.js';
import { firstFile, pathInside } from './open-paths.js';
import { findVoteColumns, type VoteColumns } from './open-votes-columns.js';
import { readVoteRow, type VoteRow } from './open-votes-rows.js';
import type { Dataset, Skipped } from './types.js';

/** How votes are opened. */
export interface OpenVotesOptions extends Pick<OpenOptions, 'stretch' | 'imageColumn' | 'groupColumn' | 'images'> {
  /** What the columns hold, where neither their names nor the tree tell. */
  readonly values?: VoteValues | undefined;
}

/** Votes on N pictures, rows of K = answers of the tree after another. */
export interface VoteTable {
  readonly tree: VoteTree;
  /** What was read. */
  readonly values: VoteValues;
  /** Ids of the items, in the order of the rows. */
  readonly ids: readonly string[];
  /** What the tree's `idColumn` names: the object; the file's name without its ending where the table has no such column. */
  readonly objects: readonly string[];
  /** (N, K) of all volunteers: targets of `voteShareLoss`; 0 where undefined. */
  readonly shares: Float32Array;
  /** (N, K) 1 where the share is defined, else 0. */
  readonly weights: Float32Array;
  /** (N, K) of volunteers: targets of `voteCountLoss`. Absent where only shares were read. */
  readonly counts: Float32Array | undefined;
}

/** Pictures and the votes on them, row by row. */
export interface OpenedVotes {
  /** Items without labels, in the order of `votes.ids`. */
  readonly dataset: Dataset;
  readonly votes: VoteTable;
}

/** Names of tables that are taken where a folder holds several. */
const usualTables = ['training_solutions_rev1.csv', 'solutions.csv', 'votes.csv', 'labels.csv'];
/** Folders of pictures that are named after objects. */
const usualImages = ['images_training_rev1', 'images'];
const pictureEndings = ['.jpg', '.jpeg', '.png', '.fits'];
/** Files that are looked for at the same time. */
const lookups = 32;

/**
 * Opens pictures with votes: a CSV, or a folder that holds one.
 *
 * - As in the Kaggle challenge: `training_solutions_rev1.csv` (`GalaxyID`, `Class1.1` ... `Class11.6`) and pictures `images_training_rev1/<GalaxyID>.jpg`;
 *   any table with the tree's `idColumn`, beside a folder `images`, is read alike.
 * - Any CSV with a column of picture files, and shares, fractions or counts as {@link findVoteColumns} finds them.
 *
 * Rows without a picture, with values that are no numbers or outside their range, whose shares don't add up (within 0.01), or without votes for the first
 * question are skipped. Questions that nobody answered are undefined: weight 0.
 *
 * @throws MessierError `votes/columns`, `votes/values`, `dataset/absent`, `dataset/columns`, `dataset/empty`, and what readTable throws.
 *
 * @example
 * const { dataset, votes } = await openVotes('galaxy-zoo', loadTree('galaxy-zoo-2'));
 * const columns = { targets: { type: 'float32', width: 37, data: votes.shares } };
 */
export async function openVotes(location: string, tree: VoteTree, options: OpenVotesOptions = {}): Promise<OpenedVotes> {
  const path = await tablePath(resolve(location));
  const table = await readTable(path);
  if (!table.rows.length) throw new MessierError('dataset/empty', `"${path}" has a header and no rows.`);
  const columns = findVoteColumns(table, tree, options.values, path);
  const reader = new RowReader(path, table, tree, columns, await whereOf(path, table, tree, options));
  const results: (Found | Skipped)[] = [];
  for (let start = 0; start < table.rows.length; start += lookups) {
    results.push(...(await Promise.all(table.rows.slice(start, start + lookups).map((row) => reader.read(row)))));
  }
  const found: Found[] = [];
  const skipped: Skipped[] = [];
  const seen = new Set<string>();
  for (const result of results) {
    if ('code' in result) skipped.push(result);
    else if (seen.has(result.item.id)) {
      skipped.push({ id: result.item.id, code: 'dataset/duplicate', reason: 'An earlier row names the same file, and counts.' });
    } else {
      seen.add(result.item.id);
      found.push(result);
    }
  }
  const [first] = skipped;
  if (!found.length && first) {
    throw new MessierError(
      'dataset/empty',
      `"${path}": none of its ${skipped.length} rows is usable. The first, ${first.id}: ${first.reason}`,
    );
  }
  const where = { name: basename(resolve(location)), location };
  const items = found.map(({ item }) => item);
  return {
    dataset: new FileDataset(where, items, skipped, options.stretch ?? defaultStretch),
    votes: tableOf(tree, columns.values, found),
  };
}

/** The rows of some items, in that order. Throws MessierError `dataset/item` for an id that is not among them. */
export function pickVotes(votes: VoteTable, ids: readonly string[]): VoteTable {
  const width = treeLayout(votes.tree).columns.length;
  const numbers = new Map(votes.ids.map((id, row) => [id, row]));
  const rows = ids.map((id) => {
    const row = numbers.get(id);
    if (row === undefined)
      throw new MessierError('dataset/item', `There are no votes on "${id}". Pass ids of the dataset they were opened with.`);
    return row;
  });
  const pick = (values: Float32Array): Float32Array => {
    const picked = new Float32Array(rows.length * width);
    rows.forEach((row, at) => {
      picked.set(values.subarray(row * width, (row + 1) * width), at * width);
    });
    return picked;
  };
  return {
    ...votes,
    ids,
    objects: rows.map((row) => votes.objects[row] ?? ''),
    shares: pick(votes.shares),
    weights: pick(votes.weights),
    counts: votes.counts && pick(votes.counts),
  };
}

interface Found {
  readonly item: FileItem;
  readonly object: string;
  readonly row: VoteRow;
}

function tableOf(tree: VoteTree, values: VoteValues, found: readonly Found[]): VoteTable {
  const width = treeLayout(tree).columns.length;
  const shares = new Float32Array(found.length * width);
  const weights = new Float32Array(found.length * width);
  const counts = found[0]?.row.counts ? new Float32Array(found.length * width) : undefined;
  found.forEach(({ row }, number) => {
    row.shares.forEach((share, column) => {
      if (Number.isNaN(share)) return;
      shares[number * width + column] = share;
      weights[number * width + column] = 1;
    });
    counts?.set(
      (row.counts ?? new Float64Array(width)).map((count) => (Number.isNaN(count) ? 0 : count)),
      number * width,
    );
  });
  return {
    tree,
    values,
    ids: found.map(({ item }) => item.id),
    objects: found.map(({ object }) => object),
    shares,
    weights,
    counts,
  };
}

/** The CSV itself, or the one of a folder. */
async function tablePath(path: string): Promise<string> {
  const absent = (cause: unknown) => new MessierError('dataset/absent', `There is no "${path}". Check the path.`, { cause });
  const stats = await stat(path).catch((error: unknown) => {
    throw absent(error);
  });
  if (!stats.isDirectory()) return path;
  const tables = (await readdir(path)).filter((name) => /^[^.].*\.(csv|tsv)$/i.test(name)).sort();
  const chosen = usualTables.find((name) => tables.includes(name)) ?? (tables.length === 1 ? tables[0] : undefined);
  if (chosen !== undefined) return join(path, chosen);
  throw new MessierError(
    'dataset/empty',
    `"${path}" holds ${tables.length === 0 ? 'no CSV' : `several: ${tables.slice(0, 10).join(', ')}`}. Name the one with the votes.`,
  );
}

/** How rows name pictures. */
interface Naming {
  /** Folder of the pictures. */
  readonly folder: string;
  /** Column of files; absent where pictures are named after objects. */
  readonly image: number | undefined;
  readonly object: number | undefined;
  readonly group: number | undefined;
}

async function whereOf(path: string, table: Table, tree: VoteTree, options: OpenVotesOptions): Promise<Naming> {
  const index = table.columns.indexOf(tree.idColumn);
  const object = index === -1 ? undefined : index;
  try {
    const { image, group } = findColumns(table, options, path);
    return { folder: resolve(options.images ?? dirname(path)), image, object, group };
  } catch (error) {
    const isWithout = error instanceof MessierError && error.code === 'dataset/columns' && options.imageColumn === undefined;
    if (!isWithout || object === undefined) throw error;
  }
  const folders = options.images === undefined ? usualImages.map((name) => join(dirname(path), name)) : [resolve(options.images)];
  for (const folder of folders) {
    const isFolder = await stat(folder).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    if (isFolder) return { folder, image: undefined, object, group: undefined };
  }
  throw new MessierError(
    'dataset/absent',
    `Pictures named after "${tree.idColumn}" are looked for in ${folders.join(' and ')}; there is no such folder. Set images to theirs.`,
  );
}

class RowReader {
  constructor(
    private readonly path: string,
    private readonly table: Table,
    private readonly tree: VoteTree,
    private readonly columns: VoteColumns,
    private readonly naming: Naming,
  ) {}

  async read({ line, cells }: TableRow): Promise<Found | Skipped> {
    const { folder, image, object, group: groups } = this.naming;
    const place = `${basename(this.path)}:${line}`;
    if (cells.length !== this.table.columns.length) {
      return { id: place, code: 'csv/fields', reason: `${this.table.columns.length} fields expected, ${cells.length} received.` };
    }
    const named = object === undefined ? '' : (cells[object] ?? '');
    const file = image === undefined ? named : (cells[image] ?? '');
    if (!file) return { id: place, code: 'dataset/file', reason: 'The row names no file.' };
    const inside = pathInside(folder, file);
    if (inside === undefined) {
      return {
        id: place,
        code: 'dataset/outside',
        reason: `"${file.slice(0, 200)}" leads out of "${folder}". Set images to the folder of the pictures.`,
      };
    }
    const row = readVoteRow(this.tree, this.columns, cells);
    if ('code' in row) return { id: inside, ...row };
    const names =
      image === undefined
        ? pictureEndings.map((ending) => inside + ending)
        : [inside, inside.normalize('NFC'), inside.normalize('NFD')];
    const path = await firstFile(names.map((name) => resolve(folder, name)));
    if (path === undefined)
      return { id: inside, code: 'file/absent', reason: `There is no file "${resolve(folder, names[0] ?? inside)}".` };
    // Relative to the table where that can be, so that caches find the file and notice when it changes.
    const id = image === undefined ? (pathInside(dirname(this.path), path) ?? basename(path)) : inside;
    const group = groups === undefined ? '' : (cells[groups] ?? '');
    return {
      item: { id, label: undefined, path, ...(group ? { group } : {}) },
      object: named || basename(id).replace(/\.[^.]*$/, ''),
      row,
    };
  }
}
