/** Astronomy Pictures of the Day: from a table of addresses to a table of files. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { removeLeftovers, writeAtomically } from '../formats/atomic.js';
import { csvCell } from '../formats/csv.js';
import { pictureFormat, type PictureFormat } from '../formats/picture-format.js';
import { readFileWhole } from '../formats/read-file.js';
import { pictureFinder, type PictureFinder } from './apod-folder.js';
import { largestPicture, PoliteFetcher, type PoliteOptions } from './apod-pictures.js';
import { readApodTable, type ApodEntry, type ApodSkipped } from './apod-table.js';
import { makeFolders } from '../formats/make-folders.js';

export interface ApodOptions extends WorkOptions, PoliteOptions {
  /** Gets `apod.csv` and `images/`. */
  readonly folder: string;
  /** Entries of the table at most, from its start. */
  readonly limit?: number | undefined;
  /** Pictures on disk, which are copied; then nothing is fetched. See {@link pictureFinder}. */
  readonly images?: string | undefined;
}

/** What came of it. */
export interface ApodResult {
  /** Path of the table: `file,date,title,explanation,url` and every other column as it was. */
  readonly location: string;
  /** Rows of it. */
  readonly pictures: number;
  /** Of these, fetched or copied now; the others were there already. */
  readonly added: number;
  readonly skipped: readonly ApodSkipped[];
}

/** Pictures in a row that no attempt brings: the network or the server is down. */
const mostFailures = 5;
const extensions = { jpeg: 'jpg', png: 'png', webp: 'webp', tiff: 'tif', gif: 'gif', avif: 'avif' } as const;

/**
 * Collects the pictures of a table of Astronomy Pictures of the Day in a folder, and writes the table that `openDataset` reads. Pictures that
 * are there already are kept, so that after a stop, even by a power cut, the same call goes on. What has no picture, dead links and what turns
 * out to be no picture are skipped. An abort writes the table of what is there, then throws.
 *
 * @throws MessierError `collect/unreachable` where five pictures in a row can't be fetched, `apod/empty` where no picture comes of it,
 * `download/disk`, and what readApodTable, pictureFinder and writeAtomically throw.
 *
 * @example
 * const { location, skipped } = await collectApod('apod.csv', { folder: 'data/apod', limit: 100 });
 */
export async function collectApod(table: string, options: ApodOptions): Promise<ApodResult> {
  const { folder, limit = Infinity, images, progress, signal } = options;
  const { entries, skipped } = await readApodTable(table);
  const wanted = entries.slice(0, limit);
  const location = join(folder, 'apod.csv');
  const store = await PictureStore.open(join(folder, 'images'));
  const source = images === undefined ? fromNetwork(options) : fromFolder(await pictureFinder(images), images);
  const left: ApodSkipped[] = [...skipped];
  let added = 0;
  const rows = () =>
    wanted.flatMap((entry): Row[] => {
      const file = store.fileOf(entry.id);
      return file === undefined ? [] : [[`images/${file}`, entry]];
    });
  try {
    for (const [done, entry] of wanted.entries()) {
      signal?.throwIfAborted();
      progress?.({ stage: 'collect pictures', done, total: wanted.length, unit: 'pictures', values: { skipped: left.length } });
      if (store.fileOf(entry.id) !== undefined) continue;
      const bytes = await source(entry);
      const problem = bytes instanceof Uint8Array ? await store.add(entry, bytes) : bytes;
      if (problem) left.push(problem);
      else added++;
    }
  } catch (error) {
    // Those of an earlier call that this one did not come to stay in the table.
    if (rows().length > 0) await writeAtomically(location, tableText(rows()));
    throw error;
  }
  progress?.({ stage: 'collect pictures', done: wanted.length, total: wanted.length, unit: 'pictures' });
  const found = rows();
  const last = left.at(-1);
  if (found.length === 0) {
    const why = last ? ` The last of ${left.length} left out, ${last.id}: ${last.reason}` : '';
    throw new MessierError('apod/empty', `"${table}" gives no picture.${why}`);
  }
  await writeAtomically(location, tableText(found));
  return { location, pictures: found.length, added, skipped: left };
}

/** Where the bytes of an entry's picture come from. */
type Source = (entry: ApodEntry) => Promise<Uint8Array | ApodSkipped>;

function fromNetwork(options: ApodOptions): Source {
  const fetcher = new PoliteFetcher(options);
  let failures = 0;
  return async ({ id, url }) => {
    try {
      const bytes = await fetcher.fetch(url);
      failures = 0;
      return bytes;
    } catch (error) {
      const skipped = skippedFor({ id }, error);
      failures = skipped.code === 'download/failed' ? failures + 1 : 0;
      if (failures < mostFailures) return skipped;
      const problem = `${failures} pictures in a row can't be fetched. The last: ${skipped.reason}`;
      throw new MessierError('collect/unreachable', `${problem} Start again later: it goes on there.`, { cause: error });
    }
  };
}

function fromFolder(find: PictureFinder, folder: string): Source {
  return async (entry) => {
    const path = find(entry);
    if (path !== undefined) return readFileWhole(path, largestPicture).catch((error: unknown) => skippedFor(entry, error));
    const reason = `"${folder}" has no picture of ${entry.date || 'this entry'}, nor one named as in ${entry.url}.`;
    return { id: entry.id, code: 'file/absent', reason };
  };
}

/** Why an entry is left out. Throws what is no error of ours. */
function skippedFor({ id }: Pick<ApodEntry, 'id'>, error: unknown): ApodSkipped {
  if (error instanceof MessierError) return { id, code: error.code, reason: error.message };
  throw error;
}

/** Pictures by their entry's id; a file that is there is whole. */
class PictureStore {
  private constructor(
    private readonly folder: string,
    private readonly files: Map<string, string>,
  ) {}

  static async open(folder: string): Promise<PictureStore> {
    try {
      await makeFolders(folder);
      await removeLeftovers(folder);
      const pictures = (await readdir(folder)).filter((name) => !name.endsWith('.tmp'));
      return new PictureStore(folder, new Map(pictures.map((name) => [name.replace(/\.\w+$/, ''), name])));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new MessierError('download/disk', `"${folder}" can't be used: ${reason}. Choose another folder.`, { cause: error });
    }
  }

  fileOf(id: string): string | undefined {
    return this.files.get(id);
  }

  /** @returns Why the bytes are no picture. */
  async add(entry: ApodEntry, bytes: Uint8Array): Promise<ApodSkipped | undefined> {
    let format: PictureFormat;
    try {
      format = pictureFormat(bytes, `"${entry.url}"`);
    } catch (error) {
      return skippedFor(entry, error);
    }
    const file = `${entry.id}.${extensions[format]}`;
    await writeAtomically(join(this.folder, file), bytes);
    this.files.set(entry.id, file);
    return undefined;
  }
}

type Row = readonly [file: string, entry: ApodEntry];

/** RFC 4180. Columns that would stand twice keep their first place. */
function tableText(rows: readonly Row[]): string {
  const own = ['file', 'date', 'title', 'explanation', 'url'];
  const others = Object.keys(rows[0]?.[1].columns ?? {}).filter((column) => !own.includes(column));
  const lines = rows.map(([file, { date, title, explanation, url, columns }]) => [
    file,
    date,
    title,
    explanation,
    url,
    ...others.map((column) => columns[column] ?? ''),
  ]);
  return [[...own, ...others], ...lines].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}
