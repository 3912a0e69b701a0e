import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { MessierError } from '../core/errors.js';
import { isCatalogueLocation } from '../catalogue/location.js';
import { defaultStretch, type Stretch } from '../sky/stretch.js';
import { isPictureFile } from './load-picture.js';
import { isArrayFile, openArrays } from './open-arrays.js';
import { FileDataset } from './open-files.js';
import { openFolder } from './open-folder.js';
import type { OpenOptions, Where } from './open-options.js';
import { openTable } from './open-table.js';
import type { Dataset } from './types.js';

/**
 * Opens pictures with labels, whatever holds them:
 * - a CSV with a column of picture files, or a folder with `labels.csv` (or with one CSV that names pictures);
 * - a folder with a sub-folder for each class, or one of pictures without labels, or a single picture;
 * - an HDF5 file (`.h5`, `.hdf5`, `.hdf5.gz`) in the layout of Galaxy10 or GalaxyMNIST, a `.npz` with `data` and `labels`, or a folder of such;
 * - `catalogue:NAME?class=...`: a dataset of the catalogue, or what a query finds there.
 *
 * What can't become an item is in `skipped`, with its reason. Labels are taken without spaces around them, in Unicode's form NFC.
 *
 * @throws MessierError where nothing can be made of the whole: `dataset/absent`, `dataset/unreadable`, `dataset/empty`, `dataset/format`,
 * `dataset/columns`, and the errors of the readers (`csv/...`, `hdf5/...`, `npz/...`).
 *
 * @example
 * const dataset = await openDataset('galaxies/labels.csv');
 * for (const item of dataset.items) console.log(item.id, item.label, (await dataset.load(item)).picture.width);
 * await dataset.close();
 */
export async function openDataset(location: string, options: OpenOptions = {}): Promise<Dataset> {
  if (isCatalogueLocation(location)) {
    // Databases are loaded only here.
    const { openCatalogueDataset } = await import('./open-catalogue.js');
    return openCatalogueDataset(location, options);
  }
  const path = resolve(location);
  const name = basename(path);
  const where = { name, location };
  const { stretch = defaultStretch } = options;
  if ((await look(path)).isDirectory()) return openDirectory(path, { ...options, stretch }, where);
  if (isTableFile(name)) return openTable(path, { ...options, stretch }, where);
  if (isArrayFile(name)) return openArrays([path], where);
  if (isPictureFile(name)) return new FileDataset(where, [{ id: name, label: undefined, path }], [], stretch);
  throw new MessierError(
    'dataset/format',
    `"${location}": a folder, CSV, HDF5 (.h5, .hdf5, .hdf5.gz), .npz or picture file expected, its name ends otherwise.`,
  );
}

async function look(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isAbsent) throw new MessierError('dataset/absent', `There is no "${path}". Check the path.`, { cause: error });
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): MessierError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MessierError('dataset/unreadable', `"${path}" can't be read: ${reason}. Check its permissions.`, { cause });
}

function isTableFile(name: string): boolean {
  return /^[^.].*\.(csv|tsv)$/i.test(name);
}

async function openDirectory(path: string, options: OpenOptions & { stretch: Stretch }, where: Where): Promise<Dataset> {
  const names = (
    await readdir(path).catch((error: unknown) => {
      throw unreadable(path, error);
    })
  ).sort();
  const tables = names.filter(isTableFile);
  const told = tables.find((name) => name.toLowerCase() === 'labels.csv');
  if (told !== undefined) return openTable(join(path, told), options, where);
  const [table] = tables;
  let cause: MessierError | undefined;
  if (tables.length === 1 && table !== undefined) {
    try {
      return await openTable(join(path, table), options, where);
    } catch (error) {
      // Any CSV may lie beside a folder for each class. It is only an error where there is nothing else.
      if (!(error instanceof MessierError && ['dataset/columns', 'dataset/empty', 'csv/empty'].includes(error.code))) throw error;
      cause = error;
    }
  }
  const folder = await openFolder(path, where, options.stretch);
  if (folder) return folder;
  const arrays = names.filter(isArrayFile);
  if (arrays.length)
    return openArrays(
      arrays.map((name) => join(path, name)),
      where,
    );
  if (cause) throw cause;
  throw new MessierError(
    'dataset/empty',
    `"${where.location}" holds nothing to read: labels.csv, pictures, a folder of pictures for each class, .h5, .hdf5.gz or .npz files expected.`,
  );
}
