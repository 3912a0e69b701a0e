import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MessierError } from '../core/errors.js';
import type { ApodEntry } from './apod-table.js';

const picture = /\.(jpe?g|png|webp|tiff?|gif|avif)$/i;

/** Finds the picture of an entry among files on disk. */
export type PictureFinder = (entry: ApodEntry) => string | undefined;

/**
 * Looks at the pictures of a folder and its sub-folders. They are known by the file name of the entry's address, else by its day in their names
 * (`1995-06-16.jpg`, `apod_19950616.png`, `ap950616.gif`); of several files of one name or day, the first by path counts.
 *
 * @throws MessierError `apod/images` where the folder can't be read.
 */
export async function pictureFinder(folder: string): Promise<PictureFinder> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MessierError('apod/images', `"${folder}" can't be read: ${reason}. Give the folder of the pictures.`, {
      cause: error,
    });
  });
  const paths = found.filter((file) => file.isFile() && picture.test(file.name)).map((file) => join(file.parentPath, file.name));
  const names = new Map<string, string>();
  const days = new Map<string, string>();
  for (const path of paths.sort()) {
    const name = stemOf(path);
    if (!names.has(name)) names.set(name, path);
    const day = dayOf(name);
    if (day !== undefined && !days.has(day)) days.set(day, path);
  }
  return ({ url, date }) => names.get(stemOf(decoded(new URL(url).pathname))) ?? days.get(date);
}

const stemOf = (path: string): string => basename(path).replace(picture, '').toLowerCase();

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // A stray percent sign: the name as it stands.
    return path;
  }
}

/** The day in a name, as `1995-06-16`; two digits of the year as APOD's own pages have them. */
function dayOf(name: string): string | undefined {
  const long = /(?<!\d)(\d{4})[-_]?(\d{2})[-_]?(\d{2})(?!\d)/.exec(name);
  if (long) return long.slice(1).join('-');
  const short = /^ap(\d{2})(\d{2})(\d{2})$/.exec(name);
  if (!short) return undefined;
  const [, year = '', month = '', day = ''] = short;
  return `${Number(year) >= 95 ? '19' : '20'}${year}-${month}-${day}`;
}
